"""What became of each transaction of an agency, read off opened event entries, and the sums that must close.

    received = permitted + refused + needs a person + undecided
    permitted = authorities issued = spent + voided + open
    searched = spent

One list per question (a scope, first and last day), by cohort: the transactions received in those days with all that
was done under them since. Only public halves are read; no private half is ever opened here (design decision 3.4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from tenprint.account.claims.opened_entries import public_half
from tenprint.clock import from_text
from tenprint.model import events

KINDS: Final = (
    events.SUBMISSION_RECEIVED,
    events.SUBMISSION_REFUSED,
    events.GATE_DECIDED,
    events.AUTHORITY_ISSUED,
    events.AUTHORITY_SPENT,
    events.AUTHORITY_VOIDED,
    events.SEARCH_COMPLETED,
)
"""The events that such a list opens: receipt, the gate's decisions, authorities and searches; nothing of what was found out."""

SCOPES: Final = ("ori", "county", "state")
"""Kinds of scope: a beginning of ORIs (of the controlling agency, 2.073), a county ("Suffolk, MA") or a state ("MA")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which transactions are asked about. first, last: days at the place, both included. zones: jurisdiction -> tz name."""

    kind: str
    name: str
    first: date
    last: date
    zones: Mapping[str, str]

    def covers(self, event: Told) -> bool:
        """Whether a receipt, or a refusal at the door, is one of those asked about."""
        facts = event.facts
        if self.kind == "ori":
            place = str(facts.get("cri") or facts.get("ori") or "").startswith(self.name)
        else:
            place = facts.get("jurisdiction" if self.kind == "county" else "state") == self.name
        return place and self.first <= self.day_of(event) <= self.last

    def day_of(self, event: Told) -> date:
        """The day at the place on which it happened; that of UTC where the place is not known."""
        zone = self.zones.get(str(event.facts.get("jurisdiction")))
        return event.effective_at.astimezone(ZoneInfo(zone)).date() if zone else event.effective_at.date()

    def to_dict(self) -> dict[str, Any]:
        """As texts, for a statement."""
        return {"scope": {"kind": self.kind, "name": self.name}, "first_day": self.first.isoformat(),
                "last_day": self.last.isoformat(), "zones": dict(self.zones)}  # fmt: skip

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Question:
        """The inverse of `to_dict`. Raises ValueError or KeyError on anything else."""
        if said["scope"]["kind"] not in SCOPES:
            raise ValueError(f"scope {said['scope']['kind']!r}")
        return cls(kind=said["scope"]["kind"], name=str(said["scope"]["name"]), first=date.fromisoformat(said["first_day"]),
                   last=date.fromisoformat(said["last_day"]), zones={str(k): str(v) for k, v in said["zones"].items()})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One opened event. index: of its entry in the log, from 0. submission: the stream it belongs to."""

    index: int
    id: str
    type: str
    submission: str
    effective_at: datetime
    facts: Mapping[str, Any]


def told_from(index: int, public: bytes) -> Told:
    """An event from its public half. Raises ReleaseInvalid for anything else, or for an event that has no place in a list."""
    half = public_half(public, kinds=KINDS, where=f"entry {index}", place="this list")
    return Told(index=index, id=str(half["event"]), type=str(half["type"]), submission=str(half["stream_id"]),
                effective_at=from_text(str(half["effective_at"])), facts=half["facts"])  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one transaction in one repository. answer: the gate's last, or ``undecided``.

    authority: id of the search authority, if one was issued; state: spent, voided, open, or ``none``.
    indices: of every entry that this rests on.
    """

    submission: str
    received: str
    ori: str
    cri: str
    repository: str
    answer: str
    reason: str
    basis: str | None
    profile: str | None
    rules: tuple[str, ...]
    authority: str | None
    state: str
    void_reason: str | None
    searches: tuple[str, ...]
    errors: int
    issued: int
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The sums of one repository. reasons: (answer, reason) -> how many; errors: searches that ended in an error."""

    repository: str
    received: int
    permitted: int
    refused: int
    needs_person: int
    undecided: int
    issued: int
    spent: int
    voided: int
    open: int
    searched: int
    errors: int
    reasons: tuple[tuple[str, str, int], ...]

    def identities(self) -> tuple[tuple[str, int, int], ...]:
        """(what must be equal, left side, right side)."""
        decided = self.permitted + self.refused + self.needs_person
        return (
            ("received = permitted + refused + needs a person + undecided", self.received, decided + self.undecided),
            ("permitted = issued", self.permitted, self.issued),
            ("issued = spent + voided + open", self.issued, self.spent + self.voided + self.open),
            ("searched = spent", self.searched, self.spent),
        )

    def says(self, question: Question) -> str:
        """The finding as one sentence for people."""
        days = f"from {question.first} up to and including {question.last}"
        why = ", ".join(f"{reason} {count}" for answer, reason, count in self.reasons if answer != "permitted")
        rest = f" Not permitted: {why}." if why else ""
        return (
            f"{self.repository}: of {self.received} transactions of {question.kind} {question.name} received {days}, "
            f"{self.searched} were searched.{rest}"
        )


def lines_of(told: Iterable[Told], repositories: Sequence[str]) -> list[Line]:
    """One line per transaction and repository, in order of receipt."""
    by_submission: dict[str, list[Told]] = defaultdict(list)
    for event in sorted(told, key=lambda e: e.index):
        by_submission[event.submission].append(event)
    return [
        _line(found, name)
        for found in by_submission.values()
        if found[0].type == events.SUBMISSION_RECEIVED
        for name in repositories
    ]


def counts_of(lines: Sequence[Line], repository: str) -> Counts:
    """The sums of one repository."""
    mine = [line for line in lines if line.repository == repository]
    answers, states = Counter(line.answer for line in mine), Counter(line.state for line in mine)
    reasons = Counter((line.answer, line.reason) for line in mine if line.answer != "undecided")
    return Counts(
        repository=repository, received=len(mine), permitted=answers["permitted"], refused=answers["refused"],
        needs_person=answers["needs_person"], undecided=answers["undecided"], issued=sum(line.issued for line in mine),
        spent=states["spent"], voided=states["voided"], open=states["open"], searched=sum(bool(line.searches) for line in mine),
        errors=sum(line.errors for line in mine), reasons=tuple((a, r, n) for (a, r), n in sorted(reasons.items())),
    )  # fmt: skip


def refused_at_the_door(told: Iterable[Told]) -> list[Told]:
    """Transactions that were refused before anything was taken in: nothing of them could be searched."""
    return [
        event for event in told if event.type == events.SUBMISSION_REFUSED and event.facts.get("stage") != "extract"
    ]


def _line(found: Sequence[Told], repository: str) -> Line:
    """``found``: the events of one transaction, in the log's order, its receipt first."""
    received = found[0]
    mine = [event for event in found if event.facts.get("repository") == repository]
    decided = next((e for e in reversed(mine) if e.type == events.GATE_DECIDED), None)
    issued = [e for e in mine if e.type == events.AUTHORITY_ISSUED]
    authority = str(issued[-1].facts["authority"]) if issued else None
    spent = [e for e in mine if e.type == events.AUTHORITY_SPENT]
    voided = [e for e in mine if e.type == events.AUTHORITY_VOIDED]
    ended = [e for e in mine if e.type == events.SEARCH_COMPLETED]
    used = {str(e.facts["authority"]) for e in spent}
    facts = decided.facts if decided else {}
    return Line(
        submission=received.submission, received=received.effective_at.isoformat(), ori=str(received.facts.get("ori")),
        cri=str(received.facts.get("cri")), repository=repository, answer=str(facts.get("answer", "undecided")),
        reason=str(facts.get("reason", "undecided")), basis=_text(facts.get("basis")), profile=_text(facts.get("profile")),
        rules=tuple(str(rule) for rule in facts.get("rules", ())), authority=authority,
        state="none" if not issued else "spent" if spent else "voided" if voided else "open",
        void_reason=_text(voided[-1].facts.get("reason")) if voided else None,
        searches=tuple(str(e.facts["result"]) for e in ended if str(e.facts["authority"]) in used),
        errors=sum(e.facts["result"] == "error" for e in ended), issued=len(issued),
        indices=tuple(e.index for e in (received, *mine)),
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)
