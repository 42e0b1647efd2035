"""A hold that ends while nobody runs: expired first of all, at its own instant, once, wherever the process is killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from casestory import Story

from tenprint.clock import Anchor, SetClock, SteadyClock, from_text
from tenprint.errors import NotPermitted, UsageError
from tenprint.model import events
from tenprint.wiring import open_house
from tenprint.workflow import auditing, wallclock

KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tenprint.clock import SetClock
from tenprint.wiring import open_house

left = int(sys.argv[3])

def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", step)
event.listen(Engine, "commit", step)
house = open_house(Path(sys.argv[1]), clock=SetClock(datetime.fromisoformat(sys.argv[2])))
house.close()
print(int(sys.argv[3]) - left)
"""
"""Opens the programme and is killed at its nth statement or commit; says how many there were if it lives."""


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def opened_and_killed(data: Path, at: datetime, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(data), at.isoformat(), str(step)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_hold_that_ended_while_nobody_ran_is_expired_before_anything_else(story: Story) -> None:
    """Domain 3.3: opening the programme is enough; effective at its instant, recorded when somebody could."""
    story.held()
    end = story.state().running_hold.expires
    story.at(end + timedelta(hours=9))
    house = open_house(story.house.root, clock=story.programme.clock)
    house.close()

    expired, due = story.last(events.DETAINER_EXPIRED), story.last(events.RELEASE_DUE)
    assert (end, end) == (expired.effective_at, due.effective_at)
    assert end + timedelta(hours=9) == expired.recorded_at == due.recorded_at
    assert "system" == expired.role
    assert "custodian" == story.tasks()["release"], "the custodian on duty is paged"


def test_an_expiry_is_recorded_also_when_the_command_that_noticed_it_is_refused(story: Story) -> None:
    """Domain 10.18: a second detainer restarts nothing, and the attempt itself ends what was over."""
    story.held()
    end = story.state().running_hold.expires
    story.at(end)  # 48:00:00 exactly
    refused = story.issue(supersedes=story.detainer).refused
    assert ("CLOCK_SPENT", "domain 3.3") == (refused.code, refused.rule)

    assert end == story.last(events.DETAINER_EXPIRED).effective_at
    assert "CLOCK_STARTED" == story.eligible().refused.code
    assert "DETAINER_NOT_OPEN" == story.answer().refused.code
    assert 1 == story.types().count(events.HOLD_BEGUN)


def test_one_second_before_its_end_a_hold_runs_and_at_its_end_it_is_over(story: Story) -> None:
    """Domain 10.18: at 48:00:00 the hold is EXPIRED, not a second later."""
    story.held()
    end = story.state().running_hold.expires
    story.at(end - timedelta(seconds=1))
    story.tick()
    assert events.DETAINER_EXPIRED not in story.types()
    story.at(end)
    story.tick()
    assert end == story.last(events.DETAINER_EXPIRED).effective_at


@pytest.mark.slow
def test_killed_at_any_step_of_expiring_the_next_start_ends_it_once(story: Story, tmp_path: Path, extent) -> None:
    """kill -9 at any statement of the start: never two expiries, never none, always effective at the same instant."""
    story.held()
    end, case = story.state().running_hold.expires, story.case()
    story.house.close()
    back = end + timedelta(hours=3)
    whole = opened_and_killed(shutil.copytree(story.house.root, tmp_path / "whole"), back, 10**9)
    steps = int(whole.stdout)
    for step in extent.pick(range(1, steps + 1), 5):
        data = shutil.copytree(story.house.root, tmp_path / f"killed-{step}")
        assert -signal.SIGKILL == opened_and_killed(data, back, step).returncode, step
        house = open_house(data, clock=SetClock(back + timedelta(minutes=5)))
        with house.store.reader() as reader:
            tale = reader.stream(events.CASE, case)
            open_timers = reader.timers.due(back + timedelta(minutes=5))
        assert [end] == [e.effective_at for e in tale if e.type == events.DETAINER_EXPIRED], step
        assert [end] == [e.effective_at for e in tale if e.type == events.RELEASE_DUE], step
        assert [] == [t for t in open_timers if t.subject_stream == events.CASE], step
        assert [] == auditing.fsck(house, sweep=True), step
        house.close()
        shutil.rmtree(data)


class Machine:
    """A wall clock that is set, over a count that goes on; the house runs on it as `wiring` composes it."""

    def __init__(self, story: Story) -> None:
        self.story, self.set_s, self.count_s = story, 0.0, 0.0
        self.begun = story.house.clock.now()
        self.start_anew()

    def wall(self) -> datetime:
        return self.begun + timedelta(seconds=self.count_s + self.set_s)

    def start_anew(self) -> None:
        with self.story.house.store.reader() as reader:
            kept = wallclock.kept_anchor(reader.settings)
        clock = SteadyClock(kept, wall=self.wall, count=lambda: self.count_s, boot="test")
        object.__setattr__(self.story.house, "clock", clock)

    def moves(self) -> list[int]:
        with self.story.house.store.reader() as reader:
            stream = reader.stream(events.PROGRAMME, self.story.house.programme.id)
        return [int(e.public["seconds"]) for e in stream if e.type == events.CLOCK_MOVED]


def test_a_wall_clock_set_back_delays_no_expiry_and_is_recorded(story: Story) -> None:
    """Setting the machine's clock back, while the programme runs or between two runs, holds nobody longer."""
    story.held()
    machine = Machine(story)
    end = story.state().running_hold.expires
    story.tick()
    machine.set_s = -30 * 3600
    machine.start_anew()
    machine.count_s = (end - machine.begun).total_seconds() - 1
    story.tick()
    assert events.DETAINER_EXPIRED not in story.types()
    machine.count_s += 1
    story.tick()

    expired = story.last(events.DETAINER_EXPIRED)
    assert (end, end) == (expired.effective_at, expired.recorded_at)
    assert [-30 * 3600] == machine.moves()
    assert "release" in story.tasks()


def test_a_wall_clock_set_forward_ends_a_hold_only_after_the_move_is_recorded(story: Story) -> None:
    """A hold that ends early by a moved clock can be told from one that ran out; the operator is asked to look."""
    story.held()
    machine = Machine(story)
    story.tick()
    end = story.state().running_hold.expires
    machine.count_s, machine.set_s = 60.0, (end - machine.begun).total_seconds()
    story.tick()

    with story.house.store.reader() as reader:
        everything = list(reader.events())
    moved = next(e for e in everything if e.type == events.CLOCK_MOVED)
    expired = next(e for e in everything if e.type == events.DETAINER_EXPIRED)
    assert moved.position < expired.position
    assert end == expired.effective_at
    with story.house.store.reader() as reader:
        assert ["clock_moved"] == [t.kind for t in reader.tasks.list(role="operator")]

    machine.set_s = 0.0
    with pytest.raises(NotPermitted):
        wallclock.accept_clock(story.house, reason="looked at a radio clock", by=story.staff["custodian"])
    with pytest.raises(UsageError):
        wallclock.accept_clock(story.house, reason=" ", by=story.programme.operator)
    still = wallclock.accept_clock(story.house, reason="looked at a radio clock", by=story.programme.operator)
    assert round((end - machine.begun).total_seconds()) == still
    with story.house.store.reader() as reader:
        assert not reader.tasks.list(role="operator")
    assert "CLOCK_STARTED" == story.eligible().refused.code, "what was recorded is not undone"


def test_an_anchor_is_kept_as_it_was(story: Story) -> None:
    """What one process knew of time is what the next one reads."""
    machine = Machine(story)
    wallclock.watch_clock(story.house)
    with story.house.store.reader() as reader:
        kept = wallclock.kept_anchor(reader.settings)
    at = machine.begun
    assert Anchor("test", 0.0, at, at, at) == kept
    assert from_text("2011-06-07T16:00:00.000000Z") == at


def test_a_move_that_could_not_be_kept_is_recorded_the_next_time(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in that moment loses no move: it is told until its record stands."""
    machine = Machine(story)
    machine.count_s, machine.set_s = 60.0, 3 * 3600.0

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(wallclock, "append_to_programme", full)
        with pytest.raises(OSError, match="no space"):
            wallclock.watch_clock(story.house)
    assert [] == machine.moves()
    assert 1 == wallclock.watch_clock(story.house)
    assert 0 == wallclock.watch_clock(story.house)
    assert [3 * 3600] == machine.moves()


def test_an_acceptance_that_could_not_be_kept_changes_nothing(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes on as before until the record of the acceptance stands."""
    machine = Machine(story)
    machine.count_s, machine.set_s = 60.0, 3 * 3600.0
    wallclock.watch_clock(story.house)
    machine.set_s = 0.0
    wallclock.watch_clock(story.house)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(wallclock, "append_to_programme", full)
        with pytest.raises(OSError, match="no space"):
            wallclock.accept_clock(story.house, reason="looked at a radio clock", by=story.programme.operator)
    before = story.house.clock.now()
    machine.count_s += 600
    assert timedelta(seconds=600) == story.house.clock.now() - before


def test_a_running_server_heeds_what_an_operator_accepted_in_another_process(story: Story) -> None:
    """The server does not write its own idea of time over the acceptance; its time stands until the wall has caught up."""
    machine = Machine(story)
    machine.count_s, machine.set_s = 60.0, 5 * 3600.0
    wallclock.watch_clock(story.house)
    machine.set_s = 0.0
    wallclock.watch_clock(story.house)
    server = story.house.clock
    machine.start_anew()  # the operator's own process
    still = wallclock.accept_clock(story.house, reason="looked at a radio clock", by=story.programme.operator)
    assert 5 * 3600 == still

    object.__setattr__(story.house, "clock", server)
    stands = server.now()
    machine.count_s += 3600
    wallclock.watch_clock(story.house)
    assert server.now() == stands + timedelta(hours=1), "until it looks it cannot know; it never goes back"
    machine.count_s += 5 * 3600 + 60
    assert machine.wall() == server.now()
    wallclock.watch_clock(story.house)
    with story.house.store.reader() as reader:
        kept = wallclock.kept_anchor(reader.settings)
    assert kept is not None
    assert machine.wall() == kept.wall == kept.steady


def test_a_rehearsal_opened_later_goes_on_from_its_own_last_instant(story: Story) -> None:
    """A month of 2011 opened by an ordinary command: nothing of the years since falls due, and nothing is recorded as of today."""
    wallclock.declare_rehearsal(story.house, "2011-06")
    story.detained()
    assert story.answer("decline").refused is None
    assert story.eligible().refused is None
    with story.house.store.reader() as reader:
        last, events_before = reader.last_recorded_at(), len(list(reader.events()))

    again = open_house(story.house.root)
    now, problems = again.clock.now(), auditing.fsck(again)
    again.close()

    with story.house.store.reader() as reader:
        assert events_before == len(list(reader.events()))
    assert ([], True) == (problems, timedelta(0) <= now - last < timedelta(minutes=10))


def test_what_ran_on_the_machines_time_is_no_rehearsal(tmp_path: Path) -> None:
    """No release clock of a real case is stopped by calling its data a rehearsal: neither by the house nor by a setting alone."""
    house = open_house(tmp_path / "data")
    with pytest.raises(UsageError, match="no rehearsal"):
        wallclock.declare_rehearsal(house, "2011-06")
    with house.store.unit_of_work() as work:
        work.settings.set(wallclock.REHEARSED, "2011-06")
    house.close()

    again = open_house(tmp_path / "data")
    with pytest.raises(UsageError, match="no rehearsal"):
        wallclock.declare_rehearsal(again, "2011-06")
    again.close()
    assert isinstance(again.clock, SteadyClock)
