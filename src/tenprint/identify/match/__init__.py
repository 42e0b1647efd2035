"""Comes in: minutiae of single fingers, and templates of up to ten.
Goes out: integer points, fused scores and the zone in which an examiner finds a candidate.
Never does: read an image, keep a template, or decide that two people are the same.
Source of truth: `reference` for the points, `tables/` and `calibration/` for every number that decides.
"""
