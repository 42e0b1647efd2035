"""Who is held on a detainer alone, and who although release is due: by facility, for the jail, its supervisors and auditors.

Nobody is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from tenprint.clock import to_text
from tenprint.errors import NotPermitted
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.tasks import DUTIES
from tenprint.workflow.holding import facility_of
from tenprint.workflow.house import House
from tenprint.workflow.participation import history_of
from tenprint.workflow.views.citations import Citation, citations, cited

RELEASES: Final = DUTIES["release"].role
"""The role that must release a person, and record it [domain 3.4, G9]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueLine:
    """One person kept past the instant at which release was due. facility: its id in the register, else None.

    ori: of the agency that holds. reason: code of why release is due. alerts: full hours that were told as overdue. tz: the place's zone, if known.
    must_act: the role that must release. mine: it is one of the viewer's.
    """

    case: str
    ori: str
    facility: str | None
    place: str | None
    reason: str
    due: datetime
    overdue_s: int
    alerts: int
    tz: tzinfo | None = None
    must_act: str = RELEASES
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """One person held on a detainer alone, until ``expires`` at the latest. left_s: seconds left, negative once it is over."""

    case: str
    ori: str
    facility: str | None
    place: str | None
    since: datetime
    expires: datetime
    left_s: int
    rules: tuple[Citation, ...]
    tz: tzinfo | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyPage:
    """Everybody whose liberty hangs on a clock, as far as the viewer may see the cases: overdue releases, then holds that run."""

    overdue: tuple[OverdueLine, ...]
    holds: tuple[HoldLine, ...]
    now: datetime


def overdue_releases(house: House, *, by: Actor) -> tuple[OverdueLine, ...]:
    """Everybody in custody whose release is due, as far as ``by`` may see the cases, the longest overdue first.

    Raises NotPermitted to a role that may see no case.
    """
    require(by, "view_case")
    with house.store.reader() as reader:
        return overdue_lines(house, reader, by=by)


def overdue_lines(house: House, reader: Reader, *, by: Actor) -> tuple[OverdueLine, ...]:
    """As `overdue_releases`, inside the caller's reading. The open tasks of release say where to look; the case says what."""
    now = house.clock.now()
    found = []
    for case in dict.fromkeys(t.case_id for t in reader.tasks.list(overdue_at=now) if t.kind == "release"):
        file = reader.cases.get(case or "")
        row = reader.submissions.get(file.submission) if file else None
        if file is None or row is None or not _may_see(by, row.cri):
            continue
        state = replay(reader.stream(events.CASE, file.id))
        if state.release_due_at is None or not state.in_custody or state.release_due_at > now:
            continue
        facility, _ = facility_of(house, row.cri, state.release_due_at)
        found.append(
            OverdueLine(
                case=file.id,
                ori=row.cri,
                facility=None if facility is None else facility.id,
                place=file.jurisdiction,
                reason=state.release_due_why,
                due=state.release_due_at,
                overdue_s=int((now - state.release_due_at).total_seconds()),
                alerts=state.overdue_hours,
                tz=_zone(house, row.cri),
                mine=RELEASES in by.roles,
            )
        )
    return tuple(sorted(found, key=lambda line: (line.due, line.case)))


def custody_page(house: House, *, by: Actor) -> CustodyPage:
    """Overdue releases, the longest first, and running holds, the first to end first. Raises as `overdue_releases`."""
    require(by, "view_case")
    with house.store.reader() as reader:
        return CustodyPage(
            overdue=overdue_lines(house, reader, by=by), holds=hold_lines(house, reader, by=by), now=house.clock.now()
        )


def hold_lines(house: House, reader: Reader, *, by: Actor) -> tuple[HoldLine, ...]:
    """Every running hold that the viewer may see. The open tasks say where to look; the case says what."""
    now, known = house.clock.now(), citations(house)
    found = []
    for case in dict.fromkeys(t.case_id for t in reader.tasks.list() if t.kind == "hold_ends"):
        file = reader.cases.get(case or "")
        row = reader.submissions.get(file.submission) if file else None
        if file is None or row is None or not _may_see(by, row.cri):
            continue
        stream = reader.stream(events.CASE, file.id)
        hold = replay(stream).running_hold
        if hold is None:
            continue
        facility, _ = facility_of(house, row.cri, hold.starts)
        begun = next((e for e in reversed(stream) if e.type == events.HOLD_BEGUN), None)
        rules = begun.public.get("rules") if begun else None
        ids = [hold.calendar, *(str(rule) for rule in (rules if isinstance(rules, list | tuple) else ()))]
        found.append(HoldLine(
            case=file.id, ori=row.cri, facility=None if facility is None else facility.id, place=file.jurisdiction, since=hold.starts,
            expires=hold.expires, left_s=round((hold.expires - now).total_seconds()), rules=cited(known, ids), tz=_zone(house, row.cri),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda line: (line.expires, line.case)))


def summary(lines: Sequence[OverdueLine]) -> dict[str, dict[str, int]]:
    """By facility, or by ORI where the register has none: how many persons, and the seconds they are overdue together."""
    counted: dict[str, dict[str, int]] = {}
    for line in lines:
        one = counted.setdefault(line.facility or line.ori, {"persons": 0, "overdue_s": 0})
        one["persons"] += 1
        one["overdue_s"] += line.overdue_s
    return dict(sorted(counted.items()))


def as_row(line: OverdueLine) -> dict[str, str | int | None]:
    """The line as plain values, for machines."""
    return {
        "case": line.case, "ori": line.ori, "facility": line.facility, "place": line.place, "reason": line.reason,
        "due": to_text(line.due), "overdue_s": line.overdue_s, "alerts": line.alerts,
    }  # fmt: skip


def _zone(house: House, cri: str) -> tzinfo | None:
    place = history_of(house).jurisdiction(cri)
    return None if place is None else place.zone


def _may_see(by: Actor, ori: str) -> bool:
    try:
        require(by, "view_case", ori=ori)
    except NotPermitted:
        return False
    return True
