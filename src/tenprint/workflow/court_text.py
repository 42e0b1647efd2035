"""Criminal history that comes as text: court segments of a booking (2.051 CSL) and rap sheets of an answer (2.075 ERS).

A machine keeps the words and says where they came from. It codes nothing: no outcome, no NCIC code, no conviction. A person
reads the words and states what they say, by a statement that corrects the uncoded one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from tenprint.errors import NotFound, UsageError
from tenprint.exchange.answers import read_answer
from tenprint.exchange.submission import Booking, CourtSegment, read_booking
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import statements as s
from tenprint.workflow.casework import Acted, act, case_file, record_as_system
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.intake import payload_of, request_digest
from tenprint.workflow.participation import today_at

COURT_SEGMENT: Final = "ebts-2.051"
"""Source code of a court segment of a booking. Source: EBTS 9.1, 2.051 CSL."""

RAP_SHEET: Final = "ebts-2.075"
"""Source code of a rap sheet in an answer. Source: EBTS 9.1, 2.075 ERS."""

NO_DATE: Final = "CDD_ABSENT"
"""Fault of a court segment that gives no date of disposition; the words are kept all the same."""

AGENCY: Final = "booking-agency"
"""Asserter of what a booking says: the agency that sent it."""


def adopt_court_segments(house: House, work: UnitOfWork, row: Submission, case: CaseId) -> None:
    """Keep the court segments of the booking in its new case, uncoded, inside the caller's transaction.

    A booking without a file (rehearsed, or destroyed) has none. Each segment is one statement; its day is the transaction's.
    """
    file = work.cases.get(case)
    if row.payload_object is None or file is None:
        return
    booking = read_booking(payload_of(house, row))
    record_as_system(house, work, file, statements_of(house, booking, origin=row.id))


def statements_of(house: House, booking: Booking, *, origin: str) -> Sequence[s.StateHistory]:
    """One uncoded disposition for each court segment: CDD as a date where there is one, COL and CPL as literal text."""
    who, at = c.Actor(SYSTEM.id, "system"), house.clock.now()
    today = today_at(house, booking.cri[0])
    as_of = min(booking.date, today)
    return [
        s.StateHistory(
            by=who,
            at=at,
            day=today,
            kind="disposition",
            outcome=s.UNCODED,
            source=COURT_SEGMENT,
            as_of=as_of,
            asserter=AGENCY,
            reason="as the booking says",
            origin=origin,
            fault=None if segment.date else NO_DATE,
            item=_item(segment),
        )
        for segment in booking.court
    ]


def _item(segment: CourtSegment) -> dict[str, str | None]:
    return {
        "date": segment.date.isoformat() if segment.date else None,
        "literal": segment.literal,
        "provision": segment.provision,
    }


def adopt_rap_sheet(house: House, case: CaseId, data: bytes, *, reason: str, by: Actor) -> Acted:
    """Keep the rap sheet of an SRE that answers this case's booking, as literal text for a person to code.

    Raises ExchangeError naming record and field for a file that is no sound SRE, UsageError for one without 2.075 or one that
    answers another booking (1.010 TCR); nothing of the case is changed then.
    """
    answer = read_answer(data)
    with house.store.reader() as reader:
        row = reader.submissions.get(case_file(house, case).submission)
    if row is None:
        raise NotFound(f"the booking of case {case} is not here; nothing was recorded")
    if answer.tcr is None or row.request_digest not in {
        request_digest(ori, answer.tcr) for ori in (answer.dai, answer.ori)
    }:
        raise UsageError(
            "1.010 TCR of this answer names another transaction than this case's booking. Nothing was recorded; a rap sheet "
            "is kept with the booking it answers."
        )
    if not answer.rap_sheet:
        raise UsageError(f"this {answer.kind} carries no rap sheet (2.075 ERS). Nothing was recorded.")
    today = today_at(house, row.cri)
    as_of: date = min(answer.date, today)
    return act(house, case, kind=s.StateHistory, by=by, make=lambda who, at, _: s.StateHistory(
        by=who, at=at, day=today, kind="rap_sheet", source=RAP_SHEET, as_of=as_of, asserter="criminal-repository", reason=reason,
        origin=row.id, item={"literal": answer.rap_sheet}))  # fmt: skip
