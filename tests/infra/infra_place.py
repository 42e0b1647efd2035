"""One installation in a test's own folder, and what tests keep writing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tenprint.ids import ActorId, KeyId, fresh
from tenprint.infra.store.store import Store, UnitOfWork
from tenprint.infra.vault.files import FileVault
from tenprint.model import events
from tenprint.model.events import Event, Recorded

NOON = datetime(2011, 6, 6, 16, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """One installation's folders, with what tests keep writing."""

    root: Path
    vault: FileVault
    store: Store

    @property
    def url(self) -> str:
        return f"sqlite:///{self.root / 'tenprint.db'}"

    def key(self, name: str | None = None) -> KeyId:
        key = KeyId(name or fresh())
        self.vault.create_key(key)
        return key

    def append(
        self,
        work: UnitOfWork,
        stream_id: str,
        new: list[Event],
        *,
        key: KeyId,
        expected: int | None = None,
        stream: str = events.SUBMISSION,
    ) -> list[Recorded]:
        return work.append(
            stream,
            stream_id,
            new,
            expected=expected,
            actor=ActorId("a"),
            role="system",
            purpose="booking",
            recorded_at=NOON,
            key=key,
        )

    def one(self, stream_id: str | None = None, *, private: Mapping[str, Any] | None = None) -> Recorded:
        """One submission event under a key that is the stream's id."""
        name = stream_id or fresh()
        with self.store.unit_of_work() as work:
            (recorded,) = self.append(work, name, [received(private=private)], key=self.key(name))
        return recorded

    def raw(self) -> sqlite3.Connection:
        return sqlite3.connect(self.root / "tenprint.db")


def received(*, private: Mapping[str, Any] | None = None, **public: Any) -> Event:
    return Event(
        type=events.SUBMISSION_RECEIVED,
        effective_at=NOON,
        public={"ori": "MA0130100", "juvenile": None, "images": 10, **public},
        private={"tcn": "TCN-1"} if private is None else private,
    )
