"""Comes in: dated, sourced documents of consent, activation, override and second-response choice; an ORI and a day.
Goes out: what stood on that day, who claimed what, and the gate's decision for one repository.
Never does: search, guess a jurisdiction, or let one side's act overwrite the other's record.
Source of truth: the participation files of the programme, with later documents recorded as events.
"""
