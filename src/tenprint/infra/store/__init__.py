"""Comes in: events with the version they were decided on, and rows of work that follow from them.
Goes out: the same events in order, work to do, and the outbox from which the log learns of every event.
Never does: decide, change or delete an event, or keep a private fact outside a sealed object.
Source of truth: the event table; every other table here can be checked against it by `fsck`.
"""
