"""Notices due: what is owed in which case, to whom, why, by when; given, and asked for, by named people."""

from __future__ import annotations

from typing import Any

from tenprint.clock import to_text
from tenprint.errors import NotPermitted
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor, require
from tenprint.model import events
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.tasks import NOTICE_TASKS
from tenprint.workflow.casework import Acted, act
from tenprint.workflow.house import House
from tenprint.workflow.views.citations import citations, cited


def give_notice(
    house: House, case: CaseId, notice: str, *, outcome: str, language: str | None, note: str, by: Actor
) -> Acted:
    """What was owed was given. Raises as `act` does."""
    return act(house, case, kind=c.GiveNotice, by=by, make=lambda who, at, _: c.GiveNotice(
        by=who, at=at, notice=notice, outcome=outcome, language=language, note=note))  # fmt: skip


def ask_redress(house: House, case: CaseId, *, about: str, reason: str, by: Actor) -> Acted:
    """Somebody asks for the person that identity, level or hold be looked at again: a reply is owed."""
    return act(
        house,
        case,
        kind=c.AskRedress,
        by=by,
        make=lambda who, at, _: c.AskRedress(by=who, at=at, about=about, reason=reason),
    )


def notices(house: House, *, by: Actor, case: CaseId | None = None, overdue_only: bool = False) -> list[dict[str, Any]]:
    """The table of notices due, the earliest first, as far as ``by`` may see the cases; with ``case`` those given too.

    Each: case, notice, what, to, owed_by, why (citation and evidence mark), due, given, overdue_s. Raises NotPermitted.
    """
    require(by, "view_case")
    now = house.clock.now()
    known = citations(house)
    rows: list[dict[str, Any]] = []
    with house.store.reader() as reader:
        kinds = set(NOTICE_TASKS.values())
        open_cases = dict.fromkeys(t.case_id for t in reader.tasks.list() if t.kind in kinds)
        for name in [case] if case is not None else open_cases:
            file = reader.cases.get(name or "")
            row = reader.submissions.get(file.submission) if file else None
            if file is None or row is None or not _may_see(by, row.cri):
                continue
            for one in replay(reader.stream(events.CASE, file.id)).notices:
                if one.given_at is not None and case is None:
                    continue
                late = max(0, int(((one.given_at or now) - one.due).total_seconds()))
                if overdue_only and not late:
                    continue
                why = cited(known, [one.rule])
                rows.append(
                    {"case": file.id, "notice": one.id, "what": one.what, "to": one.to, "owed_by": one.by, "rule": one.rule,
                     "why": why[0].title if why else None, "evidence": why[0].evidence if why else None,
                     "due": to_text(one.due), "given": None if one.given_at is None else to_text(one.given_at),
                     "outcome": one.outcome, "overdue_s": late}
                )  # fmt: skip
    return sorted(rows, key=lambda line: (line["due"], line["case"], line["what"]))


def _may_see(by: Actor, ori: str) -> bool:
    try:
        require(by, "view_case", ori=ori)
    except NotPermitted:
        return False
    return True
