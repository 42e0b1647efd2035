"""Comes in: images and templates of ten fingers, and an authority for every search.
Goes out: minutiae, integer points of alikeness, candidate lists for an examiner.
Never does: say that two people are the same, know a name, or search without an authority.
Source of truth: the reference implementations beside the native code; where they differ, the reference is right.
"""
