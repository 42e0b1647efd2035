"""Priorities at the desk: what a dated policy says on what is known, and what a named officer says of it. Nothing follows from either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tenprint.errors import NoRuleInForce, UsageError
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor, require
from tenprint.model.facts import FactValue
from tenprint.refer.policy.levels import STAGES, Stage
from tenprint.refer.policy.priorities import PRIORITY_BASES, Priority, PriorityBasis
from tenprint.refer.policy.priority_policies import PriorityPolicy
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.casework import Acted, act, case_file, controlling_ori
from tenprint.workflow.deciding import facts_of, parse_facts, place_of, with_asserted
from tenprint.workflow.house import House
from tenprint.workflow.participation import day_at
from tenprint.workflow.sealed import refuse_if_sealed


def decide_priority(
    house: House, case: CaseId, *, policy: str, basis: str, stage: str, classes: Sequence[str], rests_on: Sequence[str],
    reason_code: str, reason: str, asserted: Sequence[str], by: Actor,
) -> Acted:  # fmt: skip
    """A named officer says which classes of one policy apply, under the day's version of it; () says none.

    Raises NoRuleInForce where the policy is not in force that day, FactInvalid for a class that it does not have or a fact that the
    case contradicts, UsageError for another basis or stage.
    """
    told = parse_facts(asserted)
    on_basis, at_stage = _basis(basis), _stage(stage)

    def make(who: c.Actor, at: datetime, _: CaseState) -> c.Command:
        place, _cri = place_of(house, case)
        day = day_at(place, at)
        known = _known(house, case, told, on=day, by=f"{who.role} {who.id}")
        one, said = _said(house, policy, known, basis=on_basis, on=day, stage=at_stage)
        truth = one.truth_of(known, basis=on_basis)
        return c.DecidePriority(
            by=who, at=at, policy=one.id, policy_version=one.version, kind=one.kind, basis=basis, stage=stage,
            value=one.stated(classes, basis=on_basis, stage=at_stage), classes=tuple(classes), met=said.grounds, open=said.open,
            ruled_out=tuple(code for code, holds in truth.items() if holds is False), rests_on=tuple(rests_on), mark=said.evidence,
            inputs_hash=said.inputs_hash, on=day, reason_code=reason_code, reason=reason, facts=tuple(asserted),
        )  # fmt: skip

    return act(house, case, kind=c.DecidePriority, by=by, make=make)


def look_at_priority(
    house: House, case: CaseId, *, policy: str, basis: str, stage: str, asserted: Sequence[str], by: Actor
) -> dict[str, Any]:
    """What the policy says today on what the case holds: each class with its truth, what is missing, source and mark.

    Nothing is recorded. Raises as `decide_priority`, and NotPermitted.
    """
    require(by, "view_case")
    file = case_file(house, case)
    require(by, "view_case", ori=controlling_ori(house, file))
    refuse_if_sealed(house, file)
    day = day_at(place_of(house, case)[0], house.clock.now())
    known = _known(house, case, parse_facts(asserted), on=day, by=by.id)
    one, said = _said(house, policy, known, basis=_basis(basis), on=day, stage=_stage(stage))
    truth = one.truth_of(known, basis=_basis(basis))
    words = {True: "holds", False: "does not hold", None: "may hold"}
    return {
        "case": case, "policy": f"{one.id}/{one.version}", "title": one.title, "kind": one.kind, "basis": basis, "stage": stage,
        "on": day.isoformat(), "in_force": str(one.in_force), "source": str(one.source), "evidence": said.evidence, "conditions_give": said.value,
        "missing": list(said.missing),
        "classes": [{"class": x.code, "rank": x.rank, "condition": words[truth[x.code]], "says": x.says} for x in one.classes if x.code in truth],
        "factors": [{"factor": code, "says": says} for code, says in one.factors],
        "why": one.why, "nothing_follows": "a class is a statement; it permits and starts nothing",
    }  # fmt: skip


def _said(
    house: House, policy: str, known: Mapping[str, FactValue], *, basis: PriorityBasis, on: date, stage: Stage
) -> tuple[PriorityPolicy, Priority]:
    said = house.programme.rules.priority(policy, known, basis=basis, on=on, stage=stage)
    one = next((x for x in house.programme.rules.priority_policies if x.id == policy), None)
    if one is None:
        raise NoRuleInForce(f"no priority policy {policy!r}; nothing was recorded")
    return one, said


def _known(house: House, case: CaseId, told: Mapping[str, FactValue], *, on: date, by: str) -> dict[str, FactValue]:
    """What the case holds and the officer asserts, as far as it may be relied on that day."""
    facts = with_asserted(facts_of(house, case, place_of(house, case)[0]), told, on=on, by=by)
    return {name: fact.value for name, fact in facts.items() if fact.stale(on) is None}


def _basis(text: str) -> PriorityBasis:
    found = next((basis for basis in PRIORITY_BASES if basis == text), None)
    if found is None:
        raise UsageError(f"basis: {text!r}; allowed: {', '.join(PRIORITY_BASES)}. Nothing was recorded.")
    return found


def _stage(text: str) -> Stage:
    found = next((stage for stage in STAGES if stage == text), None)
    if found is None:
        raise UsageError(f"stage: {text!r}; allowed: {', '.join(STAGES)}. Nothing was recorded.")
    return found
