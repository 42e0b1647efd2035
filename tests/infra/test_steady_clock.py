"""The programme's time: the machine's wall clock may be set, but nobody is held a second longer for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenprint.clock import MOVE_TOLERANCE, SteadyClock

NOON = datetime(2011, 6, 7, 12, tzinfo=UTC)


class Machine:
    """A wall clock that anybody may set, and a count that nobody can."""

    def __init__(self) -> None:
        self.truth_s = 0.0
        self.set_s = 0.0

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.truth_s + self.set_s)

    def count(self) -> float:
        return self.truth_s

    def clock(self, anchor=None, *, boot: str = "one") -> SteadyClock:
        return SteadyClock(anchor, wall=self.wall, count=self.count, boot=boot)


STEPS = st.lists(st.tuples(st.integers(0, 7200), st.integers(-90_000, 90_000)), max_size=20)


@given(STEPS)
def test_time_runs_neither_back_nor_slow_whatever_the_wall_clock_says(steps: list[tuple[int, int]]) -> None:
    """Design decision 7: an instant is never told late, so an expiry can't be put off by setting the machine's clock."""
    machine = Machine()
    clock = machine.clock()
    told = clock.now()
    for passes, moved in steps:
        machine.truth_s += passes
        machine.set_s += moved
        now = clock.now()
        assert now >= told + timedelta(seconds=passes)
        assert now >= NOON + timedelta(seconds=machine.truth_s), "the truth is never ahead"
        told = now


def test_every_move_is_told_once_with_its_direction_and_small_steps_add_up() -> None:
    """A clock set forward ends holds early, never late; either way somebody must be able to see that it was set."""
    machine = Machine()
    clock = machine.clock()
    assert () == clock.moves()
    machine.set_s += 5 * 3600
    assert NOON + timedelta(hours=5) == clock.now()
    machine.set_s -= 7 * 3600
    assert NOON + timedelta(hours=5) == clock.now()
    moves = clock.moves()
    assert [5 * 3600, -7 * 3600] == [move.seconds for move in moves]
    assert moves == clock.moves(), "until somebody says that they are kept"
    clock.recorded(moves)
    assert () == clock.moves()

    for _ in range(3):
        machine.set_s -= MOVE_TOLERANCE.total_seconds() / 2
        clock.now()
    assert [-90] == [move.seconds for move in clock.moves()]


def test_the_next_process_goes_on_from_the_count_and_sees_what_was_set_in_between() -> None:
    """A clock set back while nothing ran delays nothing, as long as the machine itself ran on."""
    machine = Machine()
    anchor = machine.clock().anchor()
    machine.truth_s += 3600
    machine.set_s -= 10 * 3600
    after = machine.clock(anchor)
    assert NOON + timedelta(hours=1) == after.now()
    assert [-10 * 3600] == [move.seconds for move in after.moves()]


def test_after_another_start_of_the_machine_time_has_at_least_not_run_back() -> None:
    """Nobody counted while it was off: what was known is the floor, and a wall clock before it counts as moved."""
    machine = Machine()
    anchor = machine.clock().anchor()
    machine.truth_s = 100.0
    machine.set_s -= 5000
    after = machine.clock(anchor, boot="two")
    assert NOON == after.now()
    assert [-4900] == [move.seconds for move in after.moves()]
    machine.truth_s += 50
    assert NOON + timedelta(seconds=50) == after.now()


def test_a_wall_clock_found_right_is_waited_for_and_never_gone_back_to() -> None:
    """After a clock was set forward and back by mistake a person says so: time stands still until it is caught up with."""
    machine = Machine()
    clock = machine.clock()
    machine.set_s += 5 * 3600
    clock.now()
    machine.set_s = 0
    assert NOON + timedelta(hours=5) == clock.now()
    accepted = clock.accepted()
    assert timedelta(hours=5) == accepted.floor - accepted.wall
    clock.heed(accepted)
    machine.truth_s += 3600
    assert NOON + timedelta(hours=5) == clock.now()
    assert NOON + timedelta(hours=5) == machine.clock(clock.anchor()).now(), "also for the next process"
    machine.truth_s += 5 * 3600
    assert NOON + timedelta(hours=6) == clock.now()
