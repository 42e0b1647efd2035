"""The case as its events tell it: frozen, without a clock, a store or a rule in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from tenprint.refer.referral.commands import SOURCE_IDENTIFICATION
from tenprint.refer.referral.statements import CONVICTED, FAVOURABLE, Finding43, Statement


@dataclass(frozen=True, slots=True)
class Concluded:
    """One examiner's conclusion. candidate: None if none was named, or if the private half can't be read."""

    examiner: str
    conclusion: str
    candidate: str | None
    resolves: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """The status response that stands."""

    status: str
    as_of: date | None
    stale: bool
    removable: str
    citizenship_evidence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Charge:
    """A coded charge as it stands. coders: who has coded it since its last correction. second_look:
    none, awaited, agreed, differs, resolved. ncic, word: empty where the coder gave none. severity, max_penalty_days: as
    coded; ``unknown`` and None where nobody knows.
    """

    id: str
    ncic: str
    code_source: str
    coders: tuple[str, ...]
    second_look: str
    word: str = ""
    severity: str = "unknown"
    max_penalty_days: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One record of criminal history. number: from 1. corrected: a later record corrects it."""

    number: int
    known: str
    convictions: int
    source: str
    as_of: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One evaluated level;
    after: the change of history that caused it, such as statement-3, or None.
    Levels of different policies, versions, bases or stages stand side by side and are never compared.
    """

    policy: str
    policy_version: str
    basis: str
    stage: str
    level: str
    inputs_hash: str
    on: str
    conviction_known: str
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Priority:
    """What an officer said under one policy of priorities, grounds or discretion; never overwritten, never compared."""

    policy: str
    policy_version: str
    kind: str
    basis: str
    stage: str
    value: str
    classes: tuple[str, ...]
    on: str


@dataclass(frozen=True, slots=True)
class Detainer:
    """One detainer. ended: None while open, else lifted, expired, released or transferred. operative:
    False while it waits for a conviction.
    """

    id: str
    form: str
    warrant: str
    issued_at: datetime
    requests_hold: bool
    serve_to_take_effect: bool
    operative: bool
    served_at: datetime | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Custody that rests on a detainer alone, from ``starts`` until, at the latest, ``expires``."""

    detainer: str
    calendar: str
    starts: datetime
    expires: datetime
    running: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A citizenship claim. upheld: None while open."""

    id: str
    raised_at: datetime
    due: datetime
    upheld: bool | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Something a named role must look at by a time."""

    id: str
    kind: str
    role: str
    due: datetime
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something owed by a role to a role. given_at: None while it is open."""

    id: str
    what: str
    to: str
    by: str
    due: datetime
    raised_at: datetime
    rule: str
    given_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """A case: one submission, one repository. ``CaseState()`` is a case not yet opened.

    identity: none, established, refuted or disputed. conflict: two repositories disagree. citizen: the case is stopped
    for good.
    release_due_why: code of why release is due; overdue_hours: full hours past it that were told so far.
    last_at: latest effective time of any event. disposition: the officer's last. known_candidate: whom two examiners
    identified. spans: kind of task -> how long it may wait, by the data of the day of the act; no event tells it.
    """

    opened: bool = False
    submission: str = ""
    repository: str = ""
    jurisdiction: str = ""
    us_state: str = ""
    cohort: str = ""
    juvenile: bool | None = None
    candidates: tuple[str, ...] = ()
    conclusions: tuple[Concluded, ...] = ()
    identity: str = "none"
    conflict: bool = False
    known_candidate: str | None = None
    queried_at: datetime | None = None
    acknowledged_at: datetime | None = None
    finding: Finding | None = None
    citizen: bool = False
    charges: tuple[Charge, ...] = ()
    histories: tuple[History, ...] = ()
    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding43, ...] = ()
    history_unreviewed: bool = False
    levels: tuple[Level, ...] = ()
    priorities: tuple[Priority, ...] = ()
    protected: bool = False
    disposition: str | None = None
    detainers: tuple[Detainer, ...] = ()
    eligible_at: datetime | None = None
    hold: Hold | None = None
    release_due_at: datetime | None = None
    release_due_why: str = ""
    overdue_hours: int = 0
    released_at: datetime | None = None
    transferred_at: datetime | None = None
    claims: tuple[Claim, ...] = ()
    outcomes: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    notices: tuple[Notice, ...] = ()
    closed: bool = False
    last_at: datetime | None = None
    spans: Mapping[str, timedelta] = field(default_factory=dict, compare=False)

    @property
    def adult(self) -> bool:
        """True only if the person is known not to be a juvenile; an unknown age is not adult."""
        return self.juvenile is False

    @property
    def open_claim(self) -> Claim | None:
        """The citizenship claim that nobody has decided yet."""
        return next((claim for claim in self.claims if claim.upheld is None), None)

    @property
    def open_detainer(self) -> Detainer | None:
        """The one detainer not lifted, expired or used up; there is never more than one."""
        return next((d for d in self.detainers if d.ended is None), None)

    @property
    def running_hold(self) -> Hold | None:
        """The hold that is running, if one is."""
        return self.hold if self.hold is not None and self.hold.running else None

    @property
    def in_custody(self) -> bool:
        """False once the person was released or transferred."""
        return self.released_at is None and self.transferred_at is None

    @property
    def conviction_known(self) -> str:
        """Yes if any record or statement that stands says so, else what the last record says; unknown before any record.

        A dismissal or acquittal speaks of one charge and makes nothing known of others: only a record says none.
        """
        standing = [h.known for h in self.histories if not h.corrected]
        if "yes" in standing or any(s.outcome == CONVICTED and s.speaks for s in self.statements):
            return "yes"
        return standing[-1] if standing else "unknown"

    @property
    def conviction_known_at_match(self) -> str:
        """`conviction_known` without what became of the booking's own charges, which nobody could know then."""
        earlier = tuple(s for s in self.statements if not s.charge)
        return replace(self, statements=earlier).conviction_known

    @property
    def conviction_basis(self) -> tuple[str, ...]:
        """On what `conviction_known` rests: ``record-1``, ``statement-2`` …, in order; empty before any."""
        known = self.conviction_known
        records = [h for h in self.histories if not h.corrected and h.known == known]
        stated = [s for s in self.statements if known == "yes" and s.outcome == CONVICTED and s.speaks]
        latest = records if known == "yes" else records[-1:]
        return (*(f"record-{h.number}" for h in latest), *(f"statement-{s.number}" for s in stated))

    @property
    def ended_charges(self) -> frozenset[str]:
        """The booking's charges that ended in the person's favour, as standing dispositions say."""
        last = {s.charge: s.outcome for s in self.statements if s.kind == "disposition" and s.speaks and s.charge}
        return frozenset(charge for charge, outcome in last.items() if outcome in FAVOURABLE)

    @property
    def aggravated_felony(self) -> Finding43 | None:
        """The finding that stands, if a person made one."""
        return next((f for f in reversed(self.findings) if not f.withdrawn), None)

    def detainer(self, detainer: str) -> Detainer | None:
        """The detainer of that id."""
        return next((d for d in self.detainers if d.id == detainer), None)

    def identifiers(self, candidate: str) -> frozenset[str]:
        """The distinct examiners who identified that candidate."""
        return frozenset(
            c.examiner for c in self.conclusions if c.conclusion == SOURCE_IDENTIFICATION and c.candidate == candidate
        )

    def in_effect(self, detainer: Detainer) -> bool:
        """True if the detainer has any force at all now: open, served where that is needed, not waiting, not blocked.

        An open citizenship claim, a citizen, or an identity that is not established blocks it [design decisions 7 and
        9].
        """
        return (
            detainer.ended is None
            and detainer.operative
            and (detainer.served_at is not None or not detainer.serve_to_take_effect)
            and self.open_claim is None
            and not self.citizen
            and self.identity == "established"
        )
