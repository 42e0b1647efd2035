"""Comes in: nothing. The nouns that every wing may name.
Goes out: frozen records: prints, templates, authorities, events, facts, and the protocols between wings.
Never does: decide, store, read the clock; numpy only in `prints`.
Source of truth: docs/glossary.md for the words; events.py for every event type and its schema version.
"""
