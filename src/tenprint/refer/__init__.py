"""Comes in: facts about a submission, a case or a place, a day, and the programme's files of rules and documents.
Goes out: answers with their reasons (permitted, refused, required, needs a person), levels, clock rules, case events.
Never does: read the time, a database or an array; search; hold, release or notify anyone.
Source of truth: the signed programme files; 8 CFR 287.7 and the instruments that each rule cites.
"""
