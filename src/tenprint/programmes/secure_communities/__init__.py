"""Comes in: nothing; these files are read by the policy room.
Goes out: the Secure Communities programme as data, with a source and an evidence mark on every statement.
Never does: hold code, persons or prints.
Source of truth: the instruments that the files cite; what is only recalled says so.
"""
