"""Comes in: a folder that somebody published, and the keys that the reader trusts.
Goes out: a report of what was recomputed, and what a stranger can't check; or an error that names file and place.
Never does: ask the operator's database, or pass a release in which nothing was opened.
Source of truth: the bytes of the release; the checkpoint signed by the log.
"""
