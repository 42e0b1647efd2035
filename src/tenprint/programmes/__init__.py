"""Comes in: nothing; this folder is read, not run.
Goes out: one folder of files for each programme: repositories, roles, rules, levels, clocks, participation.
Never does: hold code, persons or prints.
Source of truth: the files themselves; their hash names the programme's edition.
"""
