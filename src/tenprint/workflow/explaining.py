"""Why the rules answer as they do: for a recorded case as it was known on a day, or for facts that a lawyer makes up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from tenprint.clock import to_text
from tenprint.errors import NoRuleInForce, NotFound, RulesConflict, UsageError
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor, require
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.model.facts import AssertedFact, FactValue
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.policy.answers import Answer, Considered
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rulebook import RuleBook
from tenprint.refer.policy.rules import Rule, Scope
from tenprint.refer.referral.fold import replay
from tenprint.workflow.casework import case_file, controlling_ori
from tenprint.workflow.deciding import MAY_HOLD, MAY_ISSUE, facts_of, parse_facts, place_of, scope_of, stated
from tenprint.workflow.house import House
from tenprint.workflow.participation import day_at, gate_answers
from tenprint.workflow.sealed import refuse_if_sealed

DECISIONS: Final[Mapping[str, str]] = {
    events.OFFICER_DECIDED: MAY_ISSUE,
    events.DETAINER_ISSUED: MAY_ISSUE,
    events.DETAINER_ANSWERED: MAY_HOLD,
    events.HOLD_BEGUN: MAY_HOLD,
}
"""Events that record what the rules said when somebody decided, with the question that was asked."""

Shown = dict[str, Any]


def explain(house: House, case: CaseId, *, as_of: datetime | None, by: Actor) -> Shown:
    """What each question comes to with the facts recorded and effective by an instant (None: now), and what was said at the time.

    No texts: reasons stay sealed. Raises NotFound for no such case, or one not yet opened by then; NotPermitted.
    """
    require(by, "explain_case")
    file = case_file(house, case)
    require(by, "explain_case", ori=controlling_ori(house, file))
    refuse_if_sealed(house, file)
    at = as_of or house.clock.now()
    if at.tzinfo is None:
        raise UsageError(f"as of {at} has no time zone; nothing was explained. Give an instant with its offset.")
    with house.store.reader() as reader:
        stream = [
            x for x in reader.stream(events.CASE, case, private=True) if x.recorded_at <= at and x.effective_at <= at
        ]
        gate = [x for x in reader.stream(events.SUBMISSION, file.submission) if x.type == events.GATE_DECIDED]
    if not stream:
        raise NotFound(f"case {case} was not yet opened on {to_text(at)}; nothing was explained")
    place, cri = place_of(house, case)
    held, day = facts_of(house, case, place, until=at), day_at(place, at)
    book = house.programme.rules
    return {
        "case": case, "as_of": to_text(at), "day": day.isoformat(), "place": str(scope_of(house, place, cri)),
        "expunged": any(event.expunged for event in stream), "stage_facts": [_fact(f) for _, f in sorted(held.items())],
        "may_search": _gate(house, cri, file.repository, gate, on=day, at=at),
        "questions": [
            {
                **asked(book, question, {**_asserted(stream, question, place), **held}, on=day, scope=scope_of(house, place, cri)),
                "recorded": [_recorded(event) for event in stream if DECISIONS.get(event.type) == question],
            }
            for question in book.questions
        ],
        "levels": [{"policy": x.policy, "version": x.policy_version, "basis": x.basis, "stage": x.stage, "level": x.level, "on": x.on}
                   for x in replay(stream).levels],
    }  # fmt: skip


def _asserted(stream: Iterable[Recorded], question: str, place: Jurisdiction | None) -> dict[str, AssertedFact]:
    """What people asserted beside the case when they decided on the question; the last word counts."""
    found: dict[str, AssertedFact] = {}
    for event in stream:
        told = (event.private or {}).get("facts")
        if DECISIONS.get(event.type) == question and isinstance(told, list | tuple):
            found |= stated(parse_facts([str(text) for text in told]), source=f"asserted with event {event.type}, {event.version} of the case",
                            on=day_at(place, event.effective_at), by=f"{event.role} {event.actor}")  # fmt: skip
    return found


def _gate(
    house: House, cri: str, repository: str, recorded: Sequence[Recorded], *, on: date, at: datetime
) -> list[Shown]:
    """Whether the case's repository may be searched for its agency on the day, and what the gate recorded when the booking came."""
    shown = [
        {"says": "asked again", "day": on.isoformat(), "answer": d.answer, "reason": d.reason, "basis": d.basis, "profile": d.profile,
         "documents": list(d.rules), "evidence": d.evidence}
        for d in gate_answers(house, cri, on=on) if d.repository == repository
    ]  # fmt: skip
    names = ("answer", "reason", "basis", "profile", "rules", "evidence", "on")
    return shown + [
        {
            "says": "recorded",
            "recorded": to_text(x.recorded_at),
            **{name: x.public.get(name) for name in names},
        }
        for x in recorded
        if x.public.get("repository") == repository and x.recorded_at <= at
    ]


def _recorded(event: Recorded) -> Shown:
    """What a decision recorded of the rules: answer, rules, evidence mark; never its texts."""
    names = ("permitted", "rules", "evidence", "answer", "disposition", "form", "reason_code", "calendar")
    said = {name: event.public[name] for name in names if event.public.get(name) not in (None, "")}
    return {
        "event": event.type,
        "at": to_text(event.effective_at),
        "recorded": to_text(event.recorded_at),
        "by_role": event.role,
        **said,
    }


def ask_rules(
    folder: Path | None, question: str, *, facts: Sequence[str], on: date, place: Mapping[str, str | None]
) -> Shown:
    """One question to a programme's rules with made-up facts, ``name=value`` each; no store is needed. Raises FactInvalid, UsageError.

    place: ``state``, ``county``, ``ori``, ``facility``; what is None is not known.
    """
    programme = Programme.load(folder or programme_root())
    if question not in programme.rules.questions:
        raise UsageError(
            f"no rule answers {question!r}; allowed: {', '.join(programme.rules.questions)}. Nothing was decided."
        )
    if place.get("county") and not place.get("state"):
        raise UsageError("a county needs its state: two states may have one of that name. Nothing was decided.")
    scope = Scope(programme=programme.id, **place)
    return {
        "day": on.isoformat(),
        "place": str(scope),
        **asked(programme.rules, question, parse_facts(facts), on=on, scope=scope),
    }


def asked(
    book: RuleBook, question: str, facts: Mapping[str, FactValue | AssertedFact], *, on: date, scope: Scope
) -> Shown:
    """The answer with its trace as JSON-ready content; silence and contradiction are answers too: nothing was decided."""
    try:
        found = book.ask(question, facts, on=on, scope=scope)
    except (NoRuleInForce, RulesConflict) as silence:
        return {"question": question, "answer": "nothing decided", "why": str(silence), "error": type(silence).__name__}
    rules = {rule.id: rule for rule in book.rules}
    return {
        "question": question, "answer": found.kind, "by": found.by, "why": rules[found.by].why, "citation": found.citation,
        "evidence": found.evidence, "role": found.role, "max_hold_hours": found.max_hold_hours,
        "facts": [_fact(fact) for fact in found.facts], "missing": _missing(found),
        "considered": [_rule(seen, rules[seen.rule]) for seen in found.trace],
    }  # fmt: skip


def _missing(found: Answer) -> list[Shown]:
    return [{"fact": name, "why": found.stale.get(name, "nobody asserted it")} for name in found.missing]


def _rule(seen: Considered, rule: Rule) -> Shown:
    return {
        "rule": seen.rule, "answers": seen.answers, "outcome": seen.outcome, "because": list(seen.because), "missing": list(seen.missing),
        "in_force": str(rule.in_force), "scope": str(rule.scope), "citation": str(rule.source), "evidence": rule.evidence,
    }  # fmt: skip


def _fact(fact: AssertedFact) -> Shown:
    value = (
        list(fact.value)
        if isinstance(fact.value, tuple)
        else fact.value.isoformat()
        if isinstance(fact.value, date)
        else fact.value
    )
    return {"fact": fact.name, "type": fact.kind, "value": value, "source": fact.source,
            "as_of": fact.as_of.isoformat() if fact.as_of else None, "asserted_by": fact.asserted_by}  # fmt: skip
