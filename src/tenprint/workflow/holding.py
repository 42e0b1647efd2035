"""How long somebody may be held on a detainer alone: which facility, which zone, which clock, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tenprint.errors import NoRuleInForce, UsageError
from tenprint.ids import CaseId
from tenprint.refer.participation.facilities import Facility
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.closings import recorded_closings
from tenprint.workflow.deciding import MAY_HOLD, ask, place_of, scope_of
from tenprint.workflow.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a hold that begins at an instant would be. calendar, expires: None where nobody may be held.

    zone: tz database name by which its days were counted. facility: its id in the register, None where the agency has
    none there. missing: ``zone_unknown``, ``no_clock_rule``, or None.
    """

    calendar: str | None = None
    expires: datetime | None = None
    rules: tuple[str, ...] = ()
    zone: str | None = None
    facility: str | None = None
    missing: str | None = None


def terms_of_hold(house: House, case: CaseId, state: CaseState, start: datetime) -> Terms:
    """The terms of a hold from ``start`` by the rules of that day; the shortest of all clocks and limits counts.

    A limit is nothing where the rules of that day refuse a hold. Raises UsageError for an instant without a time zone.
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
    answer = ask(house, case, MAY_HOLD, on=start, asserted={}, by="system")
    if answer is not None and answer.kind == "refused":
        ends = start
    elif answer is not None and answer.max_hold_hours is not None:
        ends = min(ends, start + timedelta(hours=answer.max_hold_hours))
    with house.store.reader() as reader:
        for closing in recorded_closings(house, reader, at=start):
            if closing.ori == cri:
                ends = min(ends, max(start, closing.ends_at))
    return Terms(
        calendar=rule.id,
        expires=ends,
        rules=(rule.id, *(answer.rules if answer else ())),
        zone=zone,
        facility=name,
    )


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
