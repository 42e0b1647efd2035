"""How long somebody may be held on a detainer alone: which facility, which zone, which clock, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tenprint.errors import NoRuleInForce, UsageError
from tenprint.ids import CaseId
from tenprint.model import events
from tenprint.refer.participation.facilities import Facility
from tenprint.refer.policy.answers import Answer
from tenprint.refer.policy.rules import Scope
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.closings import recorded_closings
from tenprint.workflow.deciding import MAY_HOLD, ask, ask_again, place_of, scope_of
from tenprint.workflow.house import House
from tenprint.workflow.participation import day_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a hold that begins at an instant would be. calendar, expires: None where nobody may be held.

    zone: tz database name by which its days were counted. facility: its id in the register, None where the agency has
    none there. missing: ``zone_unknown``, ``no_clock_rule``, ``no_hold_rule`` (silent, or two disagree), or None. review: the rules
    leave it to a person, so that a person reviews the hold.
    """

    calendar: str | None = None
    expires: datetime | None = None
    rules: tuple[str, ...] = ()
    zone: str | None = None
    facility: str | None = None
    missing: str | None = None
    review: bool = False


def terms_of_hold(house: House, case: CaseId, state: CaseState, start: datetime) -> Terms:
    """The terms of a hold from ``start`` by the rules of that day; the shortest of all clocks and limits counts.

    The limits are those of the permission on which the detainer was honoured and of the rules on that day: a hold is never
    longer than either. Where they leave it to a person, the shortest limit that any rule of the place states bounds it. Nothing where
    one of them refuses; nobody is held where one of them is silent.
    Raises UsageError for an instant without a time zone.
    """
    if start.tzinfo is None:
        raise UsageError("the instant of eligibility needs its UTC offset; nothing was decided")
    start = start.astimezone(UTC)
    detainer = state.open_detainer
    if detainer is None:
        return Terms()
    place, cri = place_of(house, case)
    facility, zone = facility_of(house, cri, start)
    name = None if facility is None else facility.id
    if place is None or zone is None:
        return Terms(missing="zone_unknown", facility=name)
    scope = replace(scope_of(house, place, cri), facility=name)
    try:
        rule, ends = house.programme.rules.hold_ends(start, tz=ZoneInfo(zone), form=detainer.form, scope=scope)
    except NoRuleInForce:
        return Terms(missing="no_clock_rule", zone=zone, facility=name)
    answers = _permissions(house, case, str(detainer.id), start)
    if any(answer is None for answer, _ in answers):
        return Terms(missing="no_hold_rule", zone=zone, facility=name)
    permits = [(answer, day) for answer, day in answers if answer is not None]
    for answer, day in permits:
        hours = 0 if answer.kind == "refused" else _limit(house, answer, on=day, scope=scope)
        if hours is not None:
            ends = min(ends, start + timedelta(hours=hours))
    with house.store.reader() as reader:
        for closing in recorded_closings(house, reader, at=start):
            if closing.ori == cri:
                ends = min(ends, max(start, closing.ends_at))
    return Terms(
        calendar=rule.id,
        expires=ends,
        rules=tuple(dict.fromkeys((rule.id, *(name for answer, _ in permits for name in answer.rules)))),
        zone=zone,
        facility=name,
        review=any(answer.kind == "needs_person" for answer, _ in permits),
    )


def _limit(house: House, answer: Answer, *, on: date, scope: Scope) -> int | None:
    """The place's limit in elapsed hours: the permission's own; where it is no plain permission, the shortest that the place states."""
    own = answer.max_hold_hours
    if answer.kind == "permitted":
        return own
    least = house.programme.rules.shortest_limit(MAY_HOLD, on=on, scope=scope)
    return least if own is None else min(own, least if least is not None else own)


def _permissions(house: House, case: CaseId, detainer: str, start: datetime) -> list[tuple[Answer | None, date]]:
    """May the person be held: as asked when the detainer was honoured, and at ``start``, both with the facts asserted then; with the
    day at the place.
    """
    place, _ = place_of(house, case)
    today = day_at(place, start)
    with house.store.reader() as reader:
        stream = reader.stream(events.CASE, case, private=True)
    honoured = [
        event
        for event in stream
        if event.type == events.DETAINER_ANSWERED
        and (event.public["detainer"], event.public["answer"]) == (detainer, "honour")
    ]
    if not honoured:
        return [(ask(house, case, MAY_HOLD, on=start, asserted={}, by="system"), today)]
    last = honoured[-1]
    told = (last.private or {}).get("facts")
    facts = [str(text) for text in told] if isinstance(told, list | tuple) else []
    by = f"{last.role} {last.actor}"
    then = ask_again(house, case, MAY_HOLD, on=last.effective_at, told=facts, by=by, until=last.recorded_at)
    now = ask_again(house, case, MAY_HOLD, on=start, told=facts, by=by)
    return [(then, day_at(place, last.effective_at)), (now, today)]


def facility_of(house: House, cri: str, at: datetime) -> tuple[Facility | None, str | None]:
    """The facility of an agency at an instant and the name of its time zone, None while nobody knows it.

    An agency that the register does not list is in its county's zone; one that it lists, but not for that day, in none.
    """
    facilities = house.programme.rules.facilities
    if facilities.lists(cri):
        found = facilities.at(cri, at)
        return found, None if found is None else found.timezone
    place = house.programme.jurisdictions.of(cri)
    return None, None if place is None else place.timezone
