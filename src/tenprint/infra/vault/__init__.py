"""Comes in: payloads and the id of the encounter whose key shall cover them.
Goes out: random object ids, sealed bytes, signatures; the payload again for as long as its key lives.
Never does: cache a key, reuse the id of a destroyed one, or take an expunged object for a lost one.
Source of truth: the files under keys/ and objects/, which are never in the same backup.
"""
