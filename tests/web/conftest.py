"""A programme with a closed month and matching bookings, served in this process, and a browser to look at it."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))
sys.path.insert(0, str(Path(__file__).parent))

from cards import BOSTON, CAMBRIDGE, LOS_ANGELES
from month_of_events import a_month
from pictures import a_booking, rings

from tenprint.api.application import create_app
from tenprint.clock import SetClock
from tenprint.errors import ModelMissing
from tenprint.ids import CaseId
from tenprint.web.site import mount
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow import closing, desk, enrolment, intake, people, releasing
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor
from tenprint.workflow.signing_in import set_password
from tenprint.workflow.worker import work_once

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "seven plain rings of ink"
JULY = datetime(2011, 7, 5, 16, 0, tzinfo=UTC)


@dataclass
class World:
    house: House
    clock: SetClock
    operator: Actor
    agency: Actor
    url: str = ""
    people: dict[str, Actor] = field(default_factory=dict)
    sent: int = 0

    def person(self, role: str, *, oris: tuple[str, ...] = ("*",), number: int = 1) -> Actor:
        """The same person each time, with the password that all have here."""
        name = f"{role} {number}"
        if name not in self.people:
            granted = people.grant(
                self.house, kind="person", label=name, roles=[role], oris=list(oris), by=self.operator
            )
            set_password(self.house, granted.actor.id, PASSWORD, by=self.operator)
            self.people[name] = granted.actor
        return self.people[name]

    def book(self, *, seed: int, retain: bool = False, ori: str = LOS_ANGELES) -> str:
        """One booking, taken in and worked on as far as no person is needed."""
        self.sent += 1
        data = a_booking(f"WEB{self.sent:07d}", seed=seed, retain=retain, ori=ori, day=date(2011, 7, 5))
        receipt = intake.take_in(self.house, data, by=self.agency)
        work_once(self.house, worker=f"web-{self.sent}")
        return receipt.submission

    def cases_of(self, submission: str) -> dict[str, CaseId]:
        with self.house.store.reader() as reader:
            return {file.repository: CaseId(file.id) for file in reader.cases.for_submission(submission)}

    def identified(self, case: CaseId) -> None:
        """Two examiners who have not seen each other's notes."""
        for number in (1, 2):
            by = self.person("examiner", number=number)
            (one, *_) = desk.show_case(self.house, case, by=by)["candidates"]
            done = desk.conclude(self.house, case, conclusion="SOURCE_IDENTIFICATION", reasons="Nine ridge endings agree.",
                                 candidate=one["person"], by=by)  # fmt: skip
            assert done.refused is None, done.refused


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    clock = SetClock(datetime(2011, 6, 7, 16, 0, tzinfo=UTC))
    house = open_house(tmp_path_factory.mktemp("web") / "data", clock=clock)
    try:
        house.extractor()
    except ModelMissing as missing:
        house.close()
        pytest.skip(f"the extractor's weights are not installed: {missing}")
    operator = people.actor_with(house, (house.root / OPERATOR_TOKEN).read_text().strip())
    set_password(house, operator.id, PASSWORD, by=operator)
    agency = people.grant(
        house,
        kind="agency",
        label="test agencies",
        roles=["agency"],
        oris=[LOS_ANGELES, BOSTON, CAMBRIDGE],
        by=operator,
    )
    made = World(house, clock, operator, agency.actor)
    a_month(house)
    clock.set(datetime(2011, 7, 2, tzinfo=UTC))
    closing.close_month(house, "2011-06", by=operator)
    releasing.publish_month(house, "2011-06", by=operator)
    clock.set(JULY)
    made.book(seed=1, retain=True)
    owner = people.grant(
        house, kind="person", label="owner", roles=["repository-owner:immigration"], oris=["*"], by=operator
    ).actor
    enrolment.enroll_images(house, {2: rings(42), 7: rings(47)}, "immigration", by=owner)
    yield made
    house.close()


@pytest.fixture(scope="session")
def served(world: World) -> Iterator[World]:
    """The world behind an address of its own, pages and machine interface together."""
    app = create_app(world.house, with_worker=False)
    mount(app, world.house)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    world.url = f"http://127.0.0.1:{port}"
    yield world
    server.should_exit = True
    thread.join(10)


def absent(why: str) -> NoReturn:
    """A newcomer's checkout may lack a browser and skips; a gate (``CI=true``) that looked at no page has not looked."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; with CI=true the pages must be looked at")
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        absent(f"no browser at {CHROMIUM}; install chromium to look at the pages")
    try:
        from playwright import sync_api as playwright
    except ImportError:
        absent("playwright is not installed")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()
