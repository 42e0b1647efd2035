"""Events into state, and nothing else: the fold decides nothing and refuses nothing.

A private half that was not loaded, or was destroyed, folds to "not known": it never becomes an identification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from tenprint.model import events as e
from tenprint.model.canonical import Value
from tenprint.model.events import Event, Recorded
from tenprint.refer.referral.instants import read
from tenprint.refer.referral.state import (
    CaseState,
    Charge,
    Claim,
    Concluded,
    Detainer,
    Finding,
    History,
    Hold,
    Level,
    Notice,
    Priority,
    Task,
)
from tenprint.refer.referral.statements import CONVICTED, FAVOURABLE, UNCODED, WITHDRAWN, Finding43, Statement

Facts = Mapping[str, Value]
Fold = Callable[[CaseState, datetime, Facts, Facts], CaseState]


def evolve(state: CaseState, event: Event | Recorded) -> CaseState:
    """The case after one more event. Events of other streams leave it as it was."""
    fold = _FOLDS.get(event.type)
    if fold is None:
        return state
    after = fold(state, event.effective_at, event.public, event.private or {})
    last = event.effective_at if state.last_at is None else max(state.last_at, event.effective_at)
    return replace(after, last_at=last)


def replay(events: Iterable[Event | Recorded]) -> CaseState:
    """The case that these events tell, in their order."""
    state = CaseState()
    for event in events:
        state = evolve(state, event)
    return state


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _maybe(value: Value) -> str | None:
    return None if value is None else str(value)


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _opened(state: CaseState, _at: datetime, public: Facts, private: Facts) -> CaseState:
    juvenile = public.get("juvenile")
    return replace(
        state,
        opened=True,
        submission=_text(public.get("submission")),
        repository=_text(public.get("repository")),
        jurisdiction=_text(public.get("jurisdiction")),
        us_state=_text(public.get("state")),
        cohort=_text(public.get("cohort")),
        juvenile=juvenile if isinstance(juvenile, bool) else None,
        candidates=_texts(private.get("candidates")),
    )


def _concluded(state: CaseState, _at: datetime, public: Facts, private: Facts) -> CaseState:
    one = Concluded(
        _text(public.get("examiner")),
        _text(public.get("conclusion")),
        _maybe(private.get("candidate")),
        resolves=public.get("resolves") is True,
    )
    return replace(state, conclusions=(*state.conclusions, one))


def _established(state: CaseState, _at: datetime, _public: Facts, private: Facts) -> CaseState:
    return replace(state, identity="established", conflict=False, known_candidate=_maybe(private.get("person")))


def _refuted(state: CaseState, _at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, identity="refuted", conflict=False, known_candidate=None)


def _disputed(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    conflict = state.conflict or public.get("why") == "repositories_disagree"
    return replace(state, identity="disputed", conflict=conflict, known_candidate=None)


def _queried(state: CaseState, at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, queried_at=at)


def _acknowledged(state: CaseState, at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, acknowledged_at=at)


CITIZEN_EVIDENCE: Final = frozenset({"derived", "acquired", "naturalised", "us_birth"})
"""Evidence that stops a case as a citizen's, whatever the status says. Source: domain 1.9, IAR=USC *or evidence*."""


def _responded(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    as_of = _maybe(public.get("status_as_of"))
    finding = Finding(
        _text(public.get("status")),
        None if as_of is None else date.fromisoformat(as_of),
        public.get("stale") is True,
        _text(public.get("removable_indication")),
        _text(public.get("citizenship_evidence")),
        at,
    )
    citizen = state.citizen or finding.status == "USC" or finding.citizenship_evidence in CITIZEN_EVIDENCE
    return replace(state, finding=finding, citizen=citizen)


def _coded(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    charge, coder, look = _text(public.get("charge")), _text(public.get("coder")), _text(public.get("second_look"))
    before = next((c for c in state.charges if c.id == charge), None)
    earlier = before.coders if before is not None and look in {"agreed", "differs", "resolved"} else ()
    if before is not None and look == "differs":  # the first code stands until a supervisor resolves it
        now = replace(before, coders=(*earlier, coder), second_look=look)
    else:
        days = public.get("max_penalty_days")
        now = Charge(
            charge,
            _text(public.get("ncic")),
            _text(public.get("code_source")),
            (*earlier, coder),
            look,
            word=_text(public.get("word")),
            severity=_text(public.get("severity")) or "unknown",
            max_penalty_days=None if days is None else _number(days),
        )
    return replace(state, charges=(*(c for c in state.charges if c.id != charge), now))


def _history(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    number = len(state.histories) + 1
    corrects = public.get("corrects")
    kept = tuple(replace(h, corrected=True) if h.number == corrects else h for h in state.histories)
    one = History(
        number,
        _text(public.get("known")),
        _number(public.get("convictions")),
        _text(public.get("source")),
        _text(public.get("as_of")),
    )
    changed = bool(state.levels)
    return replace(
        _operative(state, public.get("present_charge") is True),
        histories=(*kept, one),
        history_unreviewed=state.history_unreviewed or changed,
    )


def _operative(state: CaseState, convicted: bool) -> CaseState:
    """A conviction of the present charge is what a conditional detainer waits for."""
    return replace(state, detainers=tuple(replace(d, operative=True) for d in state.detainers)) if convicted else state


def _stated(state: CaseState, _at: datetime, public: Facts, private: Facts) -> CaseState:
    corrects, item = public.get("corrects"), private.get("item")
    one = Statement(
        number=len(state.statements) + 1,
        kind=_text(public.get("kind")),
        outcome=_text(public.get("outcome")),
        charge=_text(public.get("charge")),
        about=_number(public.get("about")),
        source=_text(public.get("source")),
        as_of=_text(public.get("as_of")),
        origin=_text(public.get("origin")),
        item=item if isinstance(item, Mapping) else {},
    )
    kept = tuple(replace(s, corrected=True) if s.number == corrects else s for s in state.statements)
    changed = one.outcome in FAVOURABLE | {CONVICTED, WITHDRAWN} or (corrects is not None and one.outcome != UNCODED)
    return replace(
        _operative(state, one.outcome == CONVICTED and bool(one.charge)),
        statements=(*kept, one),
        history_unreviewed=state.history_unreviewed or changed,
    )


def _found_43(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    number, found = len(state.findings) + 1, public.get("found") is True
    one = Finding43(number, found, _text(public.get("clause")))
    return replace(state, findings=(*state.findings, one), history_unreviewed=True)


def _withdrawn_43(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    gone = public.get("finding")
    kept = tuple(replace(f, withdrawn=True) if f.number == gone else f for f in state.findings)
    return replace(state, findings=kept, history_unreviewed=True)


def _reviewed(state: CaseState, _at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, history_unreviewed=False)


def _levelled(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    names = ("policy", "policy_version", "basis", "stage", "level", "inputs_hash", "on", "conviction_known")
    level = Level(*(_text(public.get(name)) for name in names))
    return replace(state, levels=(*state.levels, replace(level, after=_maybe(public.get("after")))))


def _prioritised(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    told = {name: _text(public[name]) for name in ("policy", "policy_version", "basis", "stage", "value", "on")}
    said = Priority(**told, kind=_text(public["policy_kind"]), classes=_texts(public["classes"]))
    return replace(state, priorities=(*state.priorities, said))


def _disposed(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    return replace(state, disposition=_text(public.get("disposition")), history_unreviewed=False)


def _issued(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    one = Detainer(
        id=_text(public.get("detainer")),
        form=_text(public.get("form")),
        warrant=_text(public.get("warrant")),
        issued_at=at,
        requests_hold=public.get("requests_hold") is True,
        # an edition that does not say so in the event is read as one that must be served
        serve_to_take_effect=public.get("serve_to_take_effect") is not False,
        operative=public.get("conditional") is not True,
    )
    return replace(state, detainers=(*state.detainers, one))


def _with_detainer(state: CaseState, public: Facts, change: Callable[[Detainer], Detainer]) -> CaseState:
    wanted = public.get("detainer")
    return replace(state, detainers=tuple(change(d) if d.id == wanted else d for d in state.detainers))


def _served(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    return _with_detainer(state, public, lambda d: replace(d, served_at=at))


def _answered(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    given = _text(public.get("answer"))
    return _with_detainer(state, public, lambda d: replace(d, answer=given, answered_at=at))


def _lifted(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    return _stop_hold(_with_detainer(state, public, lambda d: replace(d, ended="lifted")))


def _expired(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    return _stop_hold(_with_detainer(state, public, lambda d: replace(d, ended="expired")))


def _stop_hold(state: CaseState) -> CaseState:
    return state if state.hold is None else replace(state, hold=replace(state.hold, running=False))


def _eligible(state: CaseState, at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, eligible_at=at)


def _hold_begun(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    hold = Hold(
        _text(public.get("detainer")),
        _text(public.get("calendar")),
        read(_text(public.get("starts"))),
        read(_text(public.get("expires"))),
    )
    return replace(state, hold=hold)


def _shortened(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    if state.hold is None:
        return state
    return replace(state, hold=replace(state.hold, expires=min(state.hold.expires, read(_text(public.get("expires"))))))


def _due(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    stopped = _stop_hold(state)
    if state.release_due_at is not None and state.release_due_at <= at:
        return stopped
    return replace(stopped, release_due_at=at, release_due_why=_text(public.get("reason")))


def _overdue(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    return replace(state, overdue_hours=max(state.overdue_hours, _number(public.get("hours"))))


def _released(state: CaseState, at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(_stop_hold(_end_detainers(state, "released")), released_at=at)


def _transferred(state: CaseState, at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(_stop_hold(_end_detainers(state, "transferred")), transferred_at=at)


def _end_detainers(state: CaseState, ended: str) -> CaseState:
    return replace(state, detainers=tuple(d if d.ended else replace(d, ended=ended) for d in state.detainers))


def _outcome(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    outcome = _text(public.get("outcome"))
    return replace(state, outcomes=(*state.outcomes, outcome), citizen=state.citizen or outcome == "usc_found")


def _claimed(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    return replace(state, claims=(*state.claims, Claim(_text(public.get("claim")), at, read(_text(public.get("due"))))))


def _resolved(state: CaseState, _at: datetime, public: Facts, _private: Facts) -> CaseState:
    upheld = public.get("upheld") is True
    claims = tuple(replace(c, upheld=upheld) if c.id == public.get("claim") else c for c in state.claims)
    return replace(state, claims=claims, citizen=state.citizen or upheld)


def _flagged(state: CaseState, _at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, protected=True)


def _closed(state: CaseState, _at: datetime, _public: Facts, _private: Facts) -> CaseState:
    return replace(state, closed=True)


def _tasked(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    one = Task(
        _text(public.get("task")),
        _text(public.get("kind")),
        _text(public.get("role")),
        read(_text(public.get("due"))),
        at,
    )
    return replace(state, tasks=(*state.tasks, one))


def _notice_due(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    one = Notice(
        id=_text(public.get("notice")),
        what=_text(public.get("what")),
        to=_text(public.get("to")),
        by=_text(public.get("owed_by")),
        due=read(_text(public.get("due"))),
        raised_at=at,
        rule=", ".join(_texts(public.get("rules"))),
    )
    return replace(state, notices=(*state.notices, one))


def _notice_given(state: CaseState, at: datetime, public: Facts, _private: Facts) -> CaseState:
    outcome = _maybe(public.get("outcome"))
    return replace(
        state,
        notices=tuple(
            replace(n, given_at=at, outcome=outcome) if n.id == public.get("notice") else n for n in state.notices
        ),
    )


_FOLDS: Final[Mapping[str, Fold]] = {
    e.CASE_OPENED: _opened,
    e.CONCLUSION_RECORDED: _concluded,
    e.IDENTITY_ESTABLISHED: _established,
    e.IDENTITY_REFUTED: _refuted,
    e.IDENTITY_DISPUTED: _disputed,
    e.STATUS_QUERY_SENT: _queried,
    e.STATUS_QUERY_ACKNOWLEDGED: _acknowledged,
    e.STATUS_RESPONDED: _responded,
    e.CHARGE_CODED: _coded,
    e.HISTORY_RECORDED: _history,
    e.HISTORY_STATED: _stated,
    e.AGGRAVATED_FELONY_FOUND: _found_43,
    e.AGGRAVATED_FELONY_WITHDRAWN: _withdrawn_43,
    e.HISTORY_CHANGE_REVIEWED: _reviewed,
    e.LEVEL_EVALUATED: _levelled,
    e.PRIORITY_DECIDED: _prioritised,
    e.OFFICER_DECIDED: _disposed,
    e.DETAINER_ISSUED: _issued,
    e.DETAINER_SERVED: _served,
    e.DETAINER_ANSWERED: _answered,
    e.DETAINER_LIFTED: _lifted,
    e.DETAINER_EXPIRED: _expired,
    e.RELEASE_ELIGIBLE: _eligible,
    e.HOLD_BEGUN: _hold_begun,
    e.HOLD_SHORTENED: _shortened,
    e.RELEASE_DUE: _due,
    e.RELEASE_OVERDUE: _overdue,
    e.PERSON_RELEASED: _released,
    e.CUSTODY_TRANSFERRED: _transferred,
    e.OUTCOME_RECORDED: _outcome,
    e.CITIZENSHIP_CLAIMED: _claimed,
    e.CITIZENSHIP_RESOLVED: _resolved,
    e.PROTECTED_PERSON_FLAGGED: _flagged,
    e.CASE_CLOSED: _closed,
    e.NOTICE_DUE: _notice_due,
    e.NOTICE_GIVEN: _notice_given,
    e.TASK_RAISED: _tasked,
}
