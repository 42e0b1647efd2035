"""Comes in: a seed, and how many people.
Goes out: invented people with ten fingers each, and impressions of those fingers as grey images.
Never does: draw without a seed, copy a real print, or hand anything to a served programme.
Source of truth: zero-pole ridge flow (Sherlock and Monro 1993, Vizcaya and Gerhardt 1996), growth as in SFinGe (Cappelli 2004).
"""
