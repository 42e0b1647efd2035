"""Which submissions of a month are one person's, as far as examiners identified them; random ids only, and nothing is kept.

two examiners' identification ─┐
a booking that was enrolled  ──┴──▶ submissions joined where they name one person of one repository
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from tenprint.account.statistics.encounters import first_of
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Recorded

PersonOf = tuple[str, str]
"""Repository and the random id of a person in it."""


def first_of_each(reader: Reader, months: Collection[str], *, counted: Callable[[Recorded], bool]) -> dict[str, str]:
    """Submission -> what it is the first of (`encounters.first_of`), for every submission received in these months (UTC).

    counted: whether an earlier close took the event already; what it counted stays counted. Whoever was sealed or expunged, or
    not identified yet, is a person of their own.
    """
    by_month: dict[str, list[Recorded]] = {month: [] for month in months}
    for event in reader.events(types={events.SUBMISSION_RECEIVED}) if months else ():
        if (month := event.effective_at.strftime("%Y-%m")) in by_month:
            by_month[month].append(event)
    person_of = _persons(reader, {event.stream_id for told in by_month.values() for event in told})
    found: dict[str, str] = {}
    for told in by_month.values():
        told.sort(key=lambda event: (not counted(event), event.effective_at, event.position))
        said = first_of([(person_of.get(event.stream_id), event.effective_at) for event in told])
        found.update(zip((event.stream_id for event in told), said, strict=True))
    return found


def _persons(reader: Reader, submissions: Collection[str]) -> Mapping[str, str]:
    """Submission -> a key that it shares with the other submissions of its person; absent where nobody is known."""
    named = [*_identified(reader, submissions), *_enrolled(reader, submissions)]
    first: dict[PersonOf, str] = {}
    root: dict[str, str] = {}

    def top(submission: str) -> str:
        while root.setdefault(submission, submission) != submission:
            submission = root[submission]
        return submission

    for submission, person in named:
        root[top(submission)] = top(first.setdefault(person, submission))
    return {submission: top(submission) for submission in list(root)}


def _identified(reader: Reader, submissions: Collection[str]) -> Iterable[tuple[str, PersonOf]]:
    """Whom two examiners identified, by submission."""
    for event in list(reader.events(types={events.IDENTITY_ESTABLISHED})):
        file = reader.cases.get(event.stream_id)
        if file is None or file.submission not in submissions:
            continue
        for told in reader.stream(events.CASE, event.stream_id, private=True):
            if told.type == events.IDENTITY_ESTABLISHED and told.private and told.private.get("person"):
                yield file.submission, (file.repository, str(told.private["person"]))


def _enrolled(reader: Reader, submissions: Collection[str]) -> Iterable[tuple[str, PersonOf]]:
    """Under whom a booking was enrolled, by submission."""
    for row in reader.enrolments.list():
        if row.submission in submissions and row.submission is not None:
            yield row.submission, (row.repository, row.person)
