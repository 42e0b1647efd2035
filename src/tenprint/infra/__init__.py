"""Comes in: events to keep, payloads to seal, credentials to check.
Goes out: streams, projections and work claims; sealed objects and signatures; who may do what.
Never does: decide about anyone, or import another wing; its rooms do not import each other.
Source of truth: the event table and the keys folder of the data directory.
"""
