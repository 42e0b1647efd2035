"""The machine's wall clock as the house sees it: a move is recorded before anything follows from it.

open, act or tick ──▶ moves of the wall clock, as events ──▶ timers that are due ──▶ what was asked
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final, TypeGuard

import structlog

from tenprint.clock import Anchor, Clock, OffsetClock, SteadyClock, from_text, to_text
from tenprint.errors import UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.settings import SettingReads
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.adoption import append_to_programme
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.journal import tell_log

log = structlog.get_logger()

ANCHOR: Final = "clock/anchor"
"""Setting: what the last process knew of time, for the next one."""

TASK: Final = "clock_moved"
"""Kind of the operator's task: look at the machine's clock, set it right, and say so."""

REHEARSED: Final = "clock/rehearsed"
"""Setting: the month that was rehearsed here. Such data never run on the machine's time."""

KEEP_EVERY: Final = timedelta(minutes=1)
"""How often the anchor is kept anew. Set by: after another start of the machine time can have run back by no more unseen."""


def kept_anchor(settings: SettingReads) -> Anchor | None:
    """What the last process of this installation knew of time, or None on first use."""
    text = settings.get(ANCHOR)
    if text is None:
        return None
    kept = json.loads(text)
    wall, steady, floor = (from_text(kept[name]) for name in ("wall", "steady", "floor"))
    return Anchor(kept["boot"], kept["count"], wall, steady, floor)


def declare_rehearsal(house: House, month: str) -> None:
    """Say that this new directory is a rehearsal's: whoever opens it later goes on from its own last instant.

    month: yyyy-mm. Raises UsageError where anything ever ran here on the machine's time: no clock of a real case is stopped so.
    """
    with house.store.unit_of_work() as work:
        if isinstance(house.clock, SteadyClock) or kept_anchor(work.settings) is not None:
            raise UsageError("these data run on the machine's time and are no rehearsal's; nothing was changed")
        work.settings.set(REHEARSED, month)


def own_clock(reader: Reader) -> Clock:
    """The machine's time, going on from where the last process of this installation knew it to be; of a rehearsal, its own time, going
    on from the last thing that was recorded: else every hour since the rehearsed month would fall due at once.
    """
    anchor, last = kept_anchor(reader.settings), reader.last_recorded_at()
    if anchor is None and last is not None and reader.settings.get(REHEARSED) is not None:
        return OffsetClock(last)
    return SteadyClock(anchor)


def watch_clock(house: House) -> int:
    """Record every move of the wall clock that was seen, and keep the anchor; returns how many. Others' clocks: none."""
    clock = house.clock
    if not isinstance(clock, SteadyClock):
        return 0
    with house.store.reader() as reader:
        kept = kept_anchor(reader.settings)
    anchor = clock.anchor()
    if _accepted_since(kept, anchor):
        clock.heed(kept)
        anchor = clock.anchor()
    moves = clock.moves()
    if not moves and kept is not None and kept.boot == anchor.boot and anchor.steady - kept.steady < KEEP_EVERY:
        return 0
    with house.store.unit_of_work() as work:
        if not _accepted_since(kept_anchor(work.settings), anchor):  # else it is heeded next time, not overwritten
            work.settings.set(ANCHOR, _spelled(anchor))
        for move in moves:
            event = Event(
                type=events.CLOCK_MOVED, effective_at=move.at, public={"seconds": move.seconds, "accepted": False}
            )
            append_to_programme(house, work, event, by=SYSTEM, role="system")
        if moves:
            work.tasks.add(kind=TASK, role="operator", raised_at=house.clock.now())
    clock.recorded(moves)  # only now: had nothing been kept, the next call tells them again
    for move in moves:
        log.warning("wall clock moved", seconds=move.seconds)
    if moves:
        tell_log(house)
    return len(moves)


def _accepted_since(kept: Anchor | None, known: Anchor) -> TypeGuard[Anchor]:
    """Did another process of this run of the machine have its wall clock accepted? Only that, and its start, set a floor."""
    return kept is not None and bool(known.boot) and kept.boot == known.boot and kept.floor > known.floor


def _spelled(anchor: Anchor) -> str:
    instants = {name: to_text(getattr(anchor, name)) for name in ("wall", "steady", "floor")}
    return json.dumps({"boot": anchor.boot, "count": anchor.count, **instants})


def accept_clock(house: House, *, reason: str, by: Actor) -> int:
    """An operator found the wall clock right; returns the seconds for which the programme's time stands still.

    Raises NotPermitted; UsageError without a reason, or where the programme's time is not the machine's.
    """
    role = require(by, "administer")
    if not reason.strip():
        raise UsageError("say in words how you know that the wall clock is right; nothing was changed")
    clock = house.clock
    if not isinstance(clock, SteadyClock):
        raise UsageError("the programme's time is not the machine's (a rehearsal); nothing was changed")
    watch_clock(house)
    accepted = clock.accepted()
    behind = round(max(0.0, (accepted.floor - accepted.wall).total_seconds()))
    at = house.clock.now()
    event = Event(
        type=events.CLOCK_MOVED,
        effective_at=at,
        public={"seconds": -behind, "accepted": True},
        private={"reason": reason},
    )
    with house.store.unit_of_work() as work:
        work.settings.set(ANCHOR, _spelled(accepted))
        append_to_programme(house, work, event, by=by, role=role)
        for task in work.tasks.list(role="operator"):
            if task.kind == TASK:
                work.tasks.done(task.id, at=at)
    clock.heed(accepted)
    tell_log(house)
    return behind
