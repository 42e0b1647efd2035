"""Comes in: a seed and an empty folder.
Goes out: a programme that has lived through a month: synthetic people, simulated staff, a published release.
Never does: touch a programme that real people depend on, or take a shortcut that staff do not have.
Source of truth: the script in story.py; every step goes through the same use cases as the pages and commands.
"""
