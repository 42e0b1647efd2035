"""Comes in: the bytes of an ANSI/NIST-ITL file (traditional encoding), or nouns to be written as one.
Goes out: transactions, bookings, answers and status queries as frozen nouns; or the bytes of them.
Never does: act, decode an image, read the time, or fill an absent field with a default.
Source of truth: ANSI/NIST-ITL 1 (traditional encoding) and the rule files of this room, made from EBTS 9.1.
"""
