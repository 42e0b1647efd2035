"""Whatever people do, in whatever order: what must never happen to a person, checked after every step."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from referral_desk import NEEDS_PERSON, PERMITTED, REFUSED, REQUIRED, Desk, retold

from tenprint.model import canonical
from tenprint.model.events import CATALOGUE
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.status import DISPOSITIONS, STATUSES

ANSWERS = st.sampled_from([None, PERMITTED, PERMITTED, PERMITTED, REFUSED, REQUIRED, NEEDS_PERSON])
CONCLUSIONS = st.sampled_from(
    [(c.SOURCE_IDENTIFICATION, "p1")] * 6
    + [(c.SOURCE_IDENTIFICATION, "p2"), (c.SOURCE_EXCLUSION, None), (c.INCONCLUSIVE, None)]
)
STATUS = st.sampled_from(["overstay"] * 8 + ["EWI"] * 4 + sorted(STATUSES))
CITIZEN_EVIDENCE = {"derived", "acquired", "naturalised", "us_birth"}


class CaseMachine(RuleBasedStateMachine):
    """Commands by many hands; refusals are part of the game."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.serial = 0
        self.waited_to_end = True

    def attempt(self, kind: type[c.Command], role: str, number: int = 1, **facts: object) -> None:
        if not isinstance(self.desk.give(kind, role, number, **facts), c.Refused):
            self.desk.do(kind, role, number, **facts)
            self.waited_to_end = True

    @initialize(repository=st.sampled_from(["immigration"] * 5 + ["criminal"]), juvenile=st.sampled_from([False] * 5 + [True, None]),
                start=st.sampled_from(["opened", "queried", "decided", "honoured", "honoured", "held", "held", "held"]))  # fmt: skip
    def begin(self, repository, juvenile, start) -> None:
        if start == "opened":
            self.desk.opened(repository=repository, juvenile=juvenile)
        else:
            getattr(self.desk, start)()

    @rule(
        conclusion=CONCLUSIONS,
        number=st.integers(1, 4),
        role=st.sampled_from(["examiner", "examiner", "supervisor-examiner"]),
    )
    def conclude(self, conclusion, number, role) -> None:
        number = number + 10 if role != "examiner" else number
        self.attempt(c.RecordConclusion, role, number, conclusion=conclusion[0], candidate=conclusion[1])

    @rule()
    def dispute(self) -> None:
        self.attempt(c.RaiseIdentityConflict, "supervisor")

    @rule(answer=ANSWERS, status=STATUS, evidence=st.sampled_from(["none"] * 12 + ["claimed", "derived"]))
    def find_status(self, answer, status, evidence) -> None:
        self.attempt(c.SendStatusQuery, "status-specialist", permission=answer)
        self.attempt(c.RecordStatusResponse, "status-specialist", status=status, citizenship_evidence=evidence)

    @rule(ncic=st.sampled_from(["0901", "2202"]), number=st.integers(1, 3), level=st.sampled_from(["1", "2"]))
    def code(self, ncic, number, level) -> None:
        self.attempt(c.CodeCharge, "charge-officer", number, ncic=ncic, suggested_level=level)
        self.attempt(c.RecordLevel, "system", level=level, inputs_hash=f"h{level}{ncic}")

    @rule(known=st.sampled_from(["yes", "none", "unknown"]), present=st.booleans())
    def history(self, known, present) -> None:
        self.attempt(
            c.RecordHistory,
            "charge-officer",
            known=known,
            convictions=int(known == "yes"),
            present_charge=present and known == "yes",
        )

    @rule(
        disposition=st.sampled_from(sorted(DISPOSITIONS) + ["detainer"] * 4),
        answer=ANSWERS,
        ground=st.sampled_from(["", "INA 237"]),
    )
    def dispose(self, disposition, answer, ground) -> None:
        self.attempt(
            c.DecideDisposition, "field-officer", disposition=disposition, permission=answer, removability_ground=ground
        )

    @rule(answer=ANSWERS, again=st.booleans())
    def issue(self, answer, again) -> None:
        self.serial += 1
        is_open = self.desk.state.open_detainer
        supersedes = is_open.id if again and is_open else None
        self.attempt(
            c.IssueDetainer, "field-officer", detainer=f"x{self.serial}", permission=answer, supersedes=supersedes
        )

    def detainer_id(self) -> str:
        is_open = self.desk.state.open_detainer
        return is_open.id if is_open else "d1"

    @rule()
    def serve(self) -> None:
        self.attempt(c.ServeDetainer, "jail-officer", detainer=self.detainer_id())

    @rule(answer=st.sampled_from(["honour"] * 4 + ["decline", "notify_only"]), permission=ANSWERS)
    def respond(self, answer, permission) -> None:
        self.attempt(
            c.AnswerDetainer, "jail-officer", detainer=self.detainer_id(), answer=answer, permission=permission
        )

    @rule(hours=st.sampled_from([None, 0, 1, 24, 48, 96, 200]), ago=st.sampled_from([0, 0, 1, 30, 90]))
    def become_eligible(self, hours, ago) -> None:
        since = self.desk.now - timedelta(hours=ago)
        expires = None if hours is None else since + timedelta(hours=hours)
        self.attempt(c.MarkReleaseEligible, "custodian", eligible_at=since, expires=expires, calendar="8cfr-287.7d")

    @rule(minutes=st.sampled_from([1, 60, 1440, 2880, 2880]), tick=st.booleans())
    def wait(self, minutes, tick) -> None:
        self.desk.wait(minutes=minutes)
        self.waited_to_end = False
        if tick:
            self.attempt(c.Tick, "system")

    @rule(
        role=st.sampled_from(["field-officer", "supervisor", "custodian"]),
        code=st.sampled_from(["court_order", "discretion"]),
    )
    def lift(self, role, code) -> None:
        self.attempt(c.LiftDetainer, role, detainer=self.detainer_id(), reason_code=code)

    @rule(hours=st.integers(1, 47))
    def claim(self, hours) -> None:
        self.claim_now(hours)

    def claim_now(self, hours) -> None:
        self.serial += 1
        self.attempt(c.ClaimCitizenship, "person", claim=f"c{self.serial}", due=self.desk.now + timedelta(hours=hours))

    @rule(upheld=st.sampled_from([False, False, False, True]))
    def resolve(self, upheld) -> None:
        is_open = self.desk.state.open_claim
        self.attempt(c.ResolveClaim, "supervisor", claim=is_open.id if is_open else "c0", upheld=upheld)

    @rule()
    def protect(self) -> None:
        self.attempt(c.FlagProtected, "counsel")

    @rule(
        how=st.sampled_from(["release", "hand_over", "removal", "died", "usc_found", "close"]),
        ago=st.sampled_from([0, 0, 20]),
    )
    def end(self, how, ago) -> None:
        if how == "release":
            self.attempt(c.RecordRelease, "custodian", released_at=self.desk.now - timedelta(hours=ago))
        elif how == "hand_over":
            self.attempt(c.TransferCustody, "custodian")
        elif how == "close":
            self.attempt(c.CloseCase, "supervisor")
        else:
            self.attempt(c.RecordOutcome, "outcome-officer", outcome=how)

    # -- what must never happen --------------------------------------------------------------------------------------
    @invariant()
    def every_detainer_rests_on_two_examiners_and_on_no_citizen(self) -> None:
        named: dict[str, set[str]] = {}
        citizen = False
        for event in self.desk.events:
            facts = event.public
            if event.type == "ConclusionRecorded" and facts["conclusion"] == c.SOURCE_IDENTIFICATION:
                named.setdefault(event.private["candidate"], set()).add(facts["examiner"])
            citizen |= facts.get("status") == "USC" or facts.get("citizenship_evidence") in CITIZEN_EVIDENCE
            citizen |= facts.get("upheld") is True or facts.get("outcome") == "usc_found"
            if event.type in {"DetainerIssued", "DetainerServed", "HoldBegun", "CustodyTransferred"}:
                assert any(len(examiners) >= 2 for examiners in named.values())
                assert not citizen
            if event.type == "DetainerIssued":
                assert facts["permitted"] in {"permitted", "required", "needs_person"}

    @invariant()
    def no_hold_outlives_its_end_and_release_due_follows_it(self) -> None:
        events = self.desk.events
        hold = self.desk.state.running_hold
        if hold is not None and self.waited_to_end:
            assert self.desk.now < hold.expires
        assert len(self.desk.of("HoldBegun")) <= 1
        for event, after in zip(events, [*events[1:], None], strict=True):
            if event.type == "DetainerExpired":
                assert canonical_expiry(self.desk) == event.effective_at
                assert after is not None
                assert (after.type, after.effective_at) == ("ReleaseDue", event.effective_at)
        assert len(self.desk.of("ReleaseDue")) <= 1
        assert len(self.desk.of("ReleaseEligible")) <= 1

    @invariant()
    def a_hold_ends_in_exactly_one_way(self) -> None:
        if not self.desk.of("HoldBegun") or self.desk.state.running_hold is not None:
            return
        ends = self.desk.of("ReleaseDue") + self.desk.of("PersonReleased") + self.desk.of("CustodyTransferred")
        assert ends
        assert not (self.desk.of("ReleaseDue") and self.desk.of("CustodyTransferred"))

    @invariant()
    def an_open_claim_leaves_no_force_to_a_detainer(self) -> None:
        is_open = False
        for event in self.desk.events:
            is_open = (is_open or event.type == "CitizenshipClaimed") and event.type != "CitizenshipResolved"
            honoured = event.type == "DetainerAnswered" and event.public["answer"] == "honour"
            assert not (is_open and (honoured or event.type in {"DetainerIssued", "DetainerServed", "HoldBegun"}))
        if self.desk.state.open_claim is not None:
            assert self.desk.state.running_hold is None

    @invariant()
    def nobody_is_held_without_an_answer_that_allows_it(self) -> None:
        answer = None
        for event in self.desk.events:
            if event.type == "DetainerAnswered":
                answer = event.public
            if event.type == "HoldBegun":
                assert answer is not None
                assert answer["answer"] == "honour"
                assert answer["permitted"] in {"permitted", "required", "needs_person"}

    @invariant()
    def a_closed_case_says_how(self) -> None:
        for event in self.desk.of("CaseClosed"):
            assert event.public["disposition"]
            assert event.public["reason_code"]

    @invariant()
    def the_story_retold_is_the_same_case(self) -> None:
        assert retold(self.desk) == self.desk.state

    @invariant()
    def every_event_can_be_committed_to(self) -> None:
        for event in self.desk.events:
            assert CATALOGUE[event.type].stream == "case"
            assert event.effective_at <= self.desk.now
            canonical.encode(event.public)
            canonical.encode(event.private)


def canonical_expiry(desk: Desk):
    """The end that the hold was begun with."""
    return desk.state.hold.expires


CaseMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCase = CaseMachine.TestCase


def test_the_machine_reaches_the_far_end_of_a_case() -> None:
    """A property that never gets to a hold proves nothing: the plain way through gives every event a person can meet."""
    desk = Desk().held()
    desk.do(c.RecordHistory, "charge-officer", as_of=date(2011, 6, 1))
    desk.wait(hours=1).do(c.TransferCustody, "custodian")
    desk.do(c.RecordOutcome, "outcome-officer", outcome="removal")
    desk.do(c.CloseCase, "field-officer")

    assert {"HoldBegun", "CustodyTransferred", "OutcomeRecorded", "CaseClosed"} <= set(desk.types())
