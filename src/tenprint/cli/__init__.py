"""Comes in: what a person types, or a script.
Goes out: tables for people, one JSON object for machines (--json), exit codes by kind of error.
Never does: decide, or reach around workflow into a store, a gallery or the log.
Source of truth: --help of each command; docs/reference/commands.md is generated from it.
"""
