"""Closing a month: every event that no close has taken yet gets its row, the rows go to the log, the release is written.

    events without a row ──▶ rows (what the table needs, no ids) ──▶ rolled up (k = 11) ──▶ salted, committed, in order of hash
                                                                                              └──▶ release folder, signed
Late events and corrections go to the next close. Fewer than eleven events are not released: they wait for it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tenprint.account.statistics.columns import IMMIGRATION, NOT_APPLICABLE, OTHER_EVENT, Row, measure_of
from tenprint.account.statistics.rows import roll_up
from tenprint.errors import UsageError
from tenprint.ids import KeyId, fresh_salt
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.rows import RowEntry
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Event, Recorded
from tenprint.refer.referral.fold import replay
from tenprint.workflow.house import House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.persons import first_of_each

NOWHERE: Final = "programme"
"""Jurisdiction and state of events that belong to no submission: access, programme, releases."""

STAGE_OF_MEASURE: Final[Mapping[str, str]] = {
    "match": "match",
    "arrest": "arrest",
    "removal": "removal",
    "return": "removal",
}
"""Measure -> the stage whose level goes into its row. Source: domain 5.1, levels at match, arrest and removal."""

WITH_CONVICTION: Final = frozenset({"match", "arrest", "removal", "return"})
"""Measures whose rows say whether a conviction was known."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What a close did: rows appended, events deferred to the next close."""

    month: str
    rows: int
    deferred: int


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where an event's submission comes from."""

    jurisdiction: str
    state: str
    cohort: str


def month_of(at: datetime) -> str:
    """``2011-06``; months are those of UTC, as each release states."""
    return at.astimezone(UTC).strftime("%Y-%m")


def months(house: House) -> list[str]:
    """Months that have events, in order."""
    with house.store.reader() as reader:
        return sorted({month_of(event.effective_at) for event in reader.events()})


def close_month(house: House, month: str, *, by: Actor, before_its_end: bool = False) -> Closed:
    """Append the rows of all events up to the end of ``month`` that no close has taken yet. After a crash the same call ends it.

    Raises NotPermitted; UsageError for a month that is none, is not over (unless ``before_its_end``), or was closed before.
    """
    role = require(by, "close_month")
    _check_month(house, month, before_its_end=before_its_end)
    tell_log(house)
    with house.store.reader() as reader:
        if any(event.type == events.MONTH_CLOSED for event in reader.stream(events.RELEASE, month)):
            raise UsageError(
                f"{month} is closed; late events and corrections go to the next month's close. Nothing was changed."
            )
        begun = reader.rows.for_month(month)  # by a close that was killed: its rows stand, and it is ended here
        entries, deferred = ([], 0) if begun else _rows_of(reader, month)
    if entries:
        with house.store.unit_of_work() as work:
            work.rows.add_many(entries)
    _log_rows(house)
    appended = len(begun) or len(entries)
    at = house.clock.now()
    key = KeyId("releases")
    house.vault.create_key(key)
    done = Event(
        type=events.MONTH_CLOSED, effective_at=at, public={"month": month, "rows": appended, "deferred": deferred}
    )
    with house.store.unit_of_work() as work:
        version = work.version(events.RELEASE, month)
        if any(event.type == events.MONTH_CLOSED for event in work.stream(events.RELEASE, month)):
            raise UsageError(
                f"{month} was closed by somebody else in the same moment; nothing was changed by this call"
            )
        work.append(
            events.RELEASE,
            month,
            [done],
            expected=version,
            actor=by.id,
            role=role,
            purpose="accounting",
            recorded_at=at,
            key=key,
        )
    tell_log(house)
    return Closed(month, appended, deferred)


def _check_month(house: House, month: str, *, before_its_end: bool) -> None:
    try:
        begins = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{month!r} is no month; write YYYY-MM. Nothing was closed.") from None
    if begins > house.clock.now():
        raise UsageError(f"{month} has not begun by the programme's clock; nothing was closed")
    if month_of(house.clock.now()) == month and not before_its_end:
        raise UsageError(
            f"{month} is not over by the programme's clock; close it afterwards, or say --before-its-end. Nothing was closed."
        )


def _rows_of(reader: Reader, month: str) -> tuple[list[RowEntry], int]:
    """Rows for every event without one that happened by the end of the month; and how many must wait."""
    waiting = set(reader.rows.positions_without())
    due = [event for event in reader.events() if event.position in waiting and month_of(event.effective_at) <= month]
    streams = _Streams(reader)
    received = {month_of(event.effective_at) for event in due if event.type == events.SUBMISSION_RECEIVED}
    streams.first_of = first_of_each(reader, received, counted=lambda event: event.position not in waiting)
    rolled = roll_up([_row(event, streams) for event in due])
    entries = []
    for event, row in zip(due, rolled, strict=False):
        salt, content = fresh_salt(), row.to_bytes()
        entries.append(RowEntry(event_position=event.position, month=month, row=content, salt=salt,
                                leaf_hash=hashlib.sha256(salt + content).digest()))  # fmt: skip
    return sorted(entries, key=lambda e: e.leaf_hash), len(due) - len(entries)


def _log_rows(house: House) -> None:
    """Append all rows that the log does not have, as one contiguous range in order of hash."""
    tell_log(house)  # what the log got just before a crash is known again: nothing is appended twice
    with house.log() as log:  # until it is recorded: else another process would take the same rows for its own
        with house.store.reader() as reader:
            pending = list(reader.rows.unlogged())
        if not pending:
            return
        first = log.append([b"\x02" + row.leaf_hash for row in pending])
        with house.store.unit_of_work() as work:
            for offset, row in enumerate(pending):
                work.rows.logged_at(row.event_position, first + offset)


class _Streams:
    """The streams that rows are made from, each read once. Only public halves are looked at."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._submissions: dict[str, _Origin] = {}
        self._cases: dict[str, Sequence[Recorded]] = {}
        self.first_of: Mapping[str, str] = {}
        """Submission -> what it is the first of in its month."""

    def origin(self, event: Recorded) -> _Origin:
        """Place and cohort of the submission that an event goes back to."""
        month = month_of(event.effective_at)
        if event.stream == events.SUBMISSION:
            return self._submission(event.stream_id, month)
        if event.stream == events.CASE:
            opened = self.case(event.stream_id)[0].public
            return _Origin(
                str(opened["jurisdiction"] or "unknown"), str(opened["state"] or "unknown"), str(opened["cohort"])
            )
        return _Origin(NOWHERE, NOWHERE, month)

    def case(self, case: str) -> Sequence[Recorded]:
        """The events of a case."""
        if case not in self._cases:
            self._cases[case] = self._reader.stream(events.CASE, case)
        return self._cases[case]

    def _submission(self, submission: str, month: str) -> _Origin:
        if submission not in self._submissions:
            first = self._reader.stream(events.SUBMISSION, submission)[0]
            self._submissions[submission] = _Origin(
                str(first.public.get("jurisdiction") or "unknown"),
                str(first.public.get("state") or "unknown"),
                month_of(first.effective_at),
            )
        del month
        return self._submissions[submission]


def _row(event: Recorded, streams: _Streams) -> Row:
    """What one event tells the table: never an id, never a score."""
    measure = measure_of(event.type, event.public)
    if event.type == events.HISTORY_STATED and measure != OTHER_EVENT:
        measure = _heard(streams.case(event.stream_id), event)
    origin = streams.origin(event)
    facts: dict[str, Any] = dict.fromkeys(("policy", "level", "basis", "conviction"), NOT_APPLICABLE)
    if event.type == events.SUBMISSION_RECEIVED:
        facts["first_of"] = streams.first_of[event.stream_id]
    if event.stream == events.CASE and measure in WITH_CONVICTION:
        facts |= _standing(streams.case(event.stream_id), measure, event)
    return Row(measure=measure, event_month=month_of(event.effective_at), cohort_month=origin.cohort, jurisdiction=origin.jurisdiction,
               state=origin.state, **facts)  # fmt: skip


def _heard(case: Sequence[Recorded], event: Recorded) -> str:
    """The measure of a disposition, where it was heard after its case was referred; in any other case it counts for nothing.

    Whoever codes what was text until then, or says anew what was heard before the referral, corrects nothing that was counted: it
    counts under its outcome. The same outcome of the same charge said again, by another source, is not heard twice.
    """
    if case[0].public.get("repository") != IMMIGRATION:
        return OTHER_EVENT
    return _all_heard(case).get(event.position, OTHER_EVENT)


def _all_heard(case: Sequence[Recorded]) -> dict[int, str]:
    """What each statement of history of a referred case counts for, by the event's position."""
    referred = False
    counted: set[int] = set()  # statements that count for something
    standing: dict[tuple[Any, Any], int] = {}  # charge and outcome -> the statement that counts for it
    heard: dict[int, str] = {}
    for event in sorted(case, key=lambda e: e.position):
        referred = referred or event.type == events.IDENTITY_ESTABLISHED
        if event.type != events.HISTORY_STATED or not referred:
            continue
        said, corrects = event.public, event.public.get("corrects")
        key = (said.get("charge"), said.get("outcome"))
        standing = {which: number for which, number in standing.items() if number != corrects}
        measure = measure_of(event.type, said if corrects in counted else {**said, "corrects": None})
        if key in standing and corrects not in counted:
            measure = OTHER_EVENT
        heard[event.position] = measure
        if measure != OTHER_EVENT:
            counted.add(int(str(said["statement"])))
            if corrects not in counted:
                standing[key] = int(str(said["statement"]))
    return heard


def _standing(case: Sequence[Recorded], measure: str, event: Recorded) -> dict[str, str]:
    """The last level evaluated for that stage, and whether a conviction was known at that time, as the case's events say."""
    # what was found at match stays what was found at match: a later change of history speaks of later stages only
    before = [e for e in case if measure == "match" or e.effective_at <= event.effective_at]
    state = replay(before)
    facts: dict[str, str] = {
        "conviction": state.conviction_known_at_match if measure == "match" else state.conviction_known
    }
    for other in case:
        if measure == "match" and other.public.get("after") is not None:
            continue
        if other.type == events.LEVEL_EVALUATED and other.public["stage"] == STAGE_OF_MEASURE[measure]:
            facts |= {"policy": str(other.public["policy"]) + "/" + str(other.public["policy_version"]), "level": str(other.public["level"]),
                      "basis": str(other.public["basis"])}  # fmt: skip
    said = event.public.get("conviction_known")
    return facts if said is None else {**facts, "conviction": str(said)}
