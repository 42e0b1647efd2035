"""One state's participation: its documents from the first to the last, with what the gate did on each of their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tenprint.errors import NotFound
from tenprint.workflow.house import House
from tenprint.workflow.participation import history_of, profile_of
from tenprint.workflow.views.citations import Citation, citations, cited
from tenprint.workflow.views.places import PlaceLine, participation
from tenprint.workflow.views.timeline import GateThen, Moment, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Places at which the gate answered alike under one profile. before: its answer on the eve; moved: whether that day changed it."""

    profile: str
    before: str
    answer: str
    places: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether the document's first day changed the answer."""
        return self.before != self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One document of the timeline. to_come: its first day lies after the programme's today."""

    moment: Moment
    citation: Citation
    turns: tuple[Turn, ...]
    to_come: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Places at which the gate says the same today, by the same reason and on the same footing. line: one of them."""

    line: PlaceLine
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateStory:
    """Everything on record about one state. places: what the gate says today; told: by first day. profile: the one in use."""

    state: str
    states: tuple[str, ...]
    today: date
    profile: str
    places: tuple[Alike, ...]
    told: tuple[Told, ...]


def states_of(house: House) -> tuple[str, ...]:
    """Every state that has a place or a document of its own, by its two letters."""
    history = history_of(house)
    places = {place.state for place in history.jurisdictions.all()}
    return tuple(sorted(places | {d.scope.name for d in history.documents if d.scope.kind == "state"}))


def state_story(house: House, state: str) -> StateStory:
    """The story of a state. Raises NotFound for one that the programme does not know."""
    states = states_of(house)
    if state not in states:
        raise NotFound(f"no state {state[:20]!r} in this programme; known: {', '.join(states)}")
    known, table = citations(house), participation(house)
    told = []
    for moment in timeline(house, state=state):
        (citation,) = cited(known, [moment.id])
        turns = _turns(moment.gate, first=table.profile)
        told.append(Told(moment=moment, citation=citation, turns=turns, to_come=moment.day > table.today))
    places = _alike([line for line in table.lines if line.state == state])
    return StateStory(
        state=state, states=states, today=table.today, profile=profile_of(house), places=places, told=tuple(told)
    )


def _alike(lines: Sequence[PlaceLine]) -> tuple[Alike, ...]:
    grouped: dict[tuple[str, str, str | None, str | None], list[PlaceLine]] = {}
    for line in lines:
        grouped.setdefault((line.answer, line.reason, line.basis, line.evidence), []).append(line)
    found = [Alike(line=group[0], names=tuple(line.name for line in group)) for group in grouped.values()]
    return tuple(sorted(found, key=lambda one: (len(one.names), one.names)))


def _turns(gate: Sequence[GateThen], *, first: str) -> tuple[Turn, ...]:
    """Answers that are alike, together: the profile in use before the others, what changed before what did not."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for one in gate:
        grouped.setdefault((one.profile, one.before, one.answer), []).append(one.place)
    turns = [
        Turn(profile=profile, before=before, answer=answer, places=tuple(places))
        for (profile, before, answer), places in grouped.items()
    ]
    return tuple(sorted(turns, key=lambda t: (t.profile != first, t.profile, not t.moved, t.before, t.answer)))
