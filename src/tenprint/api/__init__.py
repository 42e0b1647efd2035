"""Comes in: EBTS files and questions from machines, each with an agency key.
Goes out: 202 with a place to look and a signed promise; the one answer, as EFT or JSON; problems as data.
Never does: decide, touch a gallery, a rule or the log itself; answer for another agency's ORI.
Source of truth: workflow; the OpenAPI description is generated from this room.
"""
