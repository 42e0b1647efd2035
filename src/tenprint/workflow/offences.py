"""What a case holds on each basis, as the level policies take it: charges that stand, and convictions that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Recorded
from tenprint.refer.policy.levels import Offence
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.statements import CONVICTED, Statement

Severity: TypeAlias = Literal["felony", "misdemeanor", "infraction"]

SEVERITIES: Final[tuple[Severity, ...]] = ("felony", "misdemeanor", "infraction")
"""Classes of a charge or conviction; anything else is not known. Source: domain 2.2."""


def offences_of(stream: Sequence[Recorded], basis: str) -> list[Offence]:
    """What the case holds on that basis: the charges that stand, or the convictions of records and statements that stand."""
    if basis == "charge":
        return charges_of(stream)
    records = [e for e in stream if e.type == events.HISTORY_RECORDED]
    corrected = {int(str(e.public["corrects"])) for e in records if e.public.get("corrects") is not None}
    found = []
    for number, record in enumerate(records, 1):
        items = (record.private or {}).get("items", [])
        if number not in corrected and isinstance(items, Sequence):
            found += [_offence("conviction", item) for item in items if isinstance(item, Mapping)]
    return found + _stated_convictions(replay(stream))


def charges_of(stream: Sequence[Recorded], *, but: str | None = None) -> list[Offence]:
    """The charges as they stand, except one; a charge that ended in the person's favour stands no more.

    A second look that differs leaves the first code until a supervisor decides.
    """
    coded = [e.public for e in stream if e.type == events.CHARGE_CODED and e.public["second_look"] != "differs"]
    ended = replay(stream).ended_charges
    last = {str(facts["charge"]): facts for facts in coded if facts["charge"] != but and facts["charge"] not in ended}
    return [_offence("charge", facts) for facts in last.values()]


def all_charges_ended(stream: Sequence[Recorded]) -> bool:
    """Whether charges were coded and every one of them ended without a conviction."""
    state = replay(stream)
    return bool(state.charges) and {charge.id for charge in state.charges} <= state.ended_charges


def severity_of(value: Value) -> Severity | None:
    """The class, or None for anything else: not known."""
    return next((known for known in SEVERITIES if known == value), None)


def _stated_convictions(state: CaseState) -> list[Offence]:
    return [_of_statement(state, s) for s in state.statements if s.outcome == CONVICTED and s.speaks]


def _of_statement(state: CaseState, statement: Statement) -> Offence:
    """A conviction with the longest standing sentence that a statement gives it."""
    days = [
        _days(s.item.get("days"))
        for s in state.statements
        if s.kind == "sentence" and s.about == statement.number and s.speaks
    ]
    known = [one for one in days if one is not None]
    return _offence("conviction", {**statement.item, "sentence_days": max(known) if known else None})


def _offence(basis: str, facts: Mapping[str, Value]) -> Offence:
    ncic = facts.get("ncic")
    return Offence(
        basis=basis, ncic=None if ncic is None else str(ncic), code_source=str(facts.get("code_source") or "coded"),  # type: ignore[arg-type]
        severity=severity_of(facts.get("severity")),
        max_penalty_days=_days(facts.get("max_penalty_days")), sentence_days=_days(facts.get("sentence_days")),
    )  # fmt: skip


def _days(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
