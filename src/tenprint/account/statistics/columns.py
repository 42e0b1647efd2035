"""What is counted: the columns of a row, and which measure each event type counts for. Defined here and nowhere else.

Every event gets one row; a row tells only what the month's table needs, since rows can't be joined. What no table
column counts has
the measure ``other-event``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tenprint.errors import ReleaseInvalid
from tenprint.model import canonical, events

K: Final = 11
"""Fewest events that any published combination stands for. Source: design decision 3.11 (k = 11; CMS cell size policy 1
to 10).
"""

ANY: Final = "*"
"""A value that was generalised away: the row holds one of several values, and nobody can tell which."""

NOT_APPLICABLE: Final = "-"
"""The column does not speak of this event: a submission has no level. It is not the same as unknown."""

OTHER_EVENT: Final = "other-event"
"""The measure of events that no table column counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event as a release tells it: texts only.

    measure: what it counts for (`measure_of`). event_month, cohort_month: ``2011-06``, of the event and of its
    submission.
    jurisdiction: the programme's key of the submitting place; state: two letters. policy, level, basis: of the level
    that stood at this
    event (``1``, ``2``, ``3``, ``1-or-2``, ``none``, ``needs_person``). conviction: ``yes``, ``none`` (looked for, none
    found), ``unknown``. first_of: what a submission is the first of (`encounters.first_of`).
    version: of the columns (`COLUMNS_OF`); a row of an earlier version says nothing of the columns that came later, so
    these hold ``*``.
    Raises ValueError for a column that is not a text, or empty.
    """

    measure: str
    event_month: str
    cohort_month: str
    jurisdiction: str
    state: str
    policy: str = NOT_APPLICABLE
    level: str = NOT_APPLICABLE
    basis: str = NOT_APPLICABLE
    conviction: str = NOT_APPLICABLE
    first_of: str = NOT_APPLICABLE
    version: int = 2

    def __post_init__(self) -> None:
        for name in COLUMNS:
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise ValueError(f"a row's {name} is a text and not empty; found {value!r}")
        stated = COLUMNS_OF.get(self.version)
        if stated is None or any(getattr(self, name) != ANY for name in COLUMNS if name not in stated):
            raise ValueError(f"no row of version {self.version!r}; there are {', '.join(map(str, COLUMNS_OF))}")

    def value(self, column: str) -> str:
        """The value of one column. Raises AttributeError for another name."""
        return str(getattr(self, column))

    def generalised(self, column: str) -> Row:
        """The same row with this column generalised away."""
        merged: dict[str, Any] = {column: ANY}
        return replace(self, **merged)

    def as_dict(self) -> dict[str, str]:
        """The columns of the row's version by name, in the order of `COLUMNS`."""
        return {name: self.value(name) for name in COLUMNS_OF[self.version]}

    def to_bytes(self) -> bytes:
        """The canonical bytes that a row's entry in the log commits to."""
        return canonical.encode({"row": self.version, **self.as_dict()})


ROW_VERSION: Final = 2
"""Version of the row's columns; it is inside the committed bytes. Version 1 had no ``first_of``."""

COLUMNS: Final = (
    "measure",
    "event_month",
    "cohort_month",
    "jurisdiction",
    "state",
    "policy",
    "level",
    "basis",
    "conviction",
    "first_of",
)
"""Names of the columns, in the order of `Row`."""

COLUMNS_OF: Final[Mapping[int, tuple[str, ...]]] = {1: COLUMNS[:-1], ROW_VERSION: COLUMNS}
"""Version -> its columns: rows that were committed to under an earlier one are still read, and stay what they were."""

ORDER: Final = (
    "measure",
    "state",
    "jurisdiction",
    "level",
    "conviction",
    "policy",
    "basis",
    "cohort_month",
    "event_month",
    "first_of",
)
"""Order in which rows are partitioned when they are rolled up: what comes first is kept longest.

Set by: the table needs measure and place for its totals; the months come last, since a handful of late events would
else hide the month; what a submission is the first of comes last, so that a handful of repeated bookings hides no other
column.
"""


def order_of(version: int) -> tuple[str, ...]:
    """The columns of a version in the order in which its rows were rolled up."""
    return tuple(name for name in ORDER if name in COLUMNS_OF[version])


def row_of(columns: Mapping[str, object]) -> Row:
    """The row with exactly these columns; which version it is, they show. Raises ValueError for any other set of columns."""
    for version, names in COLUMNS_OF.items():
        if set(columns) == set(names):
            unstated = {name: ANY for name in COLUMNS if name not in names}
            return Row(**{**columns, **unstated}, version=version)  # type: ignore[arg-type]
    raise ValueError(f"a row has the columns {', '.join(COLUMNS)}; found {', '.join(sorted(columns))}")


COLUMN_MEANINGS: Final[dict[str, str]] = {
    "measure": "what the event counts for",
    "event_month": "month in which it happened",
    "cohort_month": "month of the submission that it goes back to",
    "jurisdiction": "place of the submitting agency",
    "state": "state of the submitting agency",
    "policy": "policy under which the level was evaluated",
    "level": "level under that policy; never compared across policies",
    "basis": "charge or conviction: what the level rests on",
    "conviction": "yes, none (looked for and none found), or unknown",
    "first_of": "of a submission: person (the first of its person in the month), episode (the first of another episode of "
    "that person), submission (within 24 hours of the one before)",
}
"""Column -> what it means; part of each release's dictionary."""

_ONE_TO_ONE: Final = {
    events.SUBMISSION_RECEIVED: "submission",
    events.SUBMISSION_REFUSED: "submission-refused",
    events.DETAINER_ISSUED: "detainer-issued",
    events.DETAINER_LIFTED: "detainer-lifted",
    events.DETAINER_EXPIRED: "detainer-expired",
    events.CUSTODY_TRANSFERRED: "arrest",
}
_IMMIGRATION: Final = {
    events.AUTHORITY_SPENT: "searched",
    events.IDENTITY_ESTABLISHED: "match",
    events.IDENTITY_REFUTED: "examiner-refuted",
}
_RESULTS: Final = {"no_match": "search-no-match", "error": "search-error", "incomplete": "search-incomplete"}
_OUTCOMES: Final = {"removal": "removal", "return": "return"}

DISPOSITIONS: Final = ("convicted", "acquitted", "dismissed", "not_prosecuted", "vacated", "deferred")
"""Outcomes of a booked charge that are counted by name. What is pending, or text that nobody has coded, is no disposition yet."""

CORRECTED: Final = "corrected"
"""A statement that corrects or takes back a disposition: the first one stays counted in the month in which it was heard."""

GATE_REASONS: Final = (
    "not_active", "no_consent", "suspended", "terminated", "civil_transaction", "tot_not_admitted", "tot_needs_person",
    "juvenile_review", "unknown_jurisdiction", "no_rule",
)  # fmt: skip
"""Reasons for which the gate kept the immigration repository shut that are counted by name; any other counts as
``other``.
"""

IMMIGRATION: Final = "immigration"
"""The repository whose searches and matches the table counts; the criminal one answers the booking agency and is no
programme measure.
"""


OVERDUE_BANDS: Final = (("under-1h", 3600), ("under-6h", 6 * 3600), ("under-24h", 24 * 3600))
"""How late a release was, in bands: name and first second beyond it; any longer is ``24h-or-more``. A row tells of one
person, so hours are told by band and never summed from rows of hours: eleven hours could be one person's.
Set by: the programme.
"""

OVERDUE_REST: Final = "24h-or-more"
"""The last band."""


def overdue_band(seconds: int) -> str:
    """The band of a release that was ``seconds`` late, more than 0."""
    return next((name for name, end in OVERDUE_BANDS if seconds < end), OVERDUE_REST)


def measure_of(event_type: str, public: Mapping[str, Any]) -> str:
    """The measure an event counts for. public: the event's public facts. Raises ReleaseInvalid for a type outside the
    catalogue.
    """
    if event_type not in events.CATALOGUE:
        raise ReleaseInvalid(f"no event type {event_type!r} in the catalogue; the month was not closed")
    if event_type in _ONE_TO_ONE:
        return _ONE_TO_ONE[event_type]
    if event_type in _IMMIGRATION and public.get("repository") == IMMIGRATION:
        return _IMMIGRATION[event_type]
    if event_type == events.SEARCH_COMPLETED and public.get("repository") == IMMIGRATION:
        return _RESULTS.get(str(public.get("result")), OTHER_EVENT)
    if (
        event_type == events.GATE_DECIDED
        and public.get("repository") == IMMIGRATION
        and public.get("searched") is False
    ):
        reason = public.get("reason")
        return f"not-searched/{reason if reason in GATE_REASONS else 'other'}"
    if event_type == events.STATUS_RESPONDED and public.get("status") == "USC":
        return "usc"
    if event_type == events.DETAINER_ANSWERED and public.get("answer") == "decline":
        return "detainer-declined"
    if event_type == events.RELEASE_OVERDUE and public.get("hours") == 1:
        return "release-overdue"
    if event_type == events.PERSON_RELEASED and int(public.get("overdue_seconds") or 0) > 0:
        return f"released-late/{overdue_band(int(public['overdue_seconds']))}"
    if event_type == events.HISTORY_STATED and public.get("kind") == "disposition":
        stated = public.get("outcome") if public.get("charge") else None
        outcome = CORRECTED if public.get("corrects") is not None else stated
        return f"disposition/{outcome}" if outcome in (*DISPOSITIONS, CORRECTED) else OTHER_EVENT
    if event_type == events.OUTCOME_RECORDED:
        return _OUTCOMES.get(str(public.get("outcome")), OTHER_EVENT)
    return OTHER_EVENT
