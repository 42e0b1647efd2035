"""Comes in: bytes to commit to; counted events as rows of text columns; keys that a caller trusts.
Goes out: a log that anyone can verify, monthly statistics, releases with proofs, and reports of what was verified.
Never does: know a person, read a clock, open a database, or take the operator's word for a number.
Source of truth: the files of the log's folder and of each release; design decisions 3.4 and 3.11.
"""
