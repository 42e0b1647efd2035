"""A desk for tests: a case, the people around it, and short names for what they do. Every step goes through the front door."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

from tenprint.ids import ActorId, ClaimId, DetainerId, SubmissionId
from tenprint.model.events import Event
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import statements as s
from tenprint.refer.referral.decide import CaseState, Refused, decide, evolve, replay
from tenprint.refer.referral.forms import FORMS

START = datetime(2011, 6, 6, 14, 0, tzinfo=UTC)
A2017 = datetime(2017, 7, 3, 15, 0, tzinfo=UTC)
PERMITTED = c.PolicyAnswer(kind="permitted", by=("us-detainer/1",), evidence="primary")
REFUSED = c.PolicyAnswer(kind="refused", by=("us-ma-lunn/1",), evidence="secondary")
REQUIRED = c.PolicyAnswer(kind="required", by=("us-tx-sb4/1",), evidence="secondary")
NEEDS_PERSON = c.PolicyAnswer(kind="needs_person", by=("us-x/1",), evidence="secondary")


def actor(role: str, number: int = 1) -> c.Actor:
    """A person of that role; the number tells two of them apart."""
    return c.Actor(ActorId(f"{role}-{number}"), role)


class Desk:
    """A case under way: ``do`` carries a command out, ``refused`` gives the code of a refusal."""

    def __init__(self, at: datetime = START) -> None:
        self.now = at
        self.state = CaseState()
        self.events: list[Event] = []

    def give(self, command: type[c.Command], role: str, number: int = 1, /, **facts: object) -> list[Event] | Refused:
        by = actor(role, number)
        return decide(self.state, command(**{"by": by, "at": self.now, **DEFAULTS.get(command, {}), **facts}))

    def do(self, command: type[c.Command], role: str, number: int = 1, /, **facts: object) -> list[Event]:
        answer = self.give(command, role, number, **facts)
        assert not isinstance(answer, Refused), answer
        for event in answer:
            self.state = evolve(self.state, event)
        self.events += answer
        return answer

    def refused(self, command: type[c.Command], role: str, number: int = 1, /, **facts: object) -> str:
        answer = self.give(command, role, number, **facts)
        assert isinstance(answer, Refused), [event.type for event in answer]
        return answer.code

    def wait(self, **span: float) -> Desk:
        self.now += timedelta(**span)
        return self

    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def of(self, type_: str) -> list[Event]:
        return [event for event in self.events if event.type == type_]

    # -- the usual way, step by step ---------------------------------------------------------------------------------
    def opened(self, **facts: object) -> Desk:
        self.do(c.OpenCase, "system", **facts)
        return self

    def identified(self, **facts: object) -> Desk:
        self.opened(**facts)
        self.do(c.RecordConclusion, "examiner", 1)
        self.do(c.RecordConclusion, "examiner", 2)
        return self

    def queried(self, **facts: object) -> Desk:
        self.identified(**facts)
        self.do(c.SendStatusQuery, "status-specialist", permission=PERMITTED)
        self.do(c.AcknowledgeStatusQuery, "system")
        return self

    def answered(self, status: str = "overstay", **facts: object) -> Desk:
        self.queried(**facts)
        self.do(c.RecordStatusResponse, "status-specialist", status=status)
        return self

    def decided(self, **facts: object) -> Desk:
        self.answered(**facts)
        self.do(c.DecideDisposition, "field-officer", disposition="detainer", permission=PERMITTED)
        return self

    def issued(self, **facts: object) -> Desk:
        self.decided()
        self.do(c.IssueDetainer, "field-officer", **facts)
        return self

    def honoured(self, **facts: object) -> Desk:
        self.issued(**facts)
        self.do(c.ServeDetainer, "jail-officer")
        self.do(c.AnswerDetainer, "jail-officer")
        return self

    def held(self, hours: float = 48) -> Desk:
        self.honoured()
        self.do(c.MarkReleaseEligible, "custodian", expires=self.now + timedelta(hours=hours), calendar="8cfr-287.7d")
        return self


DEFAULTS: dict[type[c.Command], dict[str, object]] = {
    c.OpenCase: {
        "submission": SubmissionId("s1"), "repository": "immigration", "jurisdiction": "Suffolk County (Boston)", "state": "MA",
        "ori": "MA0130100", "cohort": "2011-06", "zone": "strong", "juvenile": False, "candidates": ("p1", "p2"),
    },
    c.RecordConclusion: {"conclusion": c.SOURCE_IDENTIFICATION, "reasons": "Sixteen pairs agree.", "candidate": "p1"},
    c.RaiseIdentityConflict: {"reason": "Names of the two repositories differ."},
    c.SendStatusQuery: {"offense_code": "2202", "offense_code_source": "coded", "in_custody": True, "attention": "Sgt. Test"},
    c.RecordStatusResponse: {
        "status": "overstay", "status_as_of": date(2009, 3, 1), "stale": False, "removable_indication": "yes",
        "citizenship_evidence": "none", "text": "Searched five systems.",
    },
    c.CodeCharge: {
        "charge": "1", "ncic": "2202", "code_source": "coded", "severity": "felony", "literal": "burglary", "reason": "as charged",
    },
    s.StateHistory: {
        "kind": "disposition", "outcome": "dismissed", "charge": "1", "source": "court", "as_of": date(2011, 6, 1),
        "asserter": "charge-officer", "reason": "as the court's record says",
    },
    s.FindAggravatedFelony: {"found": True, "clause": "F", "reason": "Crime of violence, one year."},
    s.WithdrawFinding: {"finding": 1, "reason": "The sentence was reduced."},
    s.ReviewHistoryChange: {"person_told": True, "language": "es", "reason": "Looked at; the person was told."},
    c.RecordHistory: {
        "known": "yes", "convictions": 1, "source": "iii", "as_of": date(2011, 6, 1), "asserter": "state-bureau", "reason": "rap sheet",
    },
    c.RecordLevel: {
        "policy": "sc-sop-2009", "policy_version": "1", "basis": "charge", "stage": "match", "level": "2", "evidence": "recalled",
        "inputs_hash": "ab12", "reasons": ("ncic 2202",), "on": date(2011, 6, 6), "conviction_known": "unknown",
    },
    c.DecideDisposition: {"disposition": "no_action", "reason_code": "no_priority", "reason": "Nothing in the rules asks for more."},
    c.DecidePriority: {
        "policy": "pep-2014", "policy_version": "1", "kind": "priority", "basis": "conviction", "stage": "match", "value": "none", "classes": (),
        "met": (), "open": (), "ruled_out": (), "rests_on": (), "mark": "secondary", "inputs_hash": "ab12", "on": date(2011, 6, 6),
        "reason_code": "no_class", "reason": "Nothing in the file points to a class.",
    },
    c.IssueDetainer: {
        "detainer": DetainerId("d1"), "form": "I-247 (08/10)", "editions": FORMS, "officer_class": "deportation_officer",
        "boxes": ("investigation_initiated",), "warrant": "none", "recipient": "Suffolk jail", "reason_code": "prior_felony",
        "reason": "See file.", "permission": PERMITTED,
    },
    c.ServeDetainer: {"detainer": DetainerId("d1"), "language": "es"},
    c.AnswerDetainer: {
        "detainer": DetainerId("d1"), "answer": "honour", "reason_code": "facility_policy", "reason": "Policy 4.", "permission": PERMITTED,
    },
    c.MarkReleaseEligible: {"why": "bail_posted", "rules": ("clock-8cfr287.7d/1",)},
    c.LiftDetainer: {"detainer": DetainerId("d1"), "reason_code": "discretion", "reason": "Decided otherwise."},
    c.ClaimCitizenship: {"claim": ClaimId("c1")},
    c.ShortenHold: {"expires": datetime(2011, 6, 6, tzinfo=UTC), "document": "d1"},
    c.GiveNotice: {"notice": "n1", "outcome": "told", "language": "es"},
    c.AskRedress: {"about": "hold", "reason": "It lasts too long."},
    c.ResolveClaim: {"claim": ClaimId("c1"), "upheld": False, "reason": "Records of two agencies."},
    c.FlagProtected: {"asserted_by": "counsel", "verified": False, "source": "Affidavit."},
    c.TransferCustody: {"giving": actor("custodian"), "receiving": actor("field-officer")},
    c.RecordOutcome: {"outcome": "released", "conviction_known": "unknown", "reason": "Record of the jail."},
    c.CloseCase: {"reason_code": "nothing_more", "reason": "All is done."},
}  # fmt: skip


def claim_due(desk: Desk) -> dict[str, object]:
    """The claim's clock used in tests: 24 hours."""
    return {"due": desk.now + timedelta(hours=24)}


def retold(desk: Desk) -> CaseState:
    """The case folded again from its events."""
    return replay(desk.events)


def field_names(kind: type) -> list[str]:
    """The names of a dataclass's fields."""
    return [f.name for f in fields(kind)]


def eligible(desk: Desk, **facts: object) -> Desk:
    """The person would otherwise be released now, with a clock of 48 plain hours."""
    desk.do(
        c.MarkReleaseEligible,
        "custodian",
        **{"expires": desk.now + timedelta(hours=48), "calendar": "8cfr-287.7d", **facts},
    )
    return desk


def on_i247a() -> Desk:
    """An I-247A of 2017, honoured but not yet served."""
    desk = Desk(A2017).decided()
    desk.do(c.IssueDetainer, "field-officer", form="I-247A", boxes=("final_order",), warrant="administrative")
    desk.do(c.AnswerDetainer, "jail-officer")
    return desk
