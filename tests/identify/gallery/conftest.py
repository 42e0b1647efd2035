"""An empty served gallery for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gallery_room import make, reopen

from tenprint.identify.gallery.gallery import Gallery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "criminal")


@pytest.fixture
def gallery(folder: Path) -> Iterator[Gallery]:
    opened = reopen(folder)
    yield opened
    opened.close()
