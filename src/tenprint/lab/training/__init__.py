"""Comes in: published parameters, and folders of research prints that may be used for training.
Goes out: the matcher's integer tables and its calibration, each with its provenance.
Never does: train on prints that later judge the result, or change a committed file without being asked to.
Source of truth: the formulas here; a test regenerates the tables and compares.
"""
