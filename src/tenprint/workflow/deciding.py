"""What the rules say about a case, as plain answers handed to its decisions. Absence of a rule is None, and None never permits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import structlog

from tenprint.errors import FactInvalid, NoRuleInForce, RulesConflict, UsageError
from tenprint.ids import CaseId
from tenprint.model import events
from tenprint.model.facts import GLOSSARY, AssertedFact, FactValue
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.policy.answers import Answer
from tenprint.refer.policy.levels import BASES, STAGES, AggravatedFelonyFinding, Level, Offence
from tenprint.refer.policy.rules import Scope
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import known
from tenprint.workflow.house import House
from tenprint.workflow.offences import gravest_of
from tenprint.workflow.participation import day_at, history_of

log = structlog.get_logger()

MAY_ISSUE = "may_issue_detainer"
"""Question asked before a detainer is issued."""

MAY_HOLD = "may_hold"
"""Question asked before a hold is honoured."""

MAY_NOTIFY = "may_notify"
"""Question asked before the agency is only told of a release."""


def parse_facts(asserted: Sequence[str]) -> dict[str, FactValue]:
    """``name=value`` texts as typed facts. Raises UsageError, FactInvalid for a fact outside the glossary."""
    found: dict[str, FactValue] = {}
    for text in asserted:
        name, equals, value = text.partition("=")
        fact = GLOSSARY.get(name)
        if not equals or fact is None:
            raise FactInvalid(
                f"{text!r} asserts no fact of the glossary; write name=value, see `docs/reference/facts.md`. Nothing was decided."
            )
        found[name] = _typed(fact.kind, value, text)
    return found


def _typed(kind: str, value: str, text: str) -> FactValue:
    try:
        match kind:
            case "bool":
                return {"yes": True, "true": True, "no": False, "false": False}[value.lower()]
            case "int":
                return int(value)
            case "date":
                return date.fromisoformat(value)
            case "set":
                return tuple(sorted(part.strip() for part in value.split(",")))
            case _:
                return value
    except (KeyError, ValueError):
        raise UsageError(f"{text!r}: {value!r} is no {kind}; nothing was decided") from None


def facts_of(
    house: House, case: CaseId, place: Jurisdiction | None, *, until: datetime | None = None
) -> dict[str, AssertedFact]:
    """The facts that the case itself establishes, and its place, with source, as-of and asserter; what is not known is left out.

    until: only what was recorded by then and had happened by then; None: everything.
    """
    with house.store.reader() as reader:
        stream = reader.stream(events.CASE, case, private=True)
    if until is not None:
        stream = [event for event in stream if event.recorded_at <= until and event.effective_at <= until]
    on = day_at(place, until or house.clock.now())
    gravest = gravest_of(house.programme.rules, on)
    facts = known.assertions(stream, day_of=lambda at: day_at(place, at), gravest=gravest)
    if place is not None:
        for name, value in (("jurisdiction.state", place.state), ("jurisdiction.county", place.county)):
            facts[name] = AssertedFact(name=name, value=value, source=f"the programme's places, {place.ori_prefix}", as_of=None,
                                       asserted_by="the programme")  # fmt: skip
    return facts


def with_asserted(
    facts: Mapping[str, AssertedFact], asserted: Mapping[str, FactValue], *, on: date, by: str
) -> dict[str, AssertedFact]:
    """The case's facts and those a person asserts. Raises FactInvalid where these contradict what the case holds.

    What the case holds stays as it is, with its own as-of: repeating a stale fact does not make it fresh (ADR 0010).
    """
    for name, value in asserted.items():
        if name in facts and facts[name].value != value:
            raise FactInvalid(
                f"the case itself holds {name} = {facts[name].value!r}; nobody can assert {value!r} instead. Nothing was decided. "
                "If the case is wrong, correct it by its own act."
            )
    return {**stated(asserted, source="asserted with the decision", on=on, by=by), **facts}


def stated(values: Mapping[str, FactValue], *, source: str, on: date, by: str) -> dict[str, AssertedFact]:
    """Values as facts that ``by`` asserts as of a day."""
    return {
        name: AssertedFact(name=name, value=value, source=source, as_of=on, asserted_by=by)
        for name, value in values.items()
    }


def place_of(house: House, case: CaseId) -> tuple[Jurisdiction | None, str]:
    """The jurisdiction and controlling agency of a case."""
    with house.store.reader() as reader:
        file = reader.cases.get(case)
        row = reader.submissions.get(file.submission) if file else None
    cri = row.cri if row else ""
    return history_of(house).jurisdiction(cri), cri


def ask(
    house: House, case: CaseId, question: str, *, on: datetime, asserted: Mapping[str, FactValue], by: str,
    act: Mapping[str, FactValue] | None = None,
) -> Answer | None:  # fmt: skip
    """The engine's answer with its trace, or None where no rule is in force or two disagree (logged; a person looks).

    asserted: by the acting person ``by``, beside what the case holds; act: what the act itself brings (form and warrant of a new
    detainer) instead of what was before. Raises FactInvalid when an assertion contradicts the case.
    """
    place, cri = place_of(house, case)
    day = day_at(place, on)
    held = {**facts_of(house, case, place), **stated(act or {}, source="the act itself", on=day, by=by)}
    facts = with_asserted(held, asserted, on=day, by=by)
    return _answered(house, case, question, facts, on=day, scope=scope_of(house, place, cri))


def ask_again(
    house: House,
    case: CaseId,
    question: str,
    *,
    on: datetime,
    told: Sequence[str],
    by: str,
    until: datetime | None = None,
) -> Answer | None:
    """The question asked again with what a person asserted in an earlier decision; what the case itself holds wins over it.

    told: ``name=value`` texts as that decision recorded them. until: with only what the case held by then; None: now.
    """
    place, cri = place_of(house, case)
    day = day_at(place, on)
    facts = {
        **stated(parse_facts(told), source="asserted with an earlier decision", on=day, by=by),
        **facts_of(house, case, place, until=until),
    }
    return _answered(house, case, question, facts, on=day, scope=scope_of(house, place, cri))


def _answered(
    house: House, case: CaseId, question: str, facts: Mapping[str, AssertedFact], *, on: date, scope: Scope
) -> Answer | None:
    try:
        return house.programme.rules.ask(question, facts, on=on, scope=scope)
    except (NoRuleInForce, RulesConflict) as silence:
        log.warning("no answer of the rules", case=case, question=question, why=type(silence).__name__)
        return None


def scope_of(house: House, place: Jurisdiction | None, cri: str) -> Scope:
    """The place that the rules are asked about; what is not known of it stays unknown."""
    return Scope(
        programme=house.programme.id,
        state=place.state if place else None,
        county=place.county if place else None,
        ori=cri or None,
    )


def permission(answer: Answer | None) -> c.PolicyAnswer | None:
    """The engine's answer as the plain value that a case's decision takes."""
    return None if answer is None else c.PolicyAnswer(kind=answer.kind, by=answer.rules, evidence=answer.evidence)


def level_of(
    house: House, policy: str, offences: Sequence[Offence], *, basis: str, on: date, stage: str,
    aggravated_felony: AggravatedFelonyFinding | None, conviction_known: str, charges_ended: bool = False,
) -> Level:  # fmt: skip
    """The level under one policy. Raises NoRuleInForce when the policy is not in force on that day, UsageError for other words."""
    if basis not in BASES or stage not in STAGES:
        raise UsageError(
            f"basis {basis!r}, stage {stage!r}; allowed: {', '.join(BASES)} and {', '.join(STAGES)}. No level was given."
        )
    return house.programme.rules.levels(policy, offences, basis=basis, on=on, stage=stage,
                                        aggravated_felony=aggravated_felony, conviction_known=conviction_known,
                                        charges_ended=charges_ended)  # fmt: skip
