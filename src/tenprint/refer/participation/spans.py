"""Which document decides on which day: looked up, not searched for.

Built once per history. Of each record and scope the latest document is a step function of the day; a look-up is one
bisection per scope that can speak of an agency (its ORI prefixes, county, state, nation), whatever the number of
documents. It holds documents, never answers: the gate decides anew each time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeAlias, TypeVar

from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.jurisdictions import Jurisdiction

T = TypeVar("T")
ScopeKey: TypeAlias = "tuple[str, str]"
"""Kind and name of a scope; a nation's name does not matter, as there is one."""


@dataclass(frozen=True, slots=True)
class Steps(Generic[T]):
    """A step function of the day. days: ascending; values[i] holds from days[i] until the day before days[i + 1]."""

    days: tuple[date, ...]
    values: tuple[T, ...]

    def at(self, on: date) -> T | None:
        """The value on a day; None before the first step."""
        found = bisect_right(self.days, on)
        return self.values[found - 1] if found else None


def steps(turns: set[date], value: Callable[[date], T]) -> Steps[T]:
    """The step function that has ``value`` on each of the days on which it may turn."""
    days = tuple(sorted(turns))
    return Steps(days, tuple(value(day) for day in days))


def turns_of(documents: Sequence[Document]) -> set[date]:
    """The days on which what these documents say may change: each first day in force, each first day not in force."""
    ends = {d.in_force.until for d in documents if d.in_force.until is not None}
    return {d.in_force.since for d in documents} | ends


def scope_key(document: Document) -> ScopeKey:
    """Under which scope a document is filed."""
    return document.scope.kind, "" if document.scope.kind == "nation" else document.scope.name


class Spans:
    """The documents of one record, filed by scope."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """documents: in the order in which a later one stands before an earlier one of the same scope."""
        filed: dict[ScopeKey, list[Document]] = defaultdict(list)
        for document in documents:
            filed[scope_key(document)].append(document)
        self._filed: Mapping[ScopeKey, Sequence[Document]] = dict(filed)
        self._latest = {
            key: steps({d.in_force.since for d in found}, _latest_of(found)) for key, found in filed.items()
        }
        lengths = {len(name) for kind, name in filed if kind == "ori"}
        self._prefix_lengths = tuple(sorted(lengths, reverse=True))

    def nearest(self, place: Jurisdiction, ori: str, on: date) -> Document | None:
        """The latest document of the narrowest scope that covers the place, if it is in force; see `_speaking`."""
        return self._speaking(self._scopes(place, ori), on)

    def standing_of(self, scope: Reach, on: date, *, county: str | None) -> Document | None:
        """The document that stands for a scope: its own, else that of the nearest wider one; see `_speaking`.

        county: of an ORI prefix, as "Cook, IL", where it is known.
        """
        return self._speaking(self._wider(scope, county), on)

    def _speaking(self, keys: Sequence[ScopeKey], on: date) -> Document | None:
        """The narrowest document in force. One that has lapsed revives none before it: of its own scope nothing speaks
        until a later document, and a wider one speaks only if it, or one still wider that says the same, began no
        earlier than the lapse. Else None, which asks a person.
        """
        lapsed: date | None = None
        speaking: Document | None = None
        for key in keys:
            found = self._latest.get(key)
            document = None if found is None else found.at(on)
            if document is None:
                continue
            if on in document.in_force:
                if speaking is not None and speaking.status != document.status:
                    return None
                speaking = speaking or document
                if lapsed is None or document.in_force.since >= lapsed:
                    return speaking
            elif speaking is None and document.in_force.until is not None:
                lapsed = max(lapsed or document.in_force.until, document.in_force.until)
        return None

    def _wider(self, scope: Reach, county: str | None) -> list[ScopeKey]:
        if scope.kind == "ori":
            own = [("ori", scope.name[:length]) for length in self._prefix_lengths if length <= len(scope.name)]
            return [*own, *([("county", county)] if county else []), ("state", scope.name[:2]), ("nation", "")]
        if scope.kind == "county":
            return [("county", scope.name), ("state", scope.name.rpartition(", ")[2]), ("nation", "")]
        return [*([("state", scope.name)] if scope.kind == "state" else []), ("nation", "")]

    def all_of(self, place: Jurisdiction, ori: str) -> list[Document]:
        """Every document that speaks of the place, in force or not, narrowest scope first."""
        return [document for key in self._scopes(place, ori) for document in self._filed.get(key, ())]

    def of_scope(self, key: ScopeKey) -> Sequence[Document]:
        """Every document of exactly that scope, in order."""
        return self._filed.get(key, ())

    def _scopes(self, place: Jurisdiction, ori: str) -> list[ScopeKey]:
        """The scopes that cover a place, narrowest first."""
        prefixes = [("ori", ori[:length]) for length in self._prefix_lengths if length <= len(ori)]
        return [*prefixes, ("county", f"{place.county}, {place.state}"), ("state", place.state), ("nation", "")]


def _latest_of(documents: Sequence[Document]) -> Callable[[date], Document]:
    """The last document that has begun, whether or not it has lapsed; asked for no day before the first."""

    def latest(on: date) -> Document:
        return next(d for d in reversed(documents) if d.in_force.since <= on)

    return latest
