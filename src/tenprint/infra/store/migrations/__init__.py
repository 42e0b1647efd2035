"""Comes in: a connection inside a transaction.
Goes out: the same database with the newest tables and guards.
Never does: lose an event, or leave a database half migrated.
Source of truth: versions/, one chain, never edited once released.
"""
