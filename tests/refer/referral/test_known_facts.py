"""What a case knows, with the event that each fact comes from, as of when, and who recorded it."""

from __future__ import annotations

from datetime import date

from referral_desk import Desk

from tenprint.ids import ActorId, EventId
from tenprint.model.events import Event, Recorded
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.known import assertions, facts_of


def recorded(events: list[Event], actors: dict[str, str]) -> list[Recorded]:
    return [
        Recorded(
            position=at, id=EventId(f"e{at}"), stream="case", stream_id="c", version=at, type=event.type, schema_version=1,
            effective_at=event.effective_at, recorded_at=event.effective_at, actor=ActorId(actors.get(event.type, "system")), role="system",
            purpose="referral", public=event.public, private=event.private,
        )
        for at, event in enumerate(events, 1)
    ]  # fmt: skip


def known(desk: Desk, **actors: str) -> dict:
    return assertions(recorded(desk.events, actors), day_of=lambda at: at.date())


def test_each_fact_names_its_event_its_day_and_who_recorded_it() -> None:
    """Design section 5: source, as-of and asserter; a status is as of its newest record, not of the day of the answer."""
    desk = Desk().answered()

    found = known(desk, StatusResponded="specialist-1")

    assert facts_of(desk.state) == {name: fact.value for name, fact in found.items()}
    status = found["status.value"]
    assert (date(2009, 3, 1), "system specialist-1") == (status.as_of, status.asserted_by)
    assert "StatusResponded" in status.source
    assert ("CaseOpened" in found["person.juvenile"].source, date(2011, 6, 6)) == (True, found["person.juvenile"].as_of)
    assert "IdentityEstablished" in found["identity.examiners"].source


def test_saying_the_same_again_makes_a_fact_newer() -> None:
    """A second response with the same status rests on newer records: the fact is as of these."""
    desk = Desk().answered()
    before = known(desk)["status.value"].as_of
    desk.do(c.RecordStatusResponse, "status-specialist", status="overstay", status_as_of=date(2011, 5, 30), stale=True)

    after = known(desk)["status.value"]

    assert (date(2009, 3, 1), date(2011, 5, 30)) == (before, after.as_of)
    assert "too old" in (after.stale(date(2011, 6, 7)) or ""), "the specialist called it stale"


def test_a_fact_that_no_longer_holds_is_gone() -> None:
    """Facts of a detainer end with it: unknown is a fact's absence."""
    desk = Desk().issued()
    assert "detainer.form" in known(desk)

    desk.do(c.LiftDetainer, "field-officer")

    assert "detainer.form" not in known(desk)
