"""Comes in: synthetic or research material, never an agency's prints.
Goes out: measurements, code books, rehearsals and replays.
Never does: serve a live programme, or let synthetic people into one.
Source of truth: each room's own; the measured figures are kept beside the code that made them.
"""
