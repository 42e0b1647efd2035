"""The records' machines, and the look-up of what decides on a day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_history import PLACES, document, history

from tenprint.errors import RuleInvalid, RulesConflict
from tenprint.refer.participation.documents import STATUSES, Document
from tenprint.refer.participation.gate import PROFILES, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.machines import MACHINES, NOTHING, transition
from tenprint.refer.policy.programme import Programme, programme_root

SHIPPED = Programme.load(programme_root()).history
ALDER = "XA0010000"


@pytest.mark.parametrize(
    ("record", "path"),
    [
        ("consent", ["NONE", "NEGOTIATING", "SIGNED", "TERMINATION_NOTICE", "TERMINATED", "NEGOTIATING", "SIGNED"]),
        ("consent", ["NEGOTIATING", "SIGNED", "TERMINATION_NOTICE", "NEGOTIATING", "SIGNED"]),
        ("consent", ["NONE", "REFUSED", "NEGOTIATING", "REFUSED"]),
        ("consent", ["NEGOTIATING", "SIGNED", "SUSPENDED", "SIGNED"]),
        ("consent", ["NEGOTIATING", "SIGNED", "SUSPENDED", "TERMINATED"]),
        ("activation", ["NOT_SCHEDULED", "SCHEDULED", "ACTIVE", "DEACTIVATED"]),
        ("override", ["DECLARED", "WITHDRAWN"]),
        ("second_response", ["RECEIVES", "DECLINES", "RECEIVES"]),
    ],
)
def test_the_drawn_paths_may_be_walked(record: str, path: list[str]) -> None:
    """Domain 4.1: the machines of the four records; a notice ends the memorandum after thirty days."""
    past = history()
    for step, status in enumerate(path):
        since = date(2010, 1, 1) + timedelta(days=40 * step)
        added = document(f"d{step}", record, status, since.isoformat())
        assert past.refusal(added) is None, status
        past = past.with_documents([added])


@pytest.mark.parametrize("record", sorted(MACHINES))
def test_every_other_step_is_refused_by_name(record: str) -> None:
    """Domain 4.1: an illegal step names the state, the event and what is allowed."""
    for state in (NOTHING, *STATUSES[record]):
        for status in STATUSES[record]:
            refused = transition(None if state == NOTHING else state, document("d", record, status, "2010-01-01"))
            assert (refused is None) == (status in MACHINES[record].get(state, ()))
            if refused is not None:
                assert (refused.state, refused.event) == (state, status)
                assert f"is {state}; {status} can't follow" in str(refused)


def test_a_notice_can_not_end_the_memorandum_before_its_thirty_days() -> None:
    """MOA termination clause: 30 days after receipt, whatever somebody writes down."""
    past = history(
        document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "TERMINATION_NOTICE", "2011-05-04")
    )

    early = past.refusal(document("c", "consent", "TERMINATED", "2011-06-02"))

    assert early is not None
    assert "2011-06-03" in str(early)
    assert past.refusal(document("c", "consent", "TERMINATED", "2011-06-03")) is None
    late = past.refusal(document("c", "consent", "SUSPENDED", "2011-07-01"))
    assert late is not None
    assert late.state == "TERMINATED", "the notice has run out by itself"


def test_a_document_recorded_late_must_leave_what_follows_possible() -> None:
    """A refusal slipped in before a suspension would leave a suspension of nothing."""
    past = history(
        document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "SUSPENDED", "2011-06-01")
    )

    refused = past.refusal(document("c", "consent", "TERMINATION_NOTICE", "2010-03-01"))

    assert refused is None, "notice, then suspended within nothing: the machine draws it"
    assert past.refusal(document("c", "consent", "REFUSED", "2010-03-01")) is not None


def test_a_narrower_scope_starts_from_what_stands_above_it() -> None:
    """An ORI in an active county can be deactivated; one in a county that was never scheduled can't be."""
    past = history(document("a", "activation", "ACTIVE", "2010-01-01", scope="county:Alder, XA"))

    assert past.refusal(document("b", "activation", "DEACTIVATED", "2010-02-01", scope="ori:XA0010000")) is None
    refused = past.refusal(document("b", "activation", "DEACTIVATED", "2010-02-01", scope="ori:XA0020000"))
    assert refused is not None
    assert refused.state == NOTHING


def test_what_lapsed_begins_anew_and_the_refusal_names_it() -> None:
    """Domain 4.1 draws no arrow into ACTIVE but from SCHEDULED, and a lapse is nobody's act: a person schedules the place anew."""
    past = history(document("on", "activation", "ACTIVE", "2010-01-01", "2010-09-01"))
    refused = past.refusal(document("again", "activation", "ACTIVE", "2010-10-01"))

    assert refused is not None
    assert refused.state == "lapsed (ACTIVE until 2010-09-01)"
    assert refused.allowed == ("NOT_SCHEDULED", "SCHEDULED", "UNKNOWN")
    assert "ACTIVE of on lapsed on 2010-09-01" in str(refused)
    scheduled = document("planned", "activation", "SCHEDULED", "2010-10-01")
    assert past.refusal(scheduled) is None
    assert past.with_documents([scheduled]).refusal(document("again", "activation", "ACTIVE", "2010-10-02")) is None

    never = history().refusal(document("first", "activation", "ACTIVE", "2010-10-01"))
    assert never is not None
    assert never.state == "no document"


def test_a_history_whose_steps_are_impossible_is_not_loaded() -> None:
    """Shipped documents go by the same machines, with the gaps of a history that was gathered afterwards."""
    with pytest.raises(RuleInvalid, match="without a memorandum"):
        history(document("a", "consent", "REFUSED", "2010-01-01"), document("b", "consent", "SUSPENDED", "2011-01-01"))
    with pytest.raises(RuleInvalid, match="override of state:XA is WITHDRAWN; WITHDRAWN can't follow"):
        history(document("a", "override", "DECLARED", "2010-01-01"), document("b", "override", "WITHDRAWN", "2010-02-01"),
                document("c", "override", "WITHDRAWN", "2010-03-01"))  # fmt: skip


DAYS = st.dates(date(2010, 1, 1), date(2010, 12, 31))
SCOPES = st.sampled_from(
    ["ori:XA0010000", "ori:XA001", "county:Alder, XA", "county:Birch, XA", "state:XA", "nation:US"]
)
RECORDS = ("activation", "override", "second_response", "statement", "consent")


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        record = draw(st.sampled_from(RECORDS))
        scope = "state:XA" if record == "consent" else draw(SCOPES)
        since = draw(DAYS)
        status = draw(st.sampled_from(STATUSES[record]))
        until = None if status == "TERMINATION_NOTICE" else draw(st.none() | st.integers(1, 200))
        basis = draw(st.sampled_from([None, "pilot"])) if (record, status) == ("activation", "ACTIVE") else None
        found.append(document(f"d{number}", record, status, since.isoformat(), (since + timedelta(days=until)).isoformat() if until else None,
                              scope=scope, basis=basis))  # fmt: skip
    return found


def plainly(past: ParticipationHistory, record: str, ori: str, on: date) -> Document | None:
    """What decides, found by reading every document."""
    place = PLACES.of(ori)
    assert place is not None
    found = sorted((d for d in past.documents if d.record == record), key=lambda d: d.in_force.since)
    begun = {
        d.scope.rank: d for d in found if d.in_force.since <= on and d.scope.covers(place, ori)
    }  # the last of each
    last = [begun[rank] for rank in sorted(begun)]
    lapsed = [d.in_force.until for d in takewhile(lambda d: on not in d.in_force, last)]
    holding = [d for d in last[len(lapsed) :] if on in d.in_force]
    agreed = takewhile(lambda d: d.status == holding[0].status, holding)
    after = max((day for day in lapsed if day is not None), default=date.min)
    return holding[0] if any(d.in_force.since >= after for d in agreed) else None


def recorded_one_by_one(given_documents: list[Document]) -> ParticipationHistory:
    """As at run time: what is refused is not recorded."""
    past = history()
    for one in given_documents:
        try:
            past.contradiction(one)
            past = past if past.refusal(one) else past.with_documents([one])
        except (RulesConflict, RuleInvalid):
            continue
    return past


@given(documents(), DAYS, st.sampled_from([ALDER, "XA0010001", "XA0020000"]))
@settings(max_examples=200)
def test_the_look_up_finds_what_reading_everything_finds(given_documents: list[Document], on: date, ori: str) -> None:
    """The index is only a quicker way to the same document."""
    past = recorded_one_by_one(given_documents)

    standing = past.basis(ori, on)

    assert standing is not None
    assert standing.activation == plainly(past, "activation", ori, on)
    assert standing.second_response == plainly(past, "second_response", ori, on)
    override = plainly(past, "override", ori, on)
    assert standing.override == (override if override and override.status == "DECLARED" else None)


@given(
    documents(),
    DAYS,
    st.sampled_from([ALDER, "XA0010001", "XA0020000"]),
    st.sampled_from(PROFILES),
    st.sampled_from(["CAR", "CPNU", "MAP"]),
)
@settings(max_examples=300)
def test_no_sequence_of_documents_opens_the_gate_without_an_honoured_basis(
    given_documents: list[Document], on: date, ori: str, profile: str, tot: str
) -> None:
    """Design decision 10: permitted only where the place is active and a memorandum stands, or, under ``historical``, a
    pilot or an override was declared; each read here straight from the documents.
    """
    past = recorded_one_by_one(given_documents)

    said = decide_gate(history=past, profile=profile, tot=tot, cri=ori, on=on, repository="immigration", juvenile=False)

    if said.searched:
        activation = plainly(past, "activation", ori, on)
        assert activation is not None
        assert activation.status == "ACTIVE"
        assert tot == "CAR"
        signed = [d for d in past.documents if (d.record, d.status) == ("consent", "SIGNED") and d.in_force.since <= on]
        override = plainly(past, "override", ori, on)
        assert {
            "moa": bool(signed) and past.consent("XA", on).status in ("SIGNED", "TERMINATION_NOTICE"),
            "pilot": profile == "historical" and activation.basis == "pilot",
            "override": profile == "historical" and override is not None and override.status == "DECLARED",
        }[str(said.basis)]
    else:
        assert said.basis is None


@given(
    st.sampled_from([p.ori_prefix + "0000" for p in SHIPPED.jurisdictions.all()]),
    st.dates(date(2006, 1, 1), date(2014, 12, 31)),
)
def test_the_shipped_history_is_looked_up_as_it_reads(ori: str, on: date) -> None:
    """Every place, any day: the deciding activation is the narrowest, then the latest, of all that are in force."""
    place = SHIPPED.jurisdiction(ori)
    standing = SHIPPED.basis(ori, on)
    assert place is not None
    assert standing is not None
    found = [
        d for d in SHIPPED.documents if d.record == "activation" and on in d.in_force and d.scope.covers(place, ori)
    ]
    found.sort(key=lambda d: d.in_force.since)
    narrowest = min((d.scope.rank for d in found), default=None)
    assert standing.activation == next((d for d in reversed(found) if d.scope.rank == narrowest), None)
