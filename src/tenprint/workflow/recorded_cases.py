"""What was evaluated, asked and decided at the gate in a period, each with its facts as they were known at that moment.

Only events recorded before the one that is replayed are looked at. A level's inputs are proven by the hash that was recorded with
it; what can't be shown to be the same is left out and counted, never guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from tenprint.errors import FactInvalid, NoRuleInForce, RulesConflict, UsageError
from tenprint.infra.store.store import Reader
from tenprint.lab.replay.cases import LEVEL, PRIORITY, RecordedCase
from tenprint.lab.replay.difference import RECORDED, UNDER
from tenprint.lab.replay.gate import GATE
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.model.facts import AssertedFact, FactValue
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.policy.levels import BASES, STAGES, AggravatedFelonyFinding, Basis, Offence, Stage, inputs_hash
from tenprint.refer.policy.programme import Programme
from tenprint.refer.policy.rules import Scope
from tenprint.refer.referral import known
from tenprint.workflow.deciding import MAY_HOLD, MAY_ISSUE, parse_facts
from tenprint.workflow.offences import all_charges_ended, gravest_of, offences_of
from tenprint.workflow.participation import STREAM_ID, day_at, document_of

REPLAYED: Final = (
    events.LEVEL_EVALUATED,
    events.PRIORITY_DECIDED,
    events.DETAINER_ISSUED,
    events.DETAINER_ANSWERED,
    events.GATE_DECIDED,
)
"""Events that carry an answer which other rules, or another policy, could have given otherwise."""

NO_ANSWER: Final = "no_answer"
"""Recorded where the rules of the day gave none: a person decided."""

NO_OUTCOME: Final = "none recorded"
"""Outcome of a case of which nothing is recorded that came of it."""

STATUTE: Final = "INA 101(a)(43)"
"""Statute under which findings of an aggravated felony are recorded, alone or with its clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read. left_out: why, and how many. cases: how many cases they belong to. entries, position: the log's size
    and the last event's position when it was read. profile: in use then. history: with the ``documents`` recorded here.
    """

    rows: tuple[RecordedCase, ...]
    left_out: Mapping[str, int]
    cases: int
    entries: int
    position: int
    profile: str
    history: ParticipationHistory
    documents: int


def recorded_cases(reader: Reader, programme: Programme, *, first: date, last: date) -> Reading:
    """The rows of a period, in order of commit; first and last day included, days being those of the place.

    Raises UsageError for a period that ends before it begins.
    """
    if last < first:
        raise UsageError(f"from {first} to {last}: no day at all; nothing was replayed")
    documents = [
        document_of(event)
        for event in reader.stream(events.PARTICIPATION, STREAM_ID)
        if event.type == events.PARTICIPATION_RECORDED
    ]
    history = programme.history.with_documents(documents)
    found = _Finder(reader, programme, history, *_outcomes(reader), _editions(reader, programme))
    rows = []
    for event in reader.events(types=REPLAYED):
        row = found.row(event, first, last)
        if row is not None:
            rows.append(row)
    counts = reader.outbox.counts()
    return Reading(
        rows=tuple(rows),
        left_out=dict(sorted(found.left_out.items())),
        cases=len(found.seen),
        entries=counts.logged,
        position=counts.logged + counts.pending,  # positions leave no gap
        profile=_profile(reader, programme),
        history=history,
        documents=len(documents),
    )


def _profile(reader: Reader, programme: Programme) -> str:
    said = [
        e
        for e in reader.stream(events.PROGRAMME, programme.id)
        if e.type in {events.PROGRAMME_ADOPTED, events.PROFILE_CHANGED}
    ]
    return str(said[-1].public["profile"]) if said else programme.profile


def _editions(reader: Reader, programme: Programme) -> Sequence[tuple[int, str]]:
    """Position from which a programme was in use, and its hash."""
    stream = reader.stream(events.PROGRAMME, programme.id)
    return [(e.position, str(e.public["hash"])) for e in stream if e.type == events.PROGRAMME_ADOPTED]


def _outcomes(reader: Reader) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Case -> its last outcome; submission -> that of its cases."""
    by_case: dict[str, str] = {}
    submissions: dict[str, str] = {}
    for event in reader.events(types=(events.CASE_OPENED, events.OUTCOME_RECORDED)):
        if event.type == events.CASE_OPENED:
            submissions[event.stream_id] = str(event.public["submission"])
        else:
            by_case[event.stream_id] = str(event.public["outcome"])
    return by_case, {submissions[case]: outcome for case, outcome in by_case.items() if case in submissions}


@dataclass(slots=True)
class _Finder:
    """Makes rows of events; each case's stream is read and unsealed once."""

    reader: Reader
    programme: Programme
    history: ParticipationHistory
    outcome_of_case: Mapping[str, str]
    outcome_of_submission: Mapping[str, str]
    editions: Sequence[tuple[int, str]]
    left_out: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    _open: tuple[str, Sequence[Recorded], str] | None = None

    def row(self, event: Recorded, first: date, last: date) -> RecordedCase | None:
        """The row of one event; None outside the period, or where it is left out."""
        if event.type == events.GATE_DECIDED:
            return self._of_gate(event) if first <= _on(event) <= last else None
        stream, cri = self._case(event.stream_id)
        place = self.history.jurisdiction(cri)
        told_on = event.type in {events.LEVEL_EVALUATED, events.PRIORITY_DECIDED}
        day = _on(event) if told_on else day_at(place, event.effective_at)
        if not first <= day <= last:
            return None
        self.seen.add(event.stream_id)
        before = [other for other in stream if other.version < event.version]
        here = next(other for other in stream if other.version == event.version)
        if any(other.expunged for other in (*before, here)):
            self.left_out["expunged"] += 1
            return None
        if any(
            other.sealed for other in (*before, here)
        ):  # its facts can't be read, and an empty case is not that case
            self.left_out["sealed"] += 1
            return None
        if event.type == events.LEVEL_EVALUATED:
            return self._of_level(here, before, place, self._scope(place, cri), day)
        if event.type == events.PRIORITY_DECIDED:
            return self._of_priority(here, before, place, self._scope(place, cri), day)
        return self._of_question(here, before, place, self._scope(place, cri), day)

    def _case(self, case: str) -> tuple[Sequence[Recorded], str]:
        if self._open is None or self._open[0] != case:
            stream = self.reader.stream(events.CASE, case, private=True)
            row = self.reader.submissions.get(str(stream[0].public["submission"]))
            self._open = (case, stream, row.cri if row else "")
        return self._open[1], self._open[2]

    def _scope(self, place: Jurisdiction | None, cri: str) -> Scope:
        return Scope(
            programme=self.programme.id,
            state=place.state if place else None,
            county=place.county if place else None,
            ori=cri or None,
        )

    def _labels(self, event: Recorded, place: str | None, recorded: str, under: str | None = None) -> dict[str, str]:
        outcome = self.outcome_of_submission if event.stream == events.SUBMISSION else self.outcome_of_case
        came = outcome.get(event.stream_id, NO_OUTCOME)
        if came != NO_OUTCOME and event.stream == events.SUBMISSION and self._withheld(event.stream_id):
            came = NO_OUTCOME
        labels = {RECORDED: recorded, "outcome": came}
        return labels | ({"jurisdiction": place} if place else {}) | ({UNDER: under} if under else {})

    def _withheld(self, submission: str) -> bool:
        """Whether a booking is sealed or expunged: a gate row holds no person, and then nothing of what came of one either."""
        first = self.reader.stream(events.SUBMISSION, submission, private=True)[0]
        return first.sealed or first.expunged

    def _of_gate(self, event: Recorded) -> RecordedCase:
        said = event.public
        received = self.reader.stream(events.SUBMISSION, event.stream_id)[0].public
        facts: dict[str, FactValue] = {
            "repository.name": str(said["repository"]),
            "submission.tot": str(received["tot"]),
        }
        if isinstance(received.get("juvenile"), bool):
            facts["person.juvenile"] = received["juvenile"] is True
        labels = self._labels(event, _text(said["jurisdiction"]), str(said["answer"]), str(said["profile"]))
        place = Scope(programme=self.programme.id, state=_text(said["state"]), ori=_text(said["cri"]))
        return RecordedCase(day=_on(event), place=place, facts=facts, asked=frozenset({GATE}), labels=labels)

    def _of_level(
        self, event: Recorded, before: Sequence[Recorded], place: Jurisdiction | None, scope: Scope, day: date
    ) -> RecordedCase | None:
        said = event.public
        basis: Basis = next(b for b in BASES if b == said["basis"])
        stage: Stage = next(s for s in STAGES if s == said["stage"])
        offences = tuple(offences_of(before, basis))
        inputs = _inputs(event, before, offences, basis, stage)
        if inputs is None:
            self.left_out["inputs not reproduced"] += 1
            return None
        finding, ended = inputs
        facts = _relied_on(_facts(event, before, place, day, self.programme), day)
        if finding is not None:
            facts["conviction.aggravated_felony"] = finding.found
        under = f"{said['policy']!s}/{said['policy_version']!s} by {basis} at {stage}"
        return RecordedCase(
            day=day, place=scope, facts=facts, offences=offences, basis=basis, stage=stage, conviction_known=_text(said["conviction_known"]),
            aggravated_felony=None if finding is None else finding.found, charges_ended=ended, asked=frozenset({LEVEL}),
            labels=self._labels(event, _text(before[0].public["jurisdiction"]), str(said["level"]), under),
        )  # fmt: skip

    def _of_priority(
        self, event: Recorded, before: Sequence[Recorded], place: Jurisdiction | None, scope: Scope, day: date
    ) -> RecordedCase | None:
        said = event.public
        basis = next((b for b in BASES if b == said["basis"]), None)
        if basis is None:
            self.left_out["priority by arrest or admission"] += 1
            return None
        stage: Stage = next(s for s in STAGES if s == said["stage"])
        told = parse_facts(_texts((event.private or {}).get("facts") or []))
        facts = {**_relied_on(_facts(event, before, place, day, self.programme), day), **told}
        under = f"{said['policy']!s}/{said['policy_version']!s} by {basis} at {stage}"
        labels = self._labels(event, _text(before[0].public["jurisdiction"]), str(said["value"]), under)
        return RecordedCase(
            day=day, place=scope, facts=facts, basis=basis, stage=stage, asked=frozenset({PRIORITY}), labels=labels
        )

    def _of_question(
        self, event: Recorded, before: Sequence[Recorded], place: Jurisdiction | None, scope: Scope, day: date
    ) -> RecordedCase | None:
        facts = _relied_on(_facts(event, before, place, day, self.programme), day)
        recorded = str(event.public["permitted"] or NO_ANSWER)
        question = self._question(event)
        labels = self._labels(event, _text(before[0].public["jurisdiction"]), recorded)
        row = RecordedCase(day=day, place=scope, facts=facts, asked=frozenset({question}), labels=labels)
        if not self._reproduced(event, question, row, recorded):
            self.left_out["answer not reproduced"] += 1
            return None
        return row

    def _question(self, event: Recorded) -> str:
        """Which question the recorded rules answered."""
        if event.type == events.DETAINER_ISSUED:
            return MAY_ISSUE
        asked = {rule.id: rule.question for rule in self.programme.rules.rules}
        named = [asked[name] for name in _texts(event.public["rules"]) if name in asked]
        return named[0] if named else MAY_HOLD

    def _reproduced(self, event: Recorded, question: str, row: RecordedCase, recorded: str) -> bool:
        """Whether the same rules say the same of the same facts; not asked of a record made under another edition."""
        before = [edition for position, edition in self.editions if position < event.position]
        if before[-1:] != [self.programme.hash]:
            return True
        try:
            said: str = self.programme.rules.ask(question, row.facts, on=row.day, scope=row.place).kind
        except (NoRuleInForce, RulesConflict):
            said = NO_ANSWER
        return said == recorded


def _inputs(
    event: Recorded, before: Sequence[Recorded], offences: Sequence[Offence], basis: Basis, stage: Stage
) -> tuple[AggravatedFelonyFinding | None, bool] | None:
    """The finding, and whether all charges had ended, with which the recorded hash comes out; None where none does."""
    said = event.public
    for finding in _findings(before, event):
        for ended in (False, True) if basis == "charge" and all_charges_ended(before) else (False,):
            hashed = inputs_hash(
                policy=str(said["policy"]), version=str(said["policy_version"]), basis=basis, stage=stage, on=_on(event), offences=offences,
                aggravated_felony=finding, conviction_known=_text(said["conviction_known"]), charges_ended=ended,
            )  # fmt: skip
            if hashed == said["inputs_hash"]:
                return finding, ended
    return None


def _findings(before: Sequence[Recorded], event: Recorded) -> Iterator[AggravatedFelonyFinding | None]:
    """None made, and each that can have been made by then: recorded by itself, or with the level."""
    yield None
    clauses = [f"{STATUTE}({e.public['clause']!s})" for e in before if e.type == events.AGGRAVATED_FELONY_FOUND]
    for statute in (STATUTE, *dict.fromkeys(clauses)):
        for found in (True, False):
            yield AggravatedFelonyFinding(found=found, statute=statute, found_by=event.actor)


def _facts(
    event: Recorded, before: Sequence[Recorded], place: Jurisdiction | None, day: date, programme: Programme
) -> list[AssertedFact]:
    """What the case held, what the act brought, and what the acting person asserted with it."""
    held = known.assertions(before, day_of=lambda at: day_at(place, at), gravest=gravest_of(programme.rules, day))
    given: dict[str, FactValue] = {}
    if place is not None:
        given |= {"jurisdiction.state": place.state, "jurisdiction.county": place.county}
    if event.type == events.DETAINER_ISSUED:
        said = event.public
        given |= {
            "detainer.warrant": str(said["warrant"]),
            "detainer.form": str(said["form"]),
            "detainer.served": False,
        }
    given |= _asserted(event)
    stated = {
        name: AssertedFact(name=name, value=value, source="the act itself", as_of=day, asserted_by=event.role)
        for name, value in given.items()
    }
    return [*{**held, **stated}.values()]


def _relied_on(facts: Sequence[AssertedFact], day: date) -> dict[str, FactValue]:
    """The facts that might be relied on that day, by value; a stale one counts as unknown."""
    return {fact.name: fact.value for fact in facts if fact.stale(day) is None}


def _asserted(event: Recorded) -> dict[str, FactValue]:
    """The facts that were asserted with a decision, as its private half lists them; words of the reason are never read as facts."""
    try:
        return parse_facts(_texts((event.private or {}).get("facts")))
    except (FactInvalid, UsageError):  # a fact that the glossary no longer has
        return {}


def _on(event: Recorded) -> date:
    return date.fromisoformat(str(event.public["on"]))


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
