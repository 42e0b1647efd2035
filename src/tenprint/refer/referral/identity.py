"""Whose prints these are: two independent examiners, always; one alone never suffices [design decision 9, domain 3.4
G1].

Two identifications of the same candidate establish identity; two conclusions without an identification refute it;
anything
else is a dispute, which a supervising examiner resolves by a conclusion of their own. Doubt ends as *not identified*.
"""

from __future__ import annotations

import re
from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral import roles
from tenprint.refer.referral.commands import (
    INCONCLUSIVE,
    SOURCE_EXCLUSION,
    SOURCE_IDENTIFICATION,
    OpenCase,
    RaiseIdentityConflict,
    RecordConclusion,
    Refused,
)
from tenprint.refer.referral.state import CaseState, Concluded
from tenprint.refer.referral.tasks import end_hold, lift_open, raise_task

CRIMINAL: Final = "criminal"
"""The criminal repository: an identification there starts nothing about immigration."""
IMMIGRATION: Final = "immigration"
"""The immigration repository: the only one whose cases go on to a status query."""
ZONES: Final = frozenset({"strong", "review"})
"""Zones of a score that an examiner looks at. Source: design decision 9; the third zone, none, opens no case."""

_CONCLUSIONS: Final = frozenset({SOURCE_IDENTIFICATION, SOURCE_EXCLUSION, INCONCLUSIVE})


def open_case(state: CaseState, command: OpenCase) -> list[Event] | Refused:
    """CaseOpened, and the examiners' task. A search without candidates opens nothing; nor does a name [domain 1.8]."""
    if state.opened:
        return Refused(
            "ALREADY_OPEN",
            "This case is open already. Nothing was opened.",
            "design 5: one case per submission and repository",
        )
    if command.zone not in ZONES:
        return Refused(
            "ZONE_OPENS_NOTHING", f"Zone {command.zone!r} opens no case; allowed: review, strong.", "design decision 9"
        )
    if not command.candidates:
        return Refused(
            "NO_CANDIDATES", "A case opens on candidates of a print search only; there are none.", "domain 1.8"
        )
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", command.cohort) is None:
        return Refused(
            "COHORT_INVALID",
            "The cohort is the month of submission, such as 2011-06. Nothing was opened.",
            "design decision 2",
        )
    opened = Event(
        type=e.CASE_OPENED,
        effective_at=command.at,
        public={
            "submission": command.submission,
            "repository": command.repository,
            "jurisdiction": command.jurisdiction,
            "state": command.state,
            "ori": command.ori,
            "cohort": command.cohort,
            "zone": command.zone,
            "juvenile": command.juvenile,
        },
        private={"candidates": list(command.candidates), "booking": command.booking},
    )
    seeded = CaseState(submission=command.submission, repository=command.repository, spans=state.spans)
    return [opened, raise_task(seeded, "examine", at=command.at, why=f"zone_{command.zone}")]


def record_conclusion(state: CaseState, command: RecordConclusion) -> list[Event] | Refused:
    """ConclusionRecorded, and what the conclusions together say, if they say it now."""
    resolves = command.by.role == roles.SUPERVISOR_EXAMINER
    refused = _may_conclude(state, command, resolves=resolves)
    if refused is not None:
        return refused
    one = Concluded(command.by.id, command.conclusion, command.candidate, resolves)
    recorded = Event(
        type=e.CONCLUSION_RECORDED,
        effective_at=command.at,
        public={
            "repository": state.repository,
            "conclusion": command.conclusion,
            "ordinal": len(state.conclusions) + 1,
            "examiner": command.by.id,
            "resolves": resolves,
        },
        private={
            "reasons": command.reasons,
            "candidate": command.candidate,
            "correspondences": list(command.correspondences),
        },
    )
    return [recorded, *_together(state, (*state.conclusions, one), command)]


def _may_conclude(state: CaseState, command: RecordConclusion, *, resolves: bool) -> Refused | None:
    ordinary = sum(not c.resolves for c in state.conclusions)
    if any(c.examiner == command.by.id for c in state.conclusions):
        return Refused("EXAMINER_CONCLUDED", "This examiner has concluded in this case; another must.", "domain 3.4 G1")
    if state.identity in {"established", "refuted"}:
        return Refused(
            "IDENTITY_SETTLED", f"Identity is {state.identity}; raise a conflict to reopen it.", "domain 3.4 G1"
        )
    if resolves and (state.identity != "disputed" or ordinary < 2):
        return Refused(
            "NOTHING_TO_RESOLVE",
            "A supervising examiner concludes only where two examiners have and identity is disputed.",
            "domain 1.9",
        )
    if not resolves and ordinary >= 2:
        return Refused(
            "NEEDS_SUPERVISOR_EXAMINER",
            "Two examiners have concluded; a supervising examiner resolves the dispute.",
            "domain 1.9",
        )
    if command.conclusion not in _CONCLUSIONS:
        return Refused("CONCLUSION_UNKNOWN", f"Allowed: {', '.join(sorted(_CONCLUSIONS))}.", "design 5, Verification")
    named = command.candidate
    if named is not None and named not in state.candidates:
        return Refused("NOT_A_CANDIDATE", "The candidate named is not on this case's list.", "design decision 9")
    if named is None and command.conclusion == SOURCE_IDENTIFICATION:
        return Refused("CANDIDATE_MISSING", "An identification names its candidate.", "design decision 9")
    return None


def _together(state: CaseState, all_: tuple[Concluded, ...], command: RecordConclusion) -> list[Event]:
    last = all_[-1]
    ordinary = [c for c in all_ if not c.resolves]
    if last.resolves:
        agreed = {c.examiner for c in all_ if c.conclusion == SOURCE_IDENTIFICATION and c.candidate == last.candidate}
        if last.conclusion == SOURCE_IDENTIFICATION and len(agreed) >= 2:
            return _establish(state, last.candidate, len(agreed), command)
        return _refute(state, "excluded" if last.conclusion == SOURCE_EXCLUSION else "unresolved", command)
    if len(ordinary) < 2:
        return [raise_task(state, "second_examination", at=command.at, why="one_conclusion")]
    first, second = ordinary
    identified = [c for c in (first, second) if c.conclusion == SOURCE_IDENTIFICATION]
    if not identified:
        kinds = {first.conclusion, second.conclusion}
        why = (
            "excluded"
            if kinds == {SOURCE_EXCLUSION}
            else "inconclusive"
            if kinds == {INCONCLUSIVE}
            else "not_identified"
        )
        return _refute(state, why, command)
    same = len(identified) == 2 and first.candidate == second.candidate
    if same and not state.conflict:
        return _establish(state, first.candidate, 2, command)
    why = "repositories_disagree" if same else "candidates_differ" if len(identified) == 2 else "conclusions_differ"
    return [
        Event(type=e.IDENTITY_DISPUTED, effective_at=command.at, public={"repository": state.repository, "why": why}),
        raise_task(state, "resolve_dispute", at=command.at, why=why),
    ]


def _establish(state: CaseState, candidate: str | None, examiners: int, command: RecordConclusion) -> list[Event]:
    established = Event(
        type=e.IDENTITY_ESTABLISHED,
        effective_at=command.at,
        public={"repository": state.repository, "examiners": examiners},
        private={"person": candidate},
    )
    if state.repository != IMMIGRATION or state.queried_at is not None:
        return [established]
    return [established, raise_task(state, "status_query", at=command.at, why="identity_established")]


def _refute(state: CaseState, why: str, command: RecordConclusion) -> list[Event]:
    refuted = Event(
        type=e.IDENTITY_REFUTED, effective_at=command.at, public={"repository": state.repository, "why": why}
    )
    return [refuted, *lift_open(state, at=command.at, reason_code="identity_refuted")]


def raise_conflict(state: CaseState, command: RaiseIdentityConflict) -> list[Event] | Refused:
    """IdentityDisputed. A running hold ends: a detainer has no force while nobody knows whose it is."""
    if state.identity == "refuted":
        return Refused("IDENTITY_SETTLED", "Identity is refuted already: nothing rests on it.", "domain 1.9")
    if state.conflict:
        return Refused("CONFLICT_OPEN", "A conflict between repositories is open already.", "domain 1.9")
    disputed = Event(
        type=e.IDENTITY_DISPUTED,
        effective_at=command.at,
        public={"repository": state.repository, "why": "repositories_disagree"},
        private={"reason": command.reason},
    )
    task = raise_task(state, "resolve_dispute", at=command.at, why="repositories_disagree")
    return [disputed, task, *end_hold(state, at=command.at, reason="identity_disputed")]
