"""Notices and replies that are owed: by whom, to whom, why, and by when; the viewer's own roles first. Nobody is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from tenprint.clock import from_text
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor
from tenprint.workflow.house import House
from tenprint.workflow.notices import notices
from tenprint.workflow.participation import history_of
from tenprint.workflow.views.citations import Citation, citations, cited

PAGE: Final = 20
"""Notices on one page, the earliest due first. Set by: about ten screens of a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One notice or reply. left_s: seconds until due, negative when overdue or given late; given: None while it is owed.

    mine: one of the viewer's roles owes it. rules: why it is owed.
    """

    case: str
    notice: str
    what: str
    to: str
    owed_by: str
    mine: bool
    due: datetime
    left_s: int
    given: datetime | None
    outcome: str | None
    place: str | None
    tz: tzinfo | None
    rules: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """What is owed as far as the viewer may see the cases. lines: those of ``page`` (from 1), of ``count`` that fit.

    late: how many of these are overdue. by_what: (what, how many, how many overdue); what, late_only: what the viewer chose.
    """

    lines: tuple[NoticeLine, ...]
    count: int
    late: int
    by_what: tuple[tuple[str, int, int], ...]
    what: str
    late_only: bool
    page: int
    pages: int
    now: datetime


def notices_page(house: House, *, by: Actor, what: str = "", late_only: bool = False, page: int = 1) -> NoticesPage:
    """Every open notice, the viewer's own first, then by due time. Raises NotPermitted to a role that may see no case."""
    every = notice_lines(house, notices(house, by=by), by=by)
    kinds = sorted({line.what for line in every})
    by_what = tuple(
        (kind, sum(x.what == kind for x in every), sum(x.what == kind and x.left_s < 0 for x in every))
        for kind in kinds
    )
    wanted = [x for x in every if what in {"", x.what} and (x.left_s < 0 or not late_only)]
    ordered = sorted(wanted, key=lambda x: (not x.mine, x.due, x.case, x.what))
    pages = max(1, -(-len(ordered) // PAGE))
    page = max(1, min(page, pages))
    return NoticesPage(
        lines=tuple(ordered[(page - 1) * PAGE : page * PAGE]), page=page, pages=pages, count=len(wanted),
        late=sum(x.left_s < 0 for x in wanted), by_what=by_what, what=what,
        late_only=late_only, now=house.clock.now(),
    )  # fmt: skip


def notices_of(house: House, case: CaseId, *, by: Actor) -> tuple[NoticeLine, ...]:
    """All notices of one case, given ones too, by due time. Raises NotPermitted."""
    return notice_lines(house, notices(house, by=by, case=case), by=by)


def notice_lines(house: House, rows: Sequence[Mapping[str, Any]], *, by: Actor) -> tuple[NoticeLine, ...]:
    """Rows of `tenprint.workflow.notices.notices` with their place, its zone, and what they rest on."""
    known, history, now = citations(house), history_of(house), house.clock.now()
    where: dict[str, tuple[str | None, tzinfo | None]] = {}
    found = []
    with house.store.reader() as reader:
        for row in rows:
            if row["case"] not in where:
                file = reader.cases.get(row["case"])
                booking = reader.submissions.get(file.submission) if file else None
                place = history.jurisdiction(booking.cri) if booking else None
                where[row["case"]] = (file.jurisdiction if file else None, place.zone if place else None)
            due, given = from_text(row["due"]), from_text(row["given"]) if row["given"] else None
            place_name, zone = where[row["case"]]
            found.append(NoticeLine(
                case=row["case"], notice=row["notice"], what=row["what"], to=row["to"], owed_by=row["owed_by"],
                mine=row["owed_by"] in by.roles, due=due, left_s=round((due - (given or now)).total_seconds()), given=given,
                outcome=row["outcome"], place=place_name, tz=zone, rules=cited(known, [row["rule"]]),
            ))  # fmt: skip
    return tuple(found)
