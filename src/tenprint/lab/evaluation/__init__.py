"""Comes in: folders of research prints, an extractor, a matcher.
Goes out: verification and identification error rates as plain numbers.
Never does: write into a gallery, decide anything about a person, or choose a threshold for use.
Source of truth: the FVC protocol and its EER; ISO/IEC 19795-1 for FMR, FNMR, FPIR and FNIR.
"""
