"""The detainer:
a request that a person issues, that must often be served, and that another agency answers [domain 3.1-3.4].
"""

from __future__ import annotations

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral import roles
from tenprint.refer.referral.commands import (
    AnswerDetainer,
    IssueDetainer,
    LiftDetainer,
    PolicyAnswer,
    Refused,
    ServeDetainer,
)
from tenprint.refer.referral.fold import evolve
from tenprint.refer.referral.forms import OFFICER_CLASSES, Form
from tenprint.refer.referral.state import CaseState, Detainer
from tenprint.refer.referral.status import juvenile_refusal, ready
from tenprint.refer.referral.tasks import end_hold, lift_open, raise_task

_KINDS = frozenset({"permitted", "refused", "required", "needs_person"})


def issue(state: CaseState, command: IssueDetainer) -> list[Event] | Refused:
    """DetainerIssued, with the tasks of serving and answering it. One open detainer at a time;
    none once a clock has run.
    """
    refused = ready(state) or _claim_open(state) or _may_issue(state, command)
    if refused is not None:
        return refused
    form = command.editions.get(command.form)
    if form is None or not form.in_use(command.local_day):
        return _not_in_use(command)
    refused = (
        _form_filled(form, command)
        or juvenile_refusal(state, command.permission)
        or _permits(command.permission)
        or _protected(state, command)
        or _one_at_a_time(state, command)
    )
    if refused is not None:
        return refused
    lifted = [] if command.supersedes is None else lift_open(state, at=command.at, reason_code="superseded")
    for event in lifted:
        state = evolve(state, event)
    tasks = [raise_task(state, "serve_detainer", at=command.at, why=_serve_why(form))]
    if form.requests_hold:
        tasks.append(raise_task(state, "answer_detainer", at=command.at, why="hold_requested"))
    return [*lifted, _issued(command, form), *tasks]


def _serve_why(form: Form) -> str:
    return "serve_to_take_effect" if form.serve_to_take_effect else "notice_to_person"


def _issued(command: IssueDetainer, form: Form) -> Event:
    answer = command.permission
    return Event(
        type=e.DETAINER_ISSUED,
        effective_at=command.at,
        public={
            "detainer": command.detainer,
            "form": form.id,
            "basis": sorted(command.boxes),
            "warrant": command.warrant,
            "conditional": command.conditional,
            "requests_hold": form.requests_hold,
            "serve_to_take_effect": form.serve_to_take_effect,
            "supersedes": command.supersedes,
            "officer_class": command.officer_class,
            "reason_code": command.reason_code,
            "permitted": None if answer is None else answer.kind,
            "rules": [] if answer is None else list(answer.by),
            "evidence": None if answer is None else answer.evidence,
        },
        private={
            "recipient": command.recipient,
            "reason": command.reason,
            "supervisor": None if command.supervisor is None else command.supervisor.id,
            "supervisor_reason": command.supervisor_reason,
            "facts": list(command.facts),
        },
    )


def _claim_open(state: CaseState) -> Refused | None:
    if state.open_claim is None:
        return None
    return Refused(
        "CITIZENSHIP_CLAIM_OPEN",
        "A claim of US citizenship is open: no detainer is issued, served or honoured.",
        "design decision 7",
    )


def _may_issue(state: CaseState, command: IssueDetainer) -> Refused | None:
    candidate = state.known_candidate
    if candidate is None or len(state.identifiers(candidate)) < 2:
        # established by event but not by readable conclusions: an expunged case has no adverse consequence
        return Refused(
            "IDENTITY_NOT_ESTABLISHED", "Two distinct examiners' identifications can't be shown.", "domain 3.4 G1"
        )
    if state.finding is None:
        return Refused("NO_STATUS_RESPONSE", "No specialist has answered the status query.", "domain 3.4 G2")
    if state.finding.status in {"no_record", "unable_to_determine"}:
        return Refused("STATUS_UNDETERMINED", "The status is not known: no action by default.", "domain 1.9")
    if state.disposition not in {"detainer", "notification_request"}:
        return Refused(
            "NO_DISPOSITION",
            "No officer has decided that a detainer or a notification request follows.",
            "domain 3.4 G4",
        )
    if not state.in_custody or state.release_due_at is not None or state.eligible_at is not None:
        return Refused(
            "CLOCK_SPENT",
            "The release clock has started, or the person is released: no detainer restarts it.",
            "domain 3.3",
        )
    if command.officer_class not in OFFICER_CLASSES:
        return Refused("OFFICER_CLASS", f"Class {command.officer_class!r} may not issue a detainer.", "8 CFR 287.7(b)")
    if state.detainer(command.detainer) is not None:
        return Refused("DETAINER_EXISTS", "A detainer of that id exists.", "ids are random and used once")
    return None


def _not_in_use(command: IssueDetainer) -> Refused:
    use = ", ".join(f.id for f in command.editions.values() if f.in_use(command.local_day)) or "none on record"
    return Refused(
        "FORM_NOT_IN_USE",
        f"Form {command.form!r} was not in use on {command.local_day}; in use: {use}.",
        "domain 3.2",
    )


def _form_filled(form: Form, command: IssueDetainer) -> Refused | None:
    wrong = form.fault(
        on=command.local_day,
        boxes=frozenset(command.boxes),
        warrant=command.warrant,
        conditional=command.conditional,
    )
    return None if wrong is None else Refused(wrong.code, wrong.why, f"domain 3.2, {form.id}")


def _permits(answer: PolicyAnswer | None) -> Refused | None:
    if answer is None:
        return Refused(
            "NO_RULE_IN_FORCE", "No rule answers whether this is permitted; silence is not a yes.", "design decision 6"
        )
    if answer.kind not in _KINDS:
        return Refused("ANSWER_UNKNOWN", f"{answer.kind!r} is not one of the four answers.", "design decision 6")
    if answer.kind == "refused":
        return Refused("POLICY_REFUSES", "The rules in force refuse it.", ", ".join(answer.by) or "design decision 6")
    return None


def _protected(state: CaseState, command: IssueDetainer) -> Refused | None:
    if not state.protected:
        return None
    named = command.supervisor
    if (
        named is None
        or named.role != roles.SUPERVISOR
        or named.id == command.by.id
        or not command.supervisor_reason.strip()
    ):
        return Refused(
            "PROTECTED_PERSON",
            "A victim, witness or plaintiff: a named supervisor's written reason is needed.",
            "domain 3.6",
        )
    return None


def _one_at_a_time(state: CaseState, command: IssueDetainer) -> Refused | None:
    is_open = state.open_detainer
    if (None if is_open is None else is_open.id) == command.supersedes:
        return None
    return Refused(
        "SUPERSEDES_WHAT", "One detainer may be open; a new one names the open one as superseded.", "domain 3.2"
    )


def _open(state: CaseState, detainer: str) -> Detainer | Refused:
    found = state.detainer(detainer)
    if found is None or found.ended is not None:
        how = "does not exist" if found is None else f"has ended ({found.ended})"
        return Refused("DETAINER_NOT_OPEN", f"The detainer {how}.", "domain 3.3")
    return found


def serve(state: CaseState, command: ServeDetainer) -> list[Event] | Refused:
    """DetainerServed; in_effect says whether the detainer has force now.
    Serving after the clock started restarts nothing.
    """
    found = _open(state, command.detainer)
    if isinstance(found, Refused):
        return found
    refused = ready(state) or _claim_open(state)
    if refused is not None:
        return refused
    if found.served_at is not None:
        return Refused("SERVED", "The detainer was served already.", "domain 3.2")
    event = Event(
        type=e.DETAINER_SERVED,
        effective_at=command.at,
        public={"detainer": found.id, "language": command.language},
        private={"served_by": command.by.id},
    )
    after = evolve(state, event).detainer(found.id)
    in_effect = after is not None and state.in_effect(after)
    return [
        Event(
            type=e.DETAINER_SERVED,
            effective_at=command.at,
            public={**event.public, "in_effect": in_effect},
            private=event.private,
        )
    ]


def answer(state: CaseState, command: AnswerDetainer) -> list[Event] | Refused:
    """DetainerAnswered by the agency that holds the person. Declining ends a running hold;
    a duty never answers by itself.
    """
    found = _open(state, command.detainer)
    if isinstance(found, Refused):
        return found
    if command.answer not in {"honour", "decline", "notify_only"}:
        return Refused("ANSWER_UNKNOWN", "Allowed: honour, decline, notify_only.", "domain 3.4 G6")
    if command.answer == "honour":
        refused = _may_honour(state, found) or _permits(command.permission)
        if refused is not None:
            return refused
    if command.answer == "notify_only" and command.notification is not None and command.notification.kind == "refused":
        return Refused(
            "POLICY_REFUSES", "The rules in force refuse the notification.", ", ".join(command.notification.by)
        )
    relied = (
        command.notification
        if command.answer == "notify_only" and command.notification is not None
        else command.permission
    )
    events = [
        Event(
            type=e.DETAINER_ANSWERED,
            effective_at=command.at,
            public={
                "detainer": found.id,
                "answer": command.answer,
                "permitted": None if relied is None else relied.kind,
                "rules": [] if relied is None else list(relied.by),
                "evidence": None if relied is None else relied.evidence,
                "reason_code": command.reason_code,
            },
            private={"reason": command.reason, "facts": list(command.facts)},
        )
    ]
    if command.answer != "honour":
        events += end_hold(state, at=command.at, reason="detainer_declined")
        if command.permission is not None and command.permission.kind == "required":
            seen = state
            for event in events:
                seen = evolve(seen, event)
            events.append(raise_task(seen, "required_action", at=command.at, why="rule_requires"))
    return events


def _may_honour(state: CaseState, found: Detainer) -> Refused | None:
    refused = ready(state) or _claim_open(state)
    if refused is not None:
        return refused
    if not found.requests_hold:
        return Refused(
            "NO_HOLD_REQUESTED",
            f"{found.form} asks for no hold: it can be declined or notified, not honoured.",
            "domain 3.2",
        )
    if state.eligible_at is not None:
        return Refused(
            "CLOCK_SPENT", "The release clock has started: an answer does not begin a hold after it.", "domain 3.3"
        )
    return None


def lift(state: CaseState, command: LiftDetainer) -> list[Event] | Refused:
    """DetainerLifted, and a hold that rests on it ends at once."""
    found = _open(state, command.detainer)
    if isinstance(found, Refused):
        return found
    if command.by.role == roles.CUSTODIAN and command.reason_code != "court_order":
        return Refused("ROLE_MAY_NOT", "A custodian lifts a detainer on a court's order only.", "domain 3.4 G8")
    return lift_open(state, at=command.at, reason_code=command.reason_code, automatic=False, reason=command.reason)
