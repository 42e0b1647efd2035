"""What every test may ask for: the shared prints beside the checkout, and how much of a slow test to run."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # how long an example takes says more of the machine than of the code
settings.load_profile("house")

T = TypeVar("T")
SHARED = Path(os.environ.get("TENPRINT_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="run slow tests whole instead of a seeded sample")
    parser.addoption(
        "--slow-seed", type=int, default=20110606, help="seed of the sample of slow tests (default 20110606)"
    )


@dataclass(frozen=True)
class Extent:
    """How much of a slow test to run: all of it, or a seeded sample."""

    whole: bool
    seed: int

    def pick(self, items: Sequence[T], sample: int) -> list[T]:
        """All items when whole; else a seeded sample of that size, in order."""
        if self.whole or len(items) <= sample:
            return list(items)
        chosen = sorted(random.Random(self.seed).sample(range(len(items)), sample))
        return [items[i] for i in chosen]


@pytest.fixture(scope="session")
def extent(request: pytest.FixtureRequest) -> Extent:
    return Extent(request.config.getoption("--whole"), request.config.getoption("--slow-seed"))


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"the shared research data is not beside the checkout ({SHARED}); set TENPRINT_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def prints(shared: Path) -> Path:
    if not (shared / "prints" / "minex3").is_dir():
        pytest.skip("the research prints are not in the shared folder")
    return shared / "prints"
