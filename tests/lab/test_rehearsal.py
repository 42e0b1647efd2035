"""The demonstration's parts: whose folder it may touch, and what its simulated staff do with bookings that have no images."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest
from rich.console import Console

from tenprint.cli.demo import SHOWN, show_month
from tenprint.clock import SetClock
from tenprint.errors import UsageError
from tenprint.ids import CaseId, PersonId
from tenprint.lab.rehearsal import staff, story
from tenprint.lab.rehearsal.cast import hire
from tenprint.lab.rehearsal.demo import MARK, is_finished, prepare_folder
from tenprint.lab.rehearsal.staff import Desks
from tenprint.model import events
from tenprint.model.prints import FINGERS, MINUTIA, FingerTemplate, Minutiae, TenprintTemplate, in_order
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow import auditing
from tenprint.workflow.enrolment import enroll_template
from tenprint.workflow.people import actor_with
from tenprint.workflow.rehearsed import RehearsedBooking, admit
from tenprint.workflow.ticker import tick
from tenprint.workflow.worker import work_once


def test_a_rehearsal_that_was_cut_off_starts_clean_and_nothing_else_is_touched(tmp_path: Path) -> None:
    """kill -9 during the demonstration: the next one never goes on from a half-lived month, and never removes real data."""
    foreign = tmp_path / "programme"
    foreign.mkdir()
    (foreign / "tenprint.db").write_text("somebody's")
    with pytest.raises(UsageError, match="no rehearsal's"):
        prepare_folder(foreign, 1)
    assert "somebody's" == (foreign / "tenprint.db").read_text()

    cut = tmp_path / "demo"
    prepare_folder(cut, 1)
    (cut / "tenprint.db").write_text("half")
    assert not is_finished(cut)
    prepare_folder(cut, 2)
    assert [MARK] == [p.name for p in cut.iterdir()]
    assert 2 == json.loads((cut / MARK).read_text())["seed"]


def some_template(rng: np.random.Generator) -> TenprintTemplate:
    fingers = []
    for position in FINGERS:
        points = np.zeros(40, MINUTIA)
        points["x"], points["y"] = rng.integers(20, 300, 40), rng.integers(20, 400, 40)
        points["theta"], points["quality"], points["kind"] = rng.integers(0, 65536, 40), rng.integers(60, 100, 40), 1
        fingers.append(FingerTemplate(position, Minutiae(in_order(points), 320, 416), 80, "leader-1/rehearsal"))
    return TenprintTemplate(tuple(fingers))


def test_bookings_without_images_go_the_same_way_from_the_gate_on(
    tmp_path: Path, extent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every booking passes the real gate under a real authority; the simulated examiners' conclusions are true; all of it adds up.

    Where the booking's charge ends in the person's favour the rules of the place are asked, and a supervisor is.
    """
    monkeypatch.setattr(staff, "COURT_EVERY", 2)
    clock = SetClock(story.BEGINS)
    house = open_house(tmp_path / "data", clock=clock)
    operator = actor_with(house, (house.root / OPERATOR_TOKEN).read_text().strip())
    cast = hire(house, operator)
    rng = np.random.default_rng(extent.seed)
    known = [some_template(rng) for _ in range(20)]
    truth: dict[PersonId, int] = {
        enroll_template(house, known[n], "immigration", by=cast.owner).person: n for n in story.IN_IMMIGRATION
    }
    draw = Random(extent.seed)
    desks = Desks(house, clock, cast, truth, draw)
    stages: Counter[tuple[bool, str]] = Counter()
    for booking in story.without_images(draw)[: 60 if extent.whole else 25]:
        clock.set(max(clock.now(), booking.at))
        submission = admit(house, RehearsedBooking(cri=booking.ori, template=story.template_for(booking, known, draw)),
                           by=cast.agencies[booking.ori].actor)  # fmt: skip
        work_once(house, worker="test")
        with house.store.reader() as reader:
            cases = reader.cases.for_submission(submission)
        for case in cases:
            desks.examine(CaseId(case.id), booking.person)
            stages[booking.person >= 0, desks.refer(CaseId(case.id))] += 1
        work_once(house, worker="test")
        tick(house)

    assert sum(stages.values()) >= 3
    assert all(known_person for known_person, _ in stages), "nobody unknown becomes a candidate"
    with house.store.reader() as reader:
        told = Counter(e.type for e in reader.events(types=[events.HISTORY_STATED, events.RETENTION_REQUESTED]))
    ruled = sum(count // 2 for count in desks.heard.values())
    assert desks.heard
    assert (ruled, ruled) == (told[events.HISTORY_STATED], told[events.RETENTION_REQUESTED])
    assert [] == auditing.fsck(house)
    for total in auditing.accounts(house)["authorities"].values():
        assert total["issued"] == total["spent"]
    house.close()


def test_the_months_table_can_be_read_on_a_terminal_of_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Whole words, one number a place, and the mark where a number is suppressed."""
    places = [
        "nation",
        "state/CA",
        "state/IL",
        "state/MA",
        "state/TX",
        "Los Angeles, CA",
        "Lake, IL",
        "Middlesex, MA",
        "Suffolk, MA",
    ]
    cells = {place: {key: 316 + n for key, _ in SHOWN} for n, place in enumerate(places)} | {
        "Cook, IL": dict.fromkeys(dict(SHOWN))
    }
    cells["Suffolk, MA"]["matches"] = None
    show_month(Console(width=80), cells)
    shown = capsys.readouterr().out

    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    for word in ("submissions", "not searched", "Los Angeles,", "Middlesex,", "nation", "316", "324"):
        assert word in shown, word
    assert "Cook" not in shown, "its row shows no cell"
    assert 1 == sum(line.count(" S ") for line in shown.splitlines())
