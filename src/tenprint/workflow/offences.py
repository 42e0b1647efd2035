"""What a case holds on each basis, as the level policies take it: charges that stand, and convictions that are known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, TypeAlias

from tenprint.errors import UsageError
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Recorded
from tenprint.refer.policy.gravity import most_serious
from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.levels import Offence
from tenprint.refer.policy.rulebook import RuleBook
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.known import Gravest
from tenprint.refer.referral.state import CaseState, Charge
from tenprint.refer.referral.statements import CONVICTED, Statement

Severity: TypeAlias = Literal["felony", "misdemeanor", "infraction"]

SEVERITIES: Final[tuple[Severity, ...]] = ("felony", "misdemeanor", "infraction")
"""Classes of a charge or conviction; anything else is not known. Source: domain 2.2."""


CODE_TABLE: Final = "sc-sop-2009"
"""The policy whose table of codes orders single charges where no level policy is in force: its table was used on in later data
systems. Source: domain 2.0, 2.2."""


WORD: Final = re.compile(r"[a-z][a-z_]*")
"""Shape of a word of a level policy, as its file writes it."""


def word_policy(rules: RuleBook, word: str, *, on: date) -> LevelPolicy:
    """The level policy in force that has the word. Raises UsageError where none in force goes by words, or none has this one."""
    in_force = [policy for policy in rules.level_policies if on in policy.in_force]
    found = next((policy for policy in in_force if word in policy.words), None)
    if found is not None:
        return found
    allowed = sorted(name for policy in in_force for name in policy.words)
    if not allowed:
        named = ", ".join(policy.id for policy in in_force) or "none"
        raise UsageError(
            f"word: {word!r} is no way to code an offence on {on}: the level policy in force ({named}) does not go by words. "
            "Give the NCIC code. Nothing was recorded."
        )
    raise UsageError(
        f"word: {word!r} is no class of the policy in force; allowed: {', '.join(allowed)}. Nothing was recorded."
    )


def with_mapping(rules: RuleBook, item: Mapping[str, Value], *, on: date) -> dict[str, Value]:
    """An offence as somebody codes it; where it has a word, with the policy and source that the word is taken from.

    Nothing maps a literal by itself: an offence without code and word asks a person. Raises UsageError (see `word_policy`).
    """
    word = item.get("word")
    if not word:
        return dict(item)
    policy = word_policy(rules, str(word), on=on)
    return {**item, "word_of": f"{policy.id} {policy.version}: {policy.source}"}


def gravest_of(rules: RuleBook, on: date) -> Gravest:
    """Which of several charges is the most serious under the level policy of a day, or by the code table where there is none."""
    names = [*rules.level_policy_in_force(on), CODE_TABLE]
    policy = next((p for name in names for p in rules.level_policies if p.id == name), None)

    def gravest(charges: Sequence[Charge]) -> Charge | None:
        if policy is None:
            return charges[0] if len(charges) == 1 else None
        at = most_serious(policy, [_of_charge(charge) for charge in charges], on=on)
        return None if at is None else charges[at]

    return gravest


def _of_charge(charge: Charge) -> Offence:
    return Offence(
        basis="charge", ncic=charge.ncic or None, code_source="defaulted" if charge.code_source == "defaulted" else "coded",
        severity=severity_of(charge.severity), max_penalty_days=charge.max_penalty_days, word=charge.word or None,
    )  # fmt: skip


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
        word=str(facts["word"]) if facts.get("word") else None,
    )  # fmt: skip


def _days(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
