"""Comes in: the grey image of a slap, its finger position, and the fingers that its record calls missing or has boxed.
Goes out: a place for every finger found, with direction, confidence and reasons; and what rolled and plain prints of one card say of each other.
Never does: move a finger to another position, invent one that was not found, or decide what is wrong with a card.
Source of truth: ANSI/NIST-ITL for positions and boxes; the composed slaps of the lab for every threshold.
"""
