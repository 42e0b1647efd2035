"""A programme with a closed month and matching bookings, served in this process, and a browser to look at it."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))
sys.path.insert(0, str(Path(__file__).parent))

from cards import BOSTON, CAMBRIDGE, LOS_ANGELES
from month_of_events import a_month
from pictures import rings
from website import CHROMIUM, FLAGS, JULY, PASSWORD, Person, World, absent

from tenprint.api.application import create_app
from tenprint.clock import SetClock
from tenprint.errors import ModelMissing
from tenprint.web.site import mount
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow import closing, enrolment, people, releasing
from tenprint.workflow.signing_in import set_password


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


@pytest.fixture
def signed_in(served: World) -> Iterator[Any]:
    """Opens a browser without JavaScript for a role."""
    opened = []

    def enter(role: str, *, number: int = 1, oris: tuple[str, ...] = ("*",)) -> Person:
        actor = served.operator if role == "operator" else served.person(role, number=number, oris=oris)
        opened.append(Person(served, actor))
        return opened[-1]

    yield enter
    for person in opened:
        person.client.close()
