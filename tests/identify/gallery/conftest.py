"""An empty served gallery for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from gallery_room import make, reopen

from tenprint.identify.gallery.gallery import Gallery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "criminal")


@pytest.fixture
def swift(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses no more there, and thousands of fsyncs cost nothing."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def gallery(folder: Path) -> Iterator[Gallery]:
    opened = reopen(folder)
    yield opened
    opened.close()
