"""Comes in: rule, level and clock files with sources and dates; facts from the glossary; a day and a place.
Goes out: one of four answers with a full trace, levels under one policy each, the instant at which a hold ends.
Never does: guess an unknown fact, extend a clock, or compare levels of different policies.
Source of truth: the programme's files; each rule names its instrument and how well it was verified.
"""
