"""A vault and a store of their own for every test of infra."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from infra_place import Place

from tenprint.infra.store.store import Store
from tenprint.infra.vault.files import FileVault


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    vault = FileVault(tmp_path / "objects", tmp_path / "keys")
    store = Store.open(f"sqlite:///{tmp_path / 'tenprint.db'}", sealer=vault)
    yield Place(tmp_path, vault, store)
    store.close()
