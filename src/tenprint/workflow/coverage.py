"""What "active" covers: agencies that are switched on and that send, bookings made and not forwarded, as agencies report them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tenprint.account.statistics.columns import K
from tenprint.errors import UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.model import events
from tenprint.model.events import Event, Recorded
from tenprint.refer.participation.coverage import PublishedCount, load_counts, load_nff, nff_on
from tenprint.refer.participation.gate import decide_gate
from tenprint.refer.participation.jurisdictions import ORI, Jurisdiction
from tenprint.workflow.house import IMMIGRATION, House
from tenprint.workflow.participation import day_at, history_of, place_name, profile_of
from tenprint.workflow.signed_documents import PARTICIPATION_KEY

STREAM_ID: Final = "bookings"
"""All reports of agencies are one stream."""

WITHHELD: Final = f"fewer than {K}, or withheld beside such a count"
"""What stands for a small count and for those from which it could be told. Source: design decision 11."""

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])\Z")


def report_bookings(house: House, *, ori: str, month: str, made: int, not_forwarded: int, by: Actor) -> Recorded:
    """An agency tells how many bookings it made in a month, and how many of these it did not forward here.

    A later report of the same agency and month corrects the earlier one, which stays. Raises NotPermitted, UsageError.
    """
    role = require(by, "report_bookings", ori=ori)
    at = house.clock.now()
    place = history_of(house).jurisdiction(ori)
    if place is None or not _MONTH.match(month):
        raise UsageError(
            f"ORI {ori!r}, month {month!r}: allowed: an agency of a known place, and YYYY-MM; nothing was recorded"
        )
    if _last_day(month) >= day_at(place, at):
        raise UsageError(f"{month} is not over at {place_name(place)}; report it afterwards; nothing was recorded")
    if not 0 <= not_forwarded <= made:
        raise UsageError(
            f"{not_forwarded} of {made} bookings not forwarded; allowed: 0 to {made}; nothing was recorded"
        )
    with house.store.unit_of_work() as work:
        stream = work.stream(events.PARTICIPATION, STREAM_ID)
        earlier = [e for e in stream if (e.public["ori"], e.public["month"]) == (ori, month)]
        event = Event(
            type=events.BOOKINGS_REPORTED, effective_at=at,
            public={"ori": ori, "jurisdiction": place_name(place), "state": place.state, "month": month, "made": made,
                    "not_forwarded": not_forwarded, "corrects": earlier[-1].id if earlier else None},
        )  # fmt: skip
        house.vault.create_key(PARTICIPATION_KEY)
        (recorded,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=len(stream), actor=by.id, role=role,
                                  purpose="participation", recorded_at=at, key=PARTICIPATION_KEY)  # fmt: skip
    return recorded


def coverage(house: House, month: str) -> list[dict[str, Any]]:
    """One line per place: agencies known, active, and sending; bookings made and not forwarded; whether the state is in the NFF.

    Agencies are counted as they are; counts of bookings below `K` are withheld, with those from which they could be told.
    Raises UsageError for a month that is none.
    """
    if not _MONTH.match(month):
        raise UsageError(f"month {month!r}; allowed: YYYY-MM; nothing was read")
    # Asked twice in one month, the difference of two counts would tell a small one.
    now = house.clock.now()
    if any(_last_day(month) >= day_at(place, now) for place in history_of(house).jurisdictions.all()):
        raise UsageError(f"{month} is not over everywhere; ask afterwards; nothing was read")
    received, reported = _received(house, month), _reported(house, month)
    nff = load_nff(house.programme.root / "nff.yaml")
    with house.store.reader() as reader:
        agencies = {ori for actor in reader.actors.list() if actor.kind == "agency" and actor.state == "active"
                    for ori in actor.oris if not ori.endswith("*")}  # fmt: skip
    return [
        _line(house, place, month, agencies=agencies | set(received) | set(reported), received=received, reported=reported)
        | {"nff": standing.status if (standing := nff_on(nff, place.state, _last_day(month))) else "not known",
           "nff_evidence": standing.evidence if standing else None}
        for place in history_of(house).jurisdictions.all()
    ]  # fmt: skip


def published_counts(house: House) -> Sequence[PublishedCount]:
    """How many jurisdictions were said to be active, by day, as published."""
    return load_counts(house.programme.root / "activation_counts.yaml")


def _line(
    house: House,
    place: Jurisdiction,
    month: str,
    *,
    agencies: set[str],
    received: Mapping[str, int],
    reported: Mapping[str, tuple[int, int]],
) -> dict[str, Any]:
    mine = sorted(ori for ori in agencies if ORI.match(ori) and ori.startswith(place.ori_prefix))
    told = [reported[ori] for ori in mine if ori in reported]
    sent = sum(received.get(ori, 0) for ori in mine)
    made, kept = sum(one for one, _ in told), sum(other for _, other in told)
    shown = _shown({"received": sent, "bookings_made": made, "not_forwarded": kept} if told else {"received": sent})
    return {
        "jurisdiction": place_name(place), "month": month, "agencies": len(mine),
        "agencies_active": sum(_active(house, ori, month) for ori in mine),
        "agencies_that_sent": sum(received.get(ori, 0) > 0 for ori in mine), "agencies_that_reported": len(told),
        "received": shown["received"], "bookings_made": shown.get("bookings_made", "not reported"),
        "not_forwarded": shown.get("not_forwarded", "not reported"),
    }  # fmt: skip


def _shown(counts: Mapping[str, int]) -> dict[str, int | str]:
    """The counts, or all of them withheld when one is small: made less not forwarded would tell what was received."""
    small = (
        any(0 < count < K for count in counts.values())
        or 0 < counts.get("bookings_made", K) - counts.get("not_forwarded", 0) < K
    )
    return dict.fromkeys(counts, WITHHELD) if small or not any(counts.values()) else dict(counts)


def _active(house: House, ori: str, month: str) -> bool:
    return decide_gate(history=history_of(house), profile=profile_of(house), tot="CAR", cri=ori, on=_last_day(month),
                       repository=IMMIGRATION, juvenile=False).searched  # fmt: skip


def _received(house: House, month: str) -> dict[str, int]:
    """Controlling agency -> transactions received in the month, by the place's own days."""
    first, last = date.fromisoformat(f"{month}-01"), _last_day(month)
    margin = timedelta(days=2)
    since, before = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (first - margin, last + margin))
    history = history_of(house)
    found: dict[str, int] = {}
    with house.store.reader() as reader:
        for row in reader.submissions.received(since=since, before=before):
            if (
                (row.request_digest is not None or row.error_code is None)  # neither: refused before it was a booking
                and first <= day_at(history.jurisdiction(row.cri), row.received_at) <= last
            ):
                found[row.cri] = found.get(row.cri, 0) + 1
    return found


def _reported(house: House, month: str) -> dict[str, tuple[int, int]]:
    """Agency -> (bookings made, not forwarded), as last reported for the month."""
    with house.store.reader() as reader:
        stream = reader.stream(events.PARTICIPATION, STREAM_ID)
    return {
        str(e.public["ori"]): (_whole(e, "made"), _whole(e, "not_forwarded"))
        for e in stream
        if e.public["month"] == month
    }


def _whole(event: Recorded, name: str) -> int:
    value = event.public[name]
    return value if isinstance(value, int) else 0


def _last_day(month: str) -> date:
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, monthrange(year, number)[1])
