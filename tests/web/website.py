"""A world for the pages: a programme served in this process, its people with their passwords, bookings on demand."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import httpx2 as httpx
import numpy as np
import pytest
from cards import LOS_ANGELES, booking
from pictures import a_booking
from test_slaps_of_a_booking import CALM, HAND
from test_slaps_of_a_booking import card_image as slap_image

from tenprint.clock import SetClock
from tenprint.ids import CaseId
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person
from tenprint.lab.population.slap_composer import compose
from tenprint.model.prints import GreyImage
from tenprint.workflow import desk, intake, people, ticker
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor
from tenprint.workflow.signing_in import csrf_of, set_password
from tenprint.workflow.worker import work_once

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "seven plain rings of ink"
JULY = datetime(2011, 7, 5, 16, 0, tzinfo=UTC)


@dataclass
class World:
    """One programme, its people by role and number, and what staff would do with a case."""

    house: House
    clock: SetClock
    operator: Actor
    agency: Actor
    url: str = ""
    people: dict[str, Actor] = field(default_factory=dict)
    sent: int = 0
    swapped: int = 0

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

    def book_swapped(self, *, retain: bool = True) -> str:
        """A card whose rolled fingers 2 and 3 lie in each other's boxes, worked on to its answer."""
        return self._book_wrong(lambda rolled: rolled | {2: rolled[3], 3: rolled[2]}, retain=retain)

    def book_mirrored(self) -> str:
        """A card whose rolled finger 3 is mirrored, worked on to its answer."""
        return self._book_wrong(
            lambda rolled: rolled | {3: GreyImage(np.ascontiguousarray(rolled[3].pixels[:, ::-1]), rolled[3].ppi)}
        )

    def _book_wrong(
        self, change: Callable[[dict[int, GreyImage]], dict[int, GreyImage]], *, retain: bool = True
    ) -> str:
        self.sent += 1
        self.swapped += 1
        somebody = person(5, self.swapped)  # another person each time, so that no candidate holds the answer back
        first, second = ({f: impression(somebody, f, number=n, quality=0.9) for f in HAND} for n in (0, 1))
        rolled = change(first)
        images = [slap_image(finger, image, impression_code=1) for finger, image in rolled.items()]
        slap = compose(second, 13, np.random.default_rng(1), setting=CALM)
        images.append(slap_image(13, slap.image, impression_code=0))
        data = booking(images, tcn=f"WEB{self.sent:07d}", retain=retain, ori=LOS_ANGELES, day=date(2011, 7, 5))
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

    def refuted(self, case: CaseId) -> None:
        """Two examiners exclude every candidate; the case is over."""
        for number in (1, 2):
            done = desk.conclude(self.house, case, conclusion="SOURCE_EXCLUSION", reasons="The deltas differ.", candidate=None,
                                 by=self.person("examiner", number=number))  # fmt: skip
            assert done.refused is None, done.refused
        work_once(self.house, worker="web")

    def held(self, case: CaseId) -> CaseId:
        """As far as a running hold: identity, status, disposition, detainer, honoured, otherwise releasable."""
        self.identified(case)
        house, specialist, officer = self.house, self.person("status-specialist"), self.person("field-officer")
        jail = self.person("jail-officer", oris=(LOS_ANGELES,), number=9)
        done = [
            desk.query(house, case, attention="Desk 7", offense=None, in_custody=True, by=specialist),
            desk.respond(house, case, status="overstay", as_of=date(2011, 6, 1), stale=False, removable="yes", citizenship_evidence="none",
                         text="Two records.", sources=("A",), by=specialist),
            desk.dispose(house, case, disposition="detainer", reason_code="priority", reason="Within them.", removability_ground="",
                         asserted=[], by=officer),
            desk.issue_detainer(house, case, form="I-247 (08/10)", officer_class="deportation_officer", boxes=("investigation_initiated",),
                                warrant="none", recipient="Sheriff", reason_code="priority", reason="As decided.", conditional=False,
                                supersedes=None, asserted=[], by=officer),
        ]  # fmt: skip
        (detainer,) = desk.show_case(house, case, by=officer)["detainers"]
        done.append(desk.serve_detainer(house, case, detainer["detainer"], language="es", by=jail))
        done.append(desk.answer_detainer(house, case, detainer["detainer"], answer="honour", reason_code="county", reason="Policy.",
                                         asserted=["facility.honours_detainers=yes"], by=jail))  # fmt: skip
        done.append(desk.mark_eligible(house, case, why="bail_posted", eligible_at=None, by=jail))
        assert [None] * 7 == [one.refused for one in done]
        return case

    def tick(self) -> None:
        """What the clock brings due."""
        ticker.tick(self.house)


def absent(why: str) -> NoReturn:
    """A newcomer's checkout may lack a browser and skips; a gate (``CI=true``) that looked at no page has not looked."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; with CI=true the pages must be looked at")
    pytest.skip(why)


class Person:
    """A browser without JavaScript: follows what a person would follow."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.client = httpx.Client(base_url=world.url, timeout=60)
        self.csrf = self._token(self.client.get("/sign-in"))
        answer = self.client.post(
            "/sign-in", data={"csrf": self.csrf, "name": actor.label, "password": PASSWORD, "after": "/desk"}
        )
        assert answer.status_code == 303, answer.text
        self.csrf = csrf_of(self.client.cookies["tenprint_session"])

    @staticmethod
    def _token(page: httpx.Response) -> str:
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text).group(1)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **fields})
