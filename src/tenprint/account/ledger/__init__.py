"""Comes in: entries as bytes, a signer, an aware instant.
Goes out: a tree of RFC 6962 in C2SP tlog-tiles files, signed checkpoints, promises and proofs.
Never does: know what an entry means, change what it has signed, or publish more often than once an hour unforced.
Source of truth: the folder on disk; the signed head says how much of it counts.
"""
