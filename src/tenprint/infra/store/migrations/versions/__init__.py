"""Comes in: the database as the step before left it.
Goes out: the database one step further.
Never does: change or delete an event.
Source of truth: down_revision in each file.
"""
