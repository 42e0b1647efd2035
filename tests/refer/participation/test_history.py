"""The records of participation: date logic, scopes, contradictions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import RuleInvalid, RulesConflict
from tenprint.refer.participation.documents import Document, Reach, first_day_ended
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdiction, Jurisdictions
from tenprint.refer.participation.sources import InForce, Source

PLACES = Jurisdictions([
    Jurisdiction(name="Alder County", county="Alder", state="XA", timezone="America/New_York", ori_prefix="XA001", evidence="recalled_not_verified"),
    Jurisdiction(name="Birch County", county="Birch", state="XA", timezone="America/New_York", ori_prefix="XA002", evidence="recalled_not_verified"),
])  # fmt: skip
ALDER, BIRCH = "XA0010000", "XA0020000"


def document(
    name: str,
    record: str,
    status: str,
    since: str,
    until: str | None = None,
    *,
    scope: str = "state:XA",
    basis: str | None = None,
) -> Document:
    return Document(
        id=name, record=record, scope=Reach.parse(scope), status=status, basis=basis, document="invented",
        in_force=InForce(date.fromisoformat(since), date.fromisoformat(until) if until else None), claimed_by="invented",
        authority_claimed="invented", source=Source("invented", None, None), evidence="recalled_not_verified",
    )  # fmt: skip


def history(*documents: Document) -> ParticipationHistory:
    return ParticipationHistory(documents, PLACES)


def test_termination_takes_effect_thirty_days_after_receipt() -> None:
    """Termination clause: received 4 May 2011, last day in force 2 June, first day not in force 3 June."""
    assert date(2011, 6, 3) == first_day_ended(date(2011, 5, 4))


def test_a_notice_leaves_the_memorandum_in_force_for_its_thirty_days() -> None:
    """Domain 4.1: the notice ends nothing on the day it arrives."""
    past = history(
        document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "TERMINATION_NOTICE", "2011-05-04")
    )

    assert [
        ((c := past.consent("XA", date.fromisoformat(day))).status, c.stands)
        for day in ("2011-05-03", "2011-05-04", "2011-06-02", "2011-06-03")
    ] == [("SIGNED", True), ("TERMINATION_NOTICE", True), ("TERMINATION_NOTICE", True), ("TERMINATED", False)]


def test_a_signature_after_a_notice_withdraws_it() -> None:
    """Only the state's own later signature brings the memorandum back."""
    past = history(
        document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "TERMINATION_NOTICE", "2011-05-04"),
        document("c", "consent", "SIGNED", "2011-05-20"),
    )  # fmt: skip

    assert past.consent("XA", date(2012, 1, 1)).stands


def test_a_suspension_does_not_stop_a_notice() -> None:
    """Suspended in between, the memorandum still ends on its day."""
    past = history(
        document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "TERMINATION_NOTICE", "2011-05-04"),
        document("c", "consent", "SUSPENDED", "2011-05-10"),
    )  # fmt: skip

    assert ((c := past.consent("XA", date(2011, 6, 2))).status, c.stands) == ("SUSPENDED", False)
    assert past.consent("XA", date(2011, 6, 3)).status == "TERMINATED"


def test_no_document_is_unknown_and_not_none() -> None:
    """Silence is never "no": before the first document, and after a document that has run out, the status is unknown."""
    past = history(document("a", "consent", "SIGNED", "2010-01-01", "2010-02-01"))

    assert [past.consent("XA", day).status for day in (date(2009, 12, 31), date(2010, 1, 31), date(2010, 2, 1))] == [
        None,
        "SIGNED",
        None,
    ]


def test_the_narrowest_document_decides_and_then_the_latest() -> None:
    """An ORI's own record stands before its county's, that before the state's."""
    past = history(
        document("state", "activation", "ACTIVE", "2010-01-01"),
        document("county", "activation", "NOT_SCHEDULED", "2009-01-01", scope="county:Alder, XA"),
        document("earlier", "activation", "NOT_SCHEDULED", "2008-01-01"),
        document("ori", "activation", "ACTIVE", "2009-06-01", scope="ori:XA0010000", basis="pilot"),
    )

    found = {
        (ori, on): past.basis(ori, date.fromisoformat(on))
        for ori in (ALDER, "XA0010001", BIRCH)
        for on in ("2009-03-01", "2010-06-01")
    }
    assert {key: standing.activation.id for key, standing in found.items() if standing and standing.activation} == {
        (ALDER, "2009-03-01"): "county", (ALDER, "2010-06-01"): "ori", ("XA0010001", "2010-06-01"): "county", ("XA0010001", "2009-03-01"): "county",
        (BIRCH, "2009-03-01"): "earlier", (BIRCH, "2010-06-01"): "state",
    }  # fmt: skip


def test_the_second_response_is_a_choice_of_its_own() -> None:
    """Domain 1.6: declining the copy back switches nothing off."""
    past = history(
        document("a", "activation", "ACTIVE", "2010-01-01"), document("b", "second_response", "DECLINES", "2010-06-01")
    )
    standing = past.basis(ALDER, date(2010, 7, 1))

    assert standing is not None
    assert (standing.active, standing.second_response and standing.second_response.status) == (True, "DECLINES")


def test_statements_are_kept_newest_first_and_decide_nothing() -> None:
    """Domain 4.4: each claim with who, when and under what authority."""
    past = history(
        document("a", "statement", "CLAIMED", "2010-01-01"), document("b", "statement", "REQUESTED", "2011-01-01")
    )
    standing = past.basis(ALDER, date(2011, 6, 1))

    assert standing is not None
    assert [statement.id for statement in standing.statements] == ["b", "a"]
    assert (standing.active, standing.consent.status) == (None, None)


@pytest.mark.parametrize(
    ("documents", "error", "says"),
    [
        ([document("a", "consent", "SIGNED", "2010-01-01"), document("a", "consent", "REFUSED", "2010-02-01")], RuleInvalid, "twice"),
        ([document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "REFUSED", "2010-01-01")], RulesConflict, "a says SIGNED and b says REFUSED"),
        ([document("a", "consent", "TERMINATION_NOTICE", "2010-01-01")], RuleInvalid, "without a memorandum"),
        ([document("a", "consent", "SIGNED", "2010-01-01"), document("b", "consent", "TERMINATION_NOTICE", "2010-02-01", "2010-04-01")], RuleInvalid, "no until"),
    ],
)  # fmt: skip
def test_documents_that_contradict_each_other_are_refused(
    documents: list[Document], error: type[Exception], says: str
) -> None:
    """Both are named; nothing is recorded."""
    with pytest.raises(error, match=says):
        history(*documents)


@pytest.mark.parametrize(
    ("record", "status", "scope", "basis"),
    [("consent", "ACTIVE", "state:XA", None), ("consent", "SIGNED", "county:Alder, XA", None), ("activation", "SCHEDULED", "state:XA", "pilot"),
     ("activation", "ACTIVE", "state:XA", "moa"), ("weather", "ACTIVE", "state:XA", None)],
)  # fmt: skip
def test_a_document_that_can_not_be_is_refused(record: str, status: str, scope: str, basis: str | None) -> None:
    """Closed lists of statuses by record; consent is a state's; a pilot is an activation's."""
    with pytest.raises(RuleInvalid):
        document("a", record, status, "2010-01-01", scope=scope, basis=basis)


def test_a_stretch_without_a_day_is_refused() -> None:
    """until is the first day not in force, so it lies after from."""
    with pytest.raises(RuleInvalid, match="no day at all"):
        InForce(date(2010, 1, 1), date(2010, 1, 1))


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.dates(date(2000, 1, 1), date(2030, 1, 1)))
def test_in_force_from_the_first_day_to_the_day_before_until(one: date, other: date) -> None:
    """Design decision 5: half-open on the right."""
    since, until = sorted((one, other))
    if since == until:
        return
    span = InForce(since, until)

    assert (since in span, until in span) == (True, False)


def test_scopes_are_read_back_as_written() -> None:
    """A scope in an event is the scope in the file."""
    assert str(Reach.parse("county:Alder, XA")) == "county:Alder, XA"
    with pytest.raises(RuleInvalid):
        Reach.parse("planet:Earth")


@pytest.mark.parametrize(
    "wrong", [{"evidence": "press"}, {"document": " "}, {"claimed_by": ""}, {"source": Source("", None, None)}]
)
def test_a_document_without_a_known_mark_or_its_texts_is_refused(wrong: dict[str, object]) -> None:
    """Domain 4.4: who claims what, where it stands and how well it is known; a mark out of the list has no rank."""
    with pytest.raises(RuleInvalid, match="nothing was recorded"):
        replace(document("a", "activation", "ACTIVE", "2010-01-01"), **wrong)


def told_of(past: ParticipationHistory, on: str) -> tuple[str | None, str | None]:
    standing = past.basis(ALDER, date.fromisoformat(on))
    assert standing is not None
    return standing.activation and standing.activation.id, standing.override and standing.override.id


def test_what_has_lapsed_revives_nothing_older_of_its_scope() -> None:
    """A document that superseded another and has lapsed leaves "unknown": neither an activation nor an override comes back."""
    past = history(
        document("on", "activation", "ACTIVE", "2010-01-01"),
        document("off", "activation", "DEACTIVATED", "2010-06-01", "2010-09-01"),
        document("declared", "override", "DECLARED", "2010-01-01"),
        document("withdrawn", "override", "WITHDRAWN", "2010-06-01", "2010-09-01"),
    )

    assert [("on", "declared"), ("off", None), (None, None)] == [
        told_of(past, day) for day in ("2010-05-31", "2010-08-31", "2010-09-01")
    ]


def test_a_wider_document_speaks_after_a_lapse_only_if_it_was_not_superseded_before() -> None:
    """A county switched off until a day is unknown after it, though the state was active before; a later act of the state, or
    one of the nation that says what the state says, tells again."""
    off = document("off", "activation", "DEACTIVATED", "2010-06-01", "2010-09-01", scope="county:Alder, XA")
    state = document("state", "activation", "ACTIVE", "2010-01-01")
    later = document("later", "activation", "ACTIVE", "2010-10-01")
    nation, against = (
        document(status, "activation", status, "2010-10-01", scope="nation:US")
        for status in ("ACTIVE", "NOT_SCHEDULED")
    )

    assert ("state", None) == told_of(history(state, off), "2010-05-31")
    assert (None, None) == told_of(history(state, off), "2010-09-01")
    assert ("later", None) == told_of(history(state, off, later), "2010-10-01")
    assert ("state", None) == told_of(history(state, off, nation), "2010-10-01")
    assert (None, None) == told_of(history(state, off, against), "2010-10-01")
