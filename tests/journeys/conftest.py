"""A programme in a temporary folder, opened in this process at noon of 7 June 2011, with an agency and staff."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cards import BOSTON, CAMBRIDGE, LOS_ANGELES

from tenprint.clock import SetClock
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow import adoption, people
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor, Granted

NOON = datetime(2011, 6, 7, 16, 0, tzinfo=UTC)


@dataclass
class Programme:
    house: House
    clock: SetClock
    operator: Actor
    agency: Granted

    def staff(self, role: str, *oris: str) -> Actor:
        return people.grant(
            self.house, kind="person", label=f"test {role}", roles=[role], oris=list(oris) or ["*"], by=self.operator
        ).actor

    def use_profile(self, profile: str) -> None:
        """Two named people change it; there is no other way."""
        adoption.propose_profile(self.house, profile, reason="test", by=self.staff("programme-authority"))
        adoption.approve_profile(self.house, by=self.staff("programme-authority"))


@pytest.fixture
def programme(tmp_path: Path):
    clock = SetClock(NOON)
    house = open_house(tmp_path / "data", clock=clock)
    operator = people.actor_with(house, (house.root / OPERATOR_TOKEN).read_text().strip())
    agency = people.grant(
        house,
        kind="agency",
        label="test agencies",
        roles=["agency"],
        oris=[LOS_ANGELES, BOSTON, CAMBRIDGE],
        by=operator,
    )
    yield Programme(house, clock, operator, agency)
    house.close()
