"""What people, and the system for its few mechanical steps, may ask of a case. Every command names its actor and its
time.

There is no command to extend, pause or renew a hold, and none may be added [domain 3.4 G7, design decision 7].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Literal

from tenprint.ids import ActorId, ClaimId, DetainerId, SubmissionId
from tenprint.model.canonical import Value
from tenprint.refer.policy.form_editions import Form

SOURCE_IDENTIFICATION: Final = "SOURCE_IDENTIFICATION"
SOURCE_EXCLUSION: Final = "SOURCE_EXCLUSION"
INCONCLUSIVE: Final = "INCONCLUSIVE"
"""An examiner's three conclusions: the same source, different sources, neither can be said."""

Conclusion = Literal["SOURCE_IDENTIFICATION", "SOURCE_EXCLUSION", "INCONCLUSIVE"]
AnswerKind = Literal["permitted", "refused", "required", "needs_person"]
DetainerAnswer = Literal["honour", "decline", "notify_only"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command, in which one role (`roles.ROLES`)."""

    id: ActorId
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """What the rules said, as plain values: one of four answers, the rules that said it, and their evidence mark.

    by: rule ids with version, in order. evidence: the weakest evidence mark among them. Absence of a rule is not an
    answer:
    commands take None for it, and None never permits.
    """

    kind: AnswerKind
    by: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was not carried out. code: for machines; why: for the person; rule: where it is written."""

    code: str
    why: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What all commands carry. at: aware instant of the act; day: of it at the place, None where the place is not known. REASON names
    the text that must not be blank.

    CODES names texts that become public facts, so that they may hold a code and never words about a person.
    """

    by: Actor
    at: datetime
    day: date | None = None
    REASON: ClassVar[str] = ""
    CODES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{type(self).__name__}: at needs a time zone")

    @property
    def local_day(self) -> date:
        """The day at the place; that of UTC where the place is not known."""
        return self.at.date() if self.day is None else self.day


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase(Command):
    """A search of one repository gave candidates in zone review or strong. cohort: ``2011-06``, month of the
    submission.

    candidates: references of the candidates (private). juvenile: None when the age is not known. state: two letters.
    booking: what an examiner or officer needs of the booking (private).
    """

    submission: SubmissionId
    repository: str
    jurisdiction: str
    state: str
    ori: str
    cohort: str
    zone: str
    juvenile: bool | None
    candidates: tuple[str, ...]
    booking: Mapping[str, Value] | None = None
    CODES: ClassVar[tuple[str, ...]] = ("submission", "repository", "state", "ori", "cohort", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConclusion(Command):
    """An examiner's conclusion over the whole candidate list. candidate: whom an identification names; else optional.

    correspondences: marked pairs, as the bench keeps them (private).
    """

    conclusion: Conclusion
    reasons: str
    candidate: str | None = None
    correspondences: tuple[Mapping[str, Value], ...] = ()
    REASON: ClassVar[str] = "reasons"


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseIdentityConflict(Command):
    """The repositories, or name and print, disagree about who this is: a supervising examiner must resolve it."""

    reason: str
    REASON: ClassVar[str] = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStatusQuery(Command):
    """An immigration alien query by a named specialist. offense_code: NCIC code; a default is 0399 and says so [domain
    1.5].

    attention: the accountable person's name on the query (private). permission: needed for a juvenile, or one of
    unknown age.
    """

    offense_code: str
    offense_code_source: Literal["coded", "defaulted"]
    in_custody: bool
    attention: str
    permission: PolicyAnswer | None = None
    REASON: ClassVar[str] = "attention"
    CODES: ClassVar[tuple[str, ...]] = ("offense_code",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeStatusQuery(Command):
    """The status desk's system acknowledged receipt: not an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatusResponse(Command):
    """A specialist's finding. status: one of `status.STATUSES`. status_as_of: date of the newest record underneath,
    None if none.

    citizenship_evidence: none | claimed | derived | acquired | naturalised | us_birth; any but none and claimed stops
    the case.
    """

    status: str
    status_as_of: date | None
    stale: bool
    removable_indication: Literal["yes", "no", "undetermined"]
    citizenship_evidence: str
    text: str
    sources: tuple[str, ...] = ()
    specialist_note: str = ""
    REASON: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCharge(Command):
    """A charge gets its NCIC code, or its class in the words of a policy that has no codes, or both (None: not given).

    The same charge coded by another person is the second look that Level 1 needs.

    charge: the booking's own number of the charge. suggested_level: what the level policy would say; "1" asks a second
    look.
    max_penalty_days: None when not known.
    """

    charge: str
    ncic: str | None
    code_source: Literal["coded", "defaulted"]
    severity: Literal["felony", "misdemeanor", "infraction", "unknown"]
    literal: str
    reason: str
    max_penalty_days: int | None = None
    suggested_level: str | None = None
    word: str | None = None
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("charge", "ncic", "suggested_level", "word")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHistory(Command):
    """Criminal history from one source, as of one day; unknown is not none. corrects: number of an earlier record,
    from 1.

    items: arrests, charges, dispositions, sentences, each a map with source, as_of and asserter (private).
    present_charge: a conviction of the present charge is among them (a conditional detainer waits for it).
    """

    known: Literal["yes", "none", "unknown"]
    source: str
    as_of: date
    asserter: str
    reason: str
    convictions: int = 0
    items: tuple[Mapping[str, Value], ...] = ()
    corrects: int | None = None
    present_charge: bool = False
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("source", "asserter")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLevel(Command):
    """A level that the policy computed, as plain values; kept beside all earlier ones. stage:
    match, arrest, removal … after: the change of history that caused it, such as statement-3.
    """

    policy: str
    policy_version: str
    basis: Literal["charge", "conviction"]
    stage: str
    level: str
    evidence: str
    inputs_hash: str
    reasons: tuple[str, ...]
    on: date
    conviction_known: Literal["yes", "none", "unknown"]
    after: str | None = None
    CODES: ClassVar[tuple[str, ...]] = ("policy", "policy_version", "stage", "level", "inputs_hash", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDisposition(Command):
    """A named officer disposes of the response, also when nothing follows. disposition: one of `status.DISPOSITIONS`.

    removability_ground: the officer's ground by conviction, needed where the status is lawful. level, policy: the
    level looked at. facts: ``name=value``, what the officer asserted beside the case, kept sealed.
    """

    disposition: str
    reason_code: str
    reason: str
    basis: str = "none"
    rules: tuple[str, ...] = ()
    level: str | None = None
    policy: str | None = None
    evidence: tuple[str, ...] = ()
    removability_ground: str = ""
    permission: PolicyAnswer | None = None
    facts: tuple[str, ...] = ()
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("reason_code", "basis", "level", "policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidePriority(Command):
    """Classes of one policy, as plain values of the policy engine beside what the officer says.

    classes: codes that the officer finds, () for none; value: what they come to (`PriorityPolicy.stated`). met, open,
    ruled_out: codes whose conditions hold, may hold, and can't hold on the facts. rests_on: ``response``, ``charge-1``,
    ``record-1``, ``statement-2``, ``finding-1`` of the case, or ``document:CODE``. mark: the weakest evidence mark. facts:
    ``name=value``, what the officer asserted beside the case, kept sealed.
    """

    policy: str
    policy_version: str
    kind: str
    basis: str
    stage: str
    value: str
    classes: tuple[str, ...]
    met: tuple[str, ...]
    open: tuple[str, ...]
    ruled_out: tuple[str, ...]
    rests_on: tuple[str, ...]
    mark: str
    inputs_hash: str
    on: date
    reason_code: str
    reason: str
    facts: tuple[str, ...] = ()
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("policy", "policy_version", "reason_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDetainer(Command):
    """An officer of an authorised class issues a detainer on a form edition in use [8 CFR 287.7(b)].

    form: key of ``editions``, the forms of the programme that runs.
    boxes: probable-cause or basis boxes ticked. warrant: none | administrative | judicial
    | criminal.
    supersedes: the open detainer it replaces. supervisor and supervisor_reason: for a protected person. An edition is
    in use by the day at the place.
    """

    detainer: DetainerId
    form: str
    editions: Mapping[str, Form]
    officer_class: str
    boxes: tuple[str, ...]
    warrant: Literal["none", "administrative", "judicial", "criminal"]
    recipient: str
    reason_code: str
    reason: str
    permission: PolicyAnswer | None
    conditional: bool = False
    supersedes: DetainerId | None = None
    supervisor: Actor | None = None
    supervisor_reason: str = ""
    facts: tuple[str, ...] = ()
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("detainer", "reason_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeDetainer(Command):
    """A copy was handed to the person, in a language (ISO 639 code)."""

    detainer: DetainerId
    language: str
    CODES: ClassVar[tuple[str, ...]] = ("language",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDetainer(Command):
    """The agency that holds the person answers. permission: may the hold be honoured?; notification:
    may the agency be told?
    """

    detainer: DetainerId
    answer: DetainerAnswer
    reason_code: str
    reason: str
    permission: PolicyAnswer | None
    notification: PolicyAnswer | None = None
    facts: tuple[str, ...] = ()
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("reason_code",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReleaseEligible(Command):
    """The person would otherwise be released: the clock starts. eligible_at: when, not after ``at``; None means ``at``.

    why: one of `custody.WHY_ELIGIBLE`. calendar, expires (its end), rules: the clock as the policy computed it; None
    where no rule gives a clock, and then nobody is held. zone: tz database name by which its days were counted;
    facility: its id in the register. missing: why there is no hold (zone_unknown, no_clock_rule, no_hold_rule). review: the
    rules leave it to a person: a supervisor looks at a hold that begins.
    """

    why: str
    eligible_at: datetime | None = None
    calendar: str | None = None
    expires: datetime | None = None
    rules: tuple[str, ...] = ()
    zone: str | None = None
    facility: str | None = None
    missing: str | None = None
    review: bool = False
    note: str = ""
    CODES: ClassVar[tuple[str, ...]] = ("calendar", "zone", "facility", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Command):
    """Time has come to ``at``: what is due falls due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftDetainer(Command):
    """A detainer is cancelled. A custodian may do so on a court's order only (reason_code court_order)."""

    detainer: DetainerId
    reason_code: str
    reason: str
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("reason_code",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCitizenship(Command):
    """Anyone may say that the person is a US citizen. due: when a supervisor must have resolved it."""

    claim: ClaimId
    due: datetime
    evidence: str = ""
    CODES: ClassVar[tuple[str, ...]] = ("claim",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveClaim(Command):
    """A supervisor decides a claim. Upheld is final and stops the case as a citizen's."""

    claim: ClaimId
    upheld: bool
    reason: str
    REASON: ClassVar[str] = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagProtected(Command):
    """The person is a victim, witness or plaintiff, as somebody asserts. asserted_by:
    a code such as counsel, agency, person.
    """

    asserted_by: str
    verified: bool
    source: str
    REASON: ClassVar[str] = "source"
    CODES: ClassVar[tuple[str, ...]] = ("asserted_by",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortenHold(Command):
    """A recorded closing ends a running hold by an instant. An instant after the hold's own end changes nothing."""

    expires: datetime
    document: str
    CODES: ClassVar[tuple[str, ...]] = ("document",)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveNotice(Command):
    """A notice that is due was given, or a reply made. language: ISO 639 code, None where none was needed.

    outcome: one of `notices.OUTCOMES`.
    """

    notice: str
    outcome: str
    language: str | None = None
    note: str = ""
    CODES: ClassVar[tuple[str, ...]] = ("notice", "outcome", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRedress(Command):
    """Somebody asks for the person that identity, level or hold be looked at again. about: one of `notices.ASKED`."""

    about: str
    reason: str
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("about",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRelease(Command):
    """The custodian released the person. released_at: when, not after ``at``; None means ``at``."""

    released_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCustody(Command):
    """Both sides sign the transfer of a person whose hold is running. ``by`` is one of the two."""

    giving: Actor
    receiving: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcome(Command):
    """What came of it: one of `custody.OUTCOMES`, with what was known of convictions at that time."""

    outcome: str
    conviction_known: Literal["yes", "none", "unknown"]
    reason: str
    policy: str | None = None
    level: str | None = None
    basis: Literal["charge", "conviction"] | None = None
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("policy", "level")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(Command):
    """Nothing more will be decided. A closed case has a disposition and a reason."""

    reason_code: str
    reason: str
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("reason_code",)
