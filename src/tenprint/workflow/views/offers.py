"""Which commands a case's page offers to a person, and the closed lists that its forms choose from.

An offer is a convenience: whoever sends a command that was not offered meets the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tenprint.infra.access.table import Actor
from tenprint.refer.policy.levels import BASES, STAGES
from tenprint.refer.policy.priorities import PRIORITY_BASES
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.custody import OUTCOMES, WHY_ELIGIBLE
from tenprint.refer.referral.forms import OFFICER_CLASSES
from tenprint.refer.referral.notices import ASKED
from tenprint.refer.referral.notices import OUTCOMES as NOTICE_OUTCOMES
from tenprint.refer.referral.roles import MAY
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.status import DISPOSITIONS, EVIDENCE, STATUSES
from tenprint.workflow.casework import ACTIONS
from tenprint.workflow.house import IMMIGRATION, House
from tenprint.workflow.views.board import may


@dataclass(frozen=True, slots=True)
class Offer:
    """One command. ready: the case waits for it now; else it stands among the other acts of the role."""

    command: str
    ready: bool


def _goes_on(s: CaseState) -> bool:
    return s.identity == "established" and s.repository == IMMIGRATION and not s.closed and not s.citizen


_COMMANDS: Final[Mapping[str, tuple[type[c.Command], Callable[[CaseState], bool]]]] = {
    "conclude": (c.RecordConclusion, lambda s: s.identity in {"none", "disputed"}),
    "query": (c.SendStatusQuery, lambda s: _goes_on(s) and s.queried_at is None),
    "acknowledge": (c.AcknowledgeStatusQuery, lambda s: s.queried_at is not None and s.acknowledged_at is None),
    "respond": (c.RecordStatusResponse, lambda s: s.queried_at is not None and s.finding is None),
    "code_charge": (c.CodeCharge, lambda s: not s.charges or any(x.second_look == "awaited" for x in s.charges)),
    "record_history": (c.RecordHistory, lambda s: _goes_on(s) and not s.histories),
    "evaluate_level": (c.RecordLevel, lambda s: _goes_on(s) and bool(s.charges or s.histories) and not s.levels),
    "dispose": (c.DecideDisposition, lambda s: _goes_on(s) and s.finding is not None and s.disposition is None),
    "decide_priority": (c.DecidePriority, lambda _: False),
    "issue_detainer": (c.IssueDetainer, lambda s: s.disposition in {"detainer", "notification_request"} and s.open_detainer is None),
    "serve_detainer": (c.ServeDetainer, lambda s: s.open_detainer is not None and s.open_detainer.served_at is None),
    "answer_detainer": (c.AnswerDetainer, lambda s: s.open_detainer is not None and s.open_detainer.answer is None),
    "mark_eligible": (c.MarkReleaseEligible, lambda s: _goes_on(s) and s.eligible_at is None and s.in_custody),
    "lift_detainer": (c.LiftDetainer, lambda _: False),
    "claim": (c.ClaimCitizenship, lambda _: False),
    "resolve_claim": (c.ResolveClaim, lambda s: s.open_claim is not None),
    "protect": (c.FlagProtected, lambda _: False),
    "give_notice": (c.GiveNotice, lambda s: any(n.given_at is None for n in s.notices)),
    "ask_redress": (c.AskRedress, lambda _: False),
    "record_release": (c.RecordRelease, lambda s: s.release_due_at is not None and s.in_custody),
    "transfer": (c.TransferCustody, lambda s: s.running_hold is not None),
    "record_outcome": (c.RecordOutcome, lambda s: s.transferred_at is not None and not s.outcomes),
    "close": (c.CloseCase, lambda s: s.identity == "refuted" or s.disposition == "no_action" or bool(s.outcomes)),
}  # fmt: skip
"""Command (a function of `workflow.desk`) -> its type, and when the case waits for it."""

COMMANDS: Final = tuple(_COMMANDS)
"""Every command that a page may carry, in the order of a case."""


def may_conclude(by: Actor, state: CaseState) -> bool:
    """Whether this person is an examiner who may still conclude here: then others' conclusions are hidden from them."""
    settled = state.identity in {"established", "refuted"} or sum(not x.resolves for x in state.conclusions) >= 2
    return "examiner" in by.roles and not settled and all(x.examiner != by.id for x in state.conclusions)


def offers(by: Actor, state: CaseState, *, ori: str | None) -> tuple[Offer, ...]:
    """What this person's roles may do in this case, those that it waits for first. Nothing in a closed case."""
    if state.closed:
        return ()
    found = []
    for name, (kind, waits) in _COMMANDS.items():
        if not _may(by, kind, ori) or (name in _OF_DETAINER and state.open_detainer is None):
            continue
        if name == "resolve_claim" and state.open_claim is None:
            continue
        ready = waits(state)
        if name == "give_notice":
            ready = any(n.given_at is None and n.by in by.roles for n in state.notices)
            if not ready and not (waits(state) and "supervisor" in by.roles):
                continue
        if name == "conclude":
            resolves = "supervisor" in by.roles and state.identity == "disputed"
            ready = may_conclude(by, state) or resolves
            if not ready:
                continue
        found.append(Offer(name, ready))
    return tuple(sorted(found, key=lambda offer: not offer.ready))


_OF_DETAINER: Final = {"serve_detainer", "answer_detainer", "lift_detainer"}


def _may(by: Actor, kind: type[c.Command], ori: str | None) -> bool:
    """The table of access and the table of the case must both know the role (as `casework.act` asks them)."""
    if kind is c.RecordConclusion:
        return may(by, "conclude", ori=ori) or may(by, "resolve_identity", ori=ori)
    return may(by, ACTIONS[kind], ori=ori) and bool(set(by.roles) & MAY[kind])


CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "conclusion": (c.SOURCE_IDENTIFICATION, c.SOURCE_EXCLUSION, c.INCONCLUSIVE),
    "status": tuple(sorted(STATUSES)),
    "removable": ("undetermined", "no", "yes"),
    "citizenship_evidence": ("none", *sorted(EVIDENCE - {"none"})),
    "severity": ("unknown", "infraction", "misdemeanor", "felony"),
    "known": ("unknown", "none", "yes"),
    "basis": tuple(BASES),
    "stage": tuple(STAGES),
    "priority_basis": tuple(PRIORITY_BASES),
    "disposition": tuple(sorted(DISPOSITIONS)),
    "officer_class": tuple(sorted(OFFICER_CLASSES)),
    "warrant": ("none", "administrative", "judicial", "criminal"),
    "detainer_answer": ("decline", "notify_only", "honour"),
    "why_eligible": tuple(sorted(WHY_ELIGIBLE)),
    "outcome": tuple(sorted(OUTCOMES)),
    "upheld": ("upheld", "not_upheld"),
    "notice_outcome": ("told", *sorted(NOTICE_OUTCOMES - {"told"})),
    "about": tuple(sorted(ASKED)),
}
"""Name of a closed list -> its values, the least consequential first where an order means anything."""


def forms_on(house: House, day: date) -> tuple[str, ...]:
    """The detainer forms of the programme in use on a day; empty before any is on record."""
    return tuple(form.id for form in house.programme.rules.forms.values() if form.in_use(day))


def boxes_on(house: House, day: date) -> tuple[str, ...]:
    """Every box of the forms in use on a day."""
    return tuple(
        sorted({box for form in house.programme.rules.forms.values() if form.in_use(day) for box in form.boxes})
    )


def policies_on(house: House, day: date) -> tuple[str, ...]:
    """The level policies in force on a day."""
    return house.programme.level_policies_on(day)


def words_on(house: House, day: date) -> tuple[str, ...]:
    """The classes in words of the level policies in force on a day; empty where they go by codes or counts."""
    return tuple(word for p in house.programme.rules.level_policies if day in p.in_force for word in p.words)


def priority_policies_on(house: House, day: date) -> tuple[str, ...]:
    """The policies of priorities, grounds for a detainer and discretion in force on a day."""
    return house.programme.rules.priority_policies_in_force(day)
