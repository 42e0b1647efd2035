"""Why nothing was recorded, as a page shows it beside what was written: the rules' own words, or what is wrong with a field."""

from __future__ import annotations

from typing import Final, TypeAlias

from tenprint.errors import FactInvalid, NotPermitted, StreamMoved, TenprintError, UsageError

WRONG: Final = (UsageError, FactInvalid, StreamMoved, NotPermitted)
"""Errors after which the page is shown again with what was written."""

BY_RULE: Final = 409
"""HTTP status of a refusal by the rules. Source: RFC 9110, 15.5.10."""

Fault: TypeAlias = dict[str, str]
"""why, rule, code, and the field that is at fault; empty where there is none."""


def by_rule(why: str, *, code: str, rule: str) -> Fault:
    """A refusal, with the rule behind it."""
    return {"why": why, "rule": rule, "code": code, "field": ""}


def as_written(error: TenprintError) -> Fault:
    """One of `WRONG`. A UsageError that begins with a field's name and a colon is shown at that field."""
    name, _, rest = str(error).partition(": ")
    if isinstance(error, UsageError) and rest and name.isidentifier():
        return {"why": rest, "rule": "", "code": "", "field": name}
    return {"why": str(error), "rule": "", "code": "", "field": ""}
