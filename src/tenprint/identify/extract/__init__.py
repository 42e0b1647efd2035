"""Comes in: one finger's grey image with its scanning resolution.
Goes out: minutiae on the 500 ppi grid, ten-print templates, and a named reason for each finger that gave none.
Never does: decode files, compare prints, or guess a resolution.
Source of truth: the weights named and hashed in `weights`, the direction convention of ISO/IEC 19794-2.
"""
