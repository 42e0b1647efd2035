"""A data directory opened to be read and nothing else, composed by `wiring`: for replays, which change no record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tenprint.infra.store.store import Store
from tenprint.refer.policy.programme import Programme


@dataclass(frozen=True, slots=True)
class Archive:
    """Store and programme of a data directory. The store's connections refuse every write."""

    root: Path
    store: Store
    programme: Programme
    code_version: str

    def close(self) -> None:
        """Close the store."""
        self.store.close()
