"""Comes in: templates to enrol, probes with their search authorities.
Goes out: candidate lists, expungement receipts, a signed log of every authority spent.
Never does: decide who someone is, search without an authority, write a template that is not sealed, destroy a key.
Source of truth: records.log for who is held, authorities.log for what was searched; design decisions 1, 3, 8 and 13.
"""
