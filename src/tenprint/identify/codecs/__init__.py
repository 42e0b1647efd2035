"""Comes in: the image bytes of one record with what the record claims about them, or an image file.
Goes out: a grey image of exactly the claimed size, or a named error; PNG or WSQ bytes.
Never does: allocate for a claim that was not checked, guess a resolution, or look for minutiae.
Source of truth: ANSI/NIST-ITL for the names of algorithms, ISO/IEC 15948 for PNG, IAFIS-IC-0110 for WSQ.
"""
