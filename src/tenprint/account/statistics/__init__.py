"""Comes in: one row of text columns per counted event.
Goes out: rows rolled up to at least eleven alike, the month's table with its marks, and the files of a release.
Never does: see an event's private half, join rows, show a cell that a rolled-up row could change, or verify a log.
Source of truth: columns.py for what is counted, the rows of a release for how many.
"""
