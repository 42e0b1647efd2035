"""A month's close, cut at each of its points and given again: the same rows, once, in one contiguous range of the log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tenprint.account.ledger.log import Log
from tenprint.infra.store.rows import Rows
from tenprint.model import events
from tenprint.workflow import auditing, closing, releasing


class PowerLost(BaseException):
    """Nothing in the house catches it."""


@pytest.mark.parametrize(
    "point", ["before the rows", "after the rows, before the log", "in the log, not acknowledged", "before the event"]
)
def test_a_close_cut_anywhere_is_finished_by_the_same_command(programme, monkeypatch, point: str) -> None:
    """Design decision 4 and section 6: nothing is appended twice, nothing is left out, the release verifies."""
    house = programme.house
    for _ in range(14):
        programme.staff("examiner")
    programme.clock.set(datetime(2011, 7, 2, tzinfo=UTC))
    real = Log.append

    def cut(*_: object, **__: object) -> None:
        raise PowerLost

    def rows_cut(log: Log, entries: list[bytes]) -> int:
        if entries[0][:1] == b"\x02":
            raise PowerLost
        return real(log, entries)

    with monkeypatch.context() as patched:
        match point:
            case "before the rows":
                patched.setattr(Rows, "add_many", cut)
            case "after the rows, before the log":
                patched.setattr(Log, "append", rows_cut)
            case "in the log, not acknowledged":
                patched.setattr(Rows, "logged_at", cut)
            case _:
                patched.setattr(closing, "_log_rows", lambda house: (closing.tell_log(house), cut()))
        with pytest.raises(PowerLost):
            closing.close_month(house, "2011-06", by=programme.operator)
    closed = closing.close_month(house, "2011-06", by=programme.operator)
    release = releasing.publish_month(house, "2011-06", by=programme.operator)

    with house.store.reader() as reader:
        rows = reader.rows.for_month("2011-06")
        assert 1 == sum(e.type == events.MONTH_CLOSED for e in reader.stream(events.RELEASE, "2011-06"))
    indexes = sorted(row.leaf_index for row in rows)
    assert closed.rows == len(rows) > 11
    assert list(range(indexes[0], indexes[0] + len(rows))) == indexes
    assert len(rows) == releasing.verify(release, keys=None)["rows_opened"]
    assert [] == auditing.fsck(house)
