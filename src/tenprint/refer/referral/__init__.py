"""Comes in: a case as its events tell it, and one command of a named actor with its time and reasons.
Goes out: events, or a refusal with its rule; both are values.
Never does: read a clock, a store or a rule file; decide for a person; extend, pause or renew a hold.
Source of truth: the case's event stream; `fold.replay` turns it into a `CaseState`.
"""
