"""Every event there is: its stream, its schema version, its public and its private facts.

An event row holds random ids and the public half; the private half is an encrypted object (design decisions 2-4).
Public facts never hold names, birth dates, control numbers, scores or free text about a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tenprint.clock import to_text
from tenprint.ids import ActorId, EventId
from tenprint.model import canonical
from tenprint.model.canonical import Value

SUBMISSION: Final = "submission"
CASE: Final = "case"
REPOSITORY: Final = "repository"
PROGRAMME: Final = "programme"
PARTICIPATION: Final = "participation"
RELEASE: Final = "release"
ACCESS: Final = "access"
RETENTION: Final = "retention"


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. public and private name the facts that each half may hold; all others are refused."""

    name: str
    stream: str
    says: str
    public: frozenset[str]
    private: frozenset[str]
    version: int = 1


CATALOGUE: dict[str, EventType] = {}
"""Event name -> type. The reference page is generated from it."""


def _event(name: str, stream: str, says: str, public: str = "", private: str = "", *, version: int = 1) -> str:
    """Add to the catalogue. version: grows when an event's facts change; events of earlier versions are still read."""
    CATALOGUE[name] = EventType(name, stream, says, frozenset(public.split()), frozenset(private.split()), version)
    return name


# -- a submission: one ten-print transaction, from its bytes to its answer --------------------------------------------
SUBMISSION_RECEIVED = _event(
    "SubmissionReceived", SUBMISSION, "A transaction was read whole and taken in.",
    "ori cri jurisdiction state tot ret juvenile images resubmits", "tcn payload",
)  # fmt: skip
SUBMISSION_REFUSED = _event(
    "SubmissionRefused", SUBMISSION, "A transaction was refused; nothing of it was taken in.",
    "ori jurisdiction state tot code field stage", "message tcn",
)  # fmt: skip
GATE_DECIDED = _event(
    "GateDecided", SUBMISSION, "The gate said whether a repository may be searched, and why.",
    "repository answer searched reason basis profile rules jurisdiction state cri on evidence", "",
)  # fmt: skip
AUTHORITY_ISSUED = _event(
    "AuthorityIssued",
    SUBMISSION,
    "One search of one repository was authorised.",
    "authority repository purpose issuer",
    "",
)
AUTHORITY_SPENT = _event(
    "AuthoritySpent", SUBMISSION, "The authority was used: the repository was searched.",
    "authority repository repository_log_hash attempts", "",
)  # fmt: skip
AUTHORITY_VOIDED = _event(
    "AuthorityVoided", SUBMISSION, "The authority will never be used.", "authority repository reason", ""
)
TEMPLATES_EXTRACTED = _event(
    "TemplatesExtracted", SUBMISSION, "Minutiae were extracted from the images.",
    "fingers failed missing extractor reasons", "templates failures conditions", version=2,
)  # fmt: skip
SEQUENCE_CHECKED = _event(
    "SequenceChecked", SUBMISSION, "The prints of the card were held against one another, finger by finger, as they are and as mirror images.",
    "slaps failed found unsure compared confirmed replaced findings certain", "told unsure replaced findings", version=2,
)  # fmt: skip
SEQUENCE_EXAMINED = _event(
    "SequenceExamined", SUBMISSION, "A named examiner on fingers in doubt: as they stand, fingers swapped, images mirrored, or nobody can say.",
    "finding pairs follows", "swapped reason",
)  # fmt: skip
RETAKE_ASKED = _event(
    "RetakeAsked", SUBMISSION, "A named person asked the agency to take the card again.", "", "reason"
)
SEARCH_COMPLETED = _event(
    "SearchCompleted", SUBMISSION, "A search ended: candidates, no match, incomplete or error are four different results.",
    "repository authority result zone candidates matcher gallery_generation", "candidate_list error",
)  # fmt: skip
ANSWER_ISSUED = _event("AnswerIssued", SUBMISSION, "The one answer to the submission.", "kind srf code", "answer")
SECOND_RESPONSE_ISSUED = _event(
    "SecondResponseIssued", SUBMISSION, "IDR and IAR were returned to the state bureau.", "contents", "response"
)
PAYLOAD_DESTROYED = _event(
    "PayloadDestroyed", SUBMISSION, "Images and templates of the submission were destroyed.", "what reason", ""
)
SUBMISSION_EXPUNGED = _event(
    "SubmissionExpunged",
    SUBMISSION,
    "The encounter's key was destroyed: nothing private of it can be read again.",
    "reason",
    "",
)

DELETION_RECEIVED = _event(
    "DeletionReceived", SUBMISSION, "A request to delete the record of one arrest (CDEL) was read whole and taken in.",
    "ori cri jurisdiction state tot request", "tcn payload",
)  # fmt: skip
RECORD_SEALED = _event(
    "RecordSealed", SUBMISSION, "The booking's record was sealed: only a court reader opens it.", "request", ""
)
RECORD_UNSEALED = _event("RecordUnsealed", SUBMISSION, "A court's order opened the sealed record again.", "request", "")
SEALED_RECORD_READ = _event(
    "SealedRecordRead", SUBMISSION, "A court reader read a sealed record under a court's order.", "order", "reason"
)

# -- retention: sealing, unsealing and deleting a record ---------------------------------------------------------------
RETENTION_REQUESTED = _event(
    "RetentionRequested", RETENTION, "Somebody, or a rule, asked to seal, unseal or delete the record of a booking.",
    "act submission origin ori question answer rules evidence order due", "reason",
)  # fmt: skip
RETENTION_DECIDED = _event(
    "RetentionDecided",
    RETENTION,
    "A named person granted or refused it.",
    "act submission granted reason_code",
    "reason",
)
RETENTION_EXECUTED = _event(
    "RetentionExecuted", RETENTION, "Another person carried it out; a receipt says what was overwritten or held back.",
    "act submission receipt_sha256 objects keys encounters unreadable_after gallery_generation", "",
)  # fmt: skip

# -- a repository: whom it holds --------------------------------------------------------------------------------------
PERSON_ENROLLED = _event(
    "PersonEnrolled",
    REPOSITORY,
    "An encounter was enrolled.",
    "repository source fingers",
    "person encounter payload templates",
)
PERSON_EXPUNGED = _event(
    "PersonExpunged", REPOSITORY, "A person was removed from a repository.", "repository reason receipt", "person"
)

# -- a case: from a candidate to an outcome ----------------------------------------------------------------------------
CASE_OPENED = _event(
    "CaseOpened", CASE, "A search gave candidates that an examiner must look at.",
    "submission repository jurisdiction state ori cohort zone juvenile",
    "candidates booking",
)  # fmt: skip
CONCLUSION_RECORDED = _event(
    "ConclusionRecorded", CASE, "An examiner concluded, without seeing the other's notes.",
    "repository conclusion ordinal examiner resolves", "reasons candidate correspondences",
)  # fmt: skip
IDENTITY_ESTABLISHED = _event(
    "IdentityEstablished",
    CASE,
    "Two independent examiners identified the same source.",
    "repository examiners",
    "person",
)
IDENTITY_REFUTED = _event(
    "IdentityRefuted", CASE, "Examiners excluded the candidate, or could not conclude.", "repository why", ""
)
IDENTITY_DISPUTED = _event(
    "IdentityDisputed",
    CASE,
    "Examiners, or two repositories, disagree: a person must resolve it.",
    "repository why",
    "reason",
)
STATUS_QUERY_SENT = _event(
    "StatusQuerySent",
    CASE,
    "A named person sent an immigration alien query.",
    "offense_code_source in_custody",
    "query",
)
STATUS_QUERY_ACKNOWLEDGED = _event("StatusQueryAcknowledged", CASE, "The status desk's system acknowledged receipt.")
STATUS_RESPONDED = _event(
    "StatusResponded", CASE, "A specialist answered the status query.",
    "status status_as_of stale removable_indication citizenship_evidence", "text sources specialist_note",
)  # fmt: skip
CHARGE_CODED = _event(
    "ChargeCoded", CASE, "A named person gave a charge its NCIC code, its word under a policy of words, or both.",
    "charge ncic code_source severity max_penalty_days second_look coder suggested_level word", "literal reason", version=2,
)  # fmt: skip
HISTORY_RECORDED = _event(
    "HistoryRecorded", CASE, "Criminal history was recorded, or found to be none, or stays unknown.",
    "known convictions source as_of asserter corrects record present_charge", "items reason",
)  # fmt: skip
HISTORY_STATED = _event(
    "HistoryStated", CASE, "One arrest, charge, disposition or sentence, as one source says it; a correction names what it corrects.",
    "statement kind outcome charge about ncic_coded source as_of asserter origin fault corrects", "item reason",
)  # fmt: skip
AGGRAVATED_FELONY_FOUND = _event(
    "AggravatedFelonyFound", CASE, "A named person concluded whether a conviction is an aggravated felony, with the clause.",
    "finding found clause statement", "reason",
)  # fmt: skip
AGGRAVATED_FELONY_WITHDRAWN = _event(
    "AggravatedFelonyWithdrawn", CASE, "The finding no longer stands; the event that made it does.", "finding", "reason"
)
HISTORY_CHANGE_REVIEWED = _event(
    "HistoryChangeReviewed", CASE, "An officer looked at what a changed history changes, and says whether the person was told.",
    "statements person_told language", "reason",
)  # fmt: skip
LEVEL_EVALUATED = _event(
    "LevelEvaluated", CASE, "A level under one policy, version, basis and stage; never overwritten. after: the change that caused it.",
    "policy policy_version basis stage level evidence inputs_hash reasons on conviction_known after", "", version=2,
)  # fmt: skip
PRIORITY_DECIDED = _event(
    "PriorityDecided", CASE, "A named officer said in which classes of one priority policy the person is, or in none; nothing follows from it.",
    "policy policy_version policy_kind basis stage value classes conditions_met conditions_open rests_on evidence inputs_hash on reason_code",
    "reason facts",
)  # fmt: skip
OFFICER_DECIDED = _event(
    "OfficerDecided", CASE, "A named officer disposed of the status response, also when nothing follows.",
    "disposition reason_code basis rules level policy", "reason evidence facts",
)  # fmt: skip
DETAINER_ISSUED = _event(
    "DetainerIssued", CASE, "A detainer was issued.",
    "detainer form basis warrant conditional requests_hold serve_to_take_effect supersedes officer_class reason_code permitted rules "
    "evidence",
    "recipient reason supervisor supervisor_reason facts",
)  # fmt: skip
DETAINER_SERVED = _event(
    "DetainerServed", CASE, "A copy was served on the person.", "detainer language in_effect", "served_by"
)
DETAINER_ANSWERED = _event(
    "DetainerAnswered", CASE, "The agency that holds the person honours, declines or only notifies.",
    "detainer answer permitted rules evidence reason_code", "reason facts",
)  # fmt: skip
DETAINER_LIFTED = _event(
    "DetainerLifted", CASE, "A detainer was cancelled.", "detainer reason_code automatic", "reason"
)
DETAINER_EXPIRED = _event(
    "DetainerExpired",
    CASE,
    "The last counted second of the hold has passed: the person must be released.",
    "detainer calendar",
)
RELEASE_ELIGIBLE = _event(
    "ReleaseEligible", CASE, "The person would otherwise be released: the clock starts.", "why", "note"
)
HOLD_BEGUN = _event(
    "HoldBegun",
    CASE,
    "Custody now rests on the detainer alone.",
    "detainer calendar starts expires rules time_zone facility",
)
HOLD_SHORTENED = _event(
    "HoldShortened", CASE, "The hold ends sooner than its clock says: a closing of the facility was recorded.",
    "detainer expires document",
)  # fmt: skip
RELEASE_DUE = _event("ReleaseDue", CASE, "The person must be released now.", "reason detainer")
RELEASE_OVERDUE = _event(
    "ReleaseOverdue",
    CASE,
    "Another full hour has passed since the person should have been released.",
    "hours reason detainer",
)
PERSON_RELEASED = _event("PersonReleased", CASE, "The agency released the person.", "overdue_seconds", "note")
CUSTODY_TRANSFERRED = _event(
    "CustodyTransferred", CASE, "Both agencies signed the transfer of custody (administrative arrest).",
    "detainer giving_role receiving_role held_seconds", "signatures",
)  # fmt: skip
OUTCOME_RECORDED = _event(
    "OutcomeRecorded", CASE, "What came of it.", "outcome conviction_known policy level basis", "note"
)
CITIZENSHIP_CLAIMED = _event(
    "CitizenshipClaimed", CASE, "A claim of US citizenship was raised; its own clock runs.", "claim due", "evidence"
)
CITIZENSHIP_RESOLVED = _event("CitizenshipResolved", CASE, "The claim was decided.", "claim upheld", "reason")
PROTECTED_PERSON_FLAGGED = _event(
    "ProtectedPersonFlagged",
    CASE,
    "Victim, witness or plaintiff: asserted, with source.",
    "asserted_by verified",
    "source",
)
CASE_CLOSED = _event(
    "CaseClosed", CASE, "Nothing more will be decided in the case.", "reason_code disposition", "reason"
)
NOTICE_DUE = _event(
    "NoticeDue",
    CASE,
    "A notice, decision or reply is owed to a role by a time.",
    "notice what to owed_by due rules evidence",
)
NOTICE_GIVEN = _event(
    "NoticeGiven", CASE, "What was owed was given: in which language, how it ended, how late.",
    "notice what to language outcome late_seconds", "note",
)  # fmt: skip
REDRESS_ASKED = _event(
    "RedressAsked", CASE, "Somebody asked for the person that something be looked at again.", "matter", "reason"
)
TASK_RAISED = _event("TaskRaised", CASE, "A named role must look at something by a time.", "task kind role due why")

# -- programme, participation, access, release -----------------------------------------------------------------------
PROGRAMME_ADOPTED = _event(
    "ProgrammeAdopted", PROGRAMME, "A programme with its profile came into use.", "programme profile hash"
)
PROFILE_PROPOSED = _event(
    "ProfileProposed",
    PROGRAMME,
    "One named person proposed another participation profile.",
    "programme profile",
    "reason",
)
PROFILE_CHANGED = _event(
    "ProfileChanged",
    PROGRAMME,
    "A second named person agreed; the profile changed.",
    "programme profile proposed_by approved_by",
)
PARTICIPATION_RECORDED = _event(
    "ParticipationRecorded", PARTICIPATION, "A participation document was recorded.",
    "record scope status basis in_force_from in_force_until authority_claimed claimed_by document source evidence "
    "bytes_sha256 log draft clauses parties signatures signed_by signature",
    "content", version=3,
)  # fmt: skip
PARTY_KEY_REGISTERED = _event(
    "PartyKeyRegistered", PARTICIPATION, "A party's own public key was registered: with it alone the party signs from then on.",
    "party fingerprint public_key in_force_from document source bytes_sha256 signed_by signature", "content",
)  # fmt: skip
PARTY_KEY_REVOKED = _event(
    "PartyKeyRevoked", PARTICIPATION, "A party's own key signs nothing any more, from a day on.",
    "party fingerprint in_force_until document source bytes_sha256 signed_by signature", "content",
)  # fmt: skip
DOCUMENT_DRAFTED = _event(
    "DocumentDrafted", PARTICIPATION, "A participation document was put before its parties; it decides nothing until all have signed.",
    "record scope status basis in_force_from in_force_until authority_claimed claimed_by document source evidence "
    "bytes_sha256 log clauses parties signed_by signature", "content",
)  # fmt: skip
DOCUMENT_SIGNED = _event(
    "DocumentSigned", PARTICIPATION, "One party signed a draft: inside, with a key that the house keeps, or outside, with its own.",
    "draft party made form fingerprint public_key by_party taken_on bytes_sha256 signed_by signature", "",
)  # fmt: skip
OBLIGATION_FULFILLED = _event(
    "ObligationFulfilled", PARTICIPATION, "A party did what a memorandum obliges it to do, as a document shows.",
    "obligation state due document source evidence bytes_sha256 signed_by signature", "content",
)  # fmt: skip
BOOKINGS_REPORTED = _event(
    "BookingsReported", PARTICIPATION, "An agency told how many bookings it made in a month, and how many of them it did not forward.",
    "ori jurisdiction state month made not_forwarded corrects", "",
)  # fmt: skip
CLOSING_RECORDED = _event(
    "ClosingRecorded", PROGRAMME, "A closing or emergency ends holds of an agency by an instant; it can only shorten.",
    "closing ori ends_at until kind document source evidence", "reason",
)  # fmt: skip
CLOCK_MOVED = _event(
    "ClockMoved", PROGRAMME, "The machine's wall clock was moved; seconds: how far, negative if back. Nothing was delayed by it.",
    "seconds accepted", "reason",
)  # fmt: skip
ACTOR_GRANTED = _event("ActorGranted", ACCESS, "A person or agency key got roles.", "subject kind roles oris")
ACTOR_REVOKED = _event("ActorRevoked", ACCESS, "A person or agency key lost all roles.", "subject")
PASSWORD_SET = _event("PasswordSet", ACCESS, "A person got a new password for the pages.", "subject")
CHECKPOINT_PUBLISHED = _event("CheckpointPublished", RELEASE, "A checkpoint of the log was published.", "size root")
MONTH_CLOSED = _event("MonthClosed", RELEASE, "The month's rows were appended to the log.", "month rows deferred")
RELEASE_PUBLISHED = _event(
    "ReleasePublished", RELEASE, "A month's statistics were published.", "month vintage statement_sha256 profile"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, as a decision returns it: not yet recorded.

    effective_at: when in the world, aware UTC. public, private: the two halves; keys are checked against the catalogue.
    """

    type: str
    effective_at: datetime
    public: Mapping[str, Value] = field(default_factory=dict)
    private: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kind = CATALOGUE.get(self.type)
        if kind is None:
            raise ValueError(f"no event type {self.type!r} in the catalogue")
        if self.effective_at.tzinfo is None:
            raise ValueError(f"{self.type}: effective_at needs a time zone")
        for half, allowed in (("public", kind.public), ("private", kind.private)):
            extra = set(getattr(self, half)) - allowed
            if extra:
                raise ValueError(f"{self.type} has no {half} facts {sorted(extra)}; allowed: {sorted(allowed)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as the store keeps it. private is None when it was not asked for; ``expunged`` tells a
    destroyed private half, ``sealed`` one that only a court's order opens.

    position: 1-based order of commit over all streams; version: 1-based within the stream.
    """

    position: int
    id: EventId
    stream: str
    stream_id: str
    version: int
    type: str
    schema_version: int
    effective_at: datetime
    recorded_at: datetime
    actor: ActorId
    role: str
    purpose: str
    public: Mapping[str, Value]
    private: Mapping[str, Value] | None = None
    expunged: bool = False
    sealed: bool = False


def public_half(event: Event, *, event_id: EventId, stream_id: str, recorded_at: datetime, actor: ActorId, role: str,
                purpose: str) -> bytes:  # fmt: skip
    """The canonical bytes of the public half: envelope and public facts, with the type and schema version inside."""
    kind = CATALOGUE[event.type]
    return canonical.encode(
        {
            "half": "public",
            "type": event.type,
            "schema": kind.version,
            "event": event_id,
            "stream": kind.stream,
            "stream_id": stream_id,
            "effective_at": to_text(event.effective_at),
            "recorded_at": to_text(recorded_at),
            "actor": actor,
            "role": role,
            "purpose": purpose,
            "facts": dict(event.public),
        }
    )


def recorded_public_half(recorded: Recorded) -> bytes:
    """`public_half` of an event that is already recorded, under the schema version that it was recorded with."""
    return canonical.encode(
        {
            "half": "public",
            "type": recorded.type,
            "schema": recorded.schema_version,
            "event": recorded.id,
            "stream": recorded.stream,
            "stream_id": recorded.stream_id,
            "effective_at": to_text(recorded.effective_at),
            "recorded_at": to_text(recorded.recorded_at),
            "actor": recorded.actor,
            "role": recorded.role,
            "purpose": recorded.purpose,
            "facts": dict(recorded.public),
        }
    )


def private_half(event: Event, *, event_id: EventId) -> bytes:
    """The canonical bytes of the private half, with the type and schema version inside."""
    kind = CATALOGUE[event.type]
    return canonical.encode(
        {"half": "private", "type": event.type, "schema": kind.version, "event": event_id, "facts": dict(event.private)}
    )
