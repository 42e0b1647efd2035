"""Comes in: who looks, and the house with its events, prints, releases and log.
Goes out: plain values for one page each: what may be shown to this person, and nothing else.
Never does: decide, record an event, or show prints, reasons or another examiner's conclusion to whom they are not for.
Source of truth: the events in infra.store, the sealed payloads in infra.vault, the released files and the log's files.
"""
