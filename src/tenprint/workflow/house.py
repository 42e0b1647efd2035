"""The parts a running programme is made of, composed by `wiring` and handed to every use case."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tenprint.account.ledger.log import Log
from tenprint.clock import Clock
from tenprint.errors import UsageError
from tenprint.identify.gallery.gallery import Gallery
from tenprint.ids import ActorId
from tenprint.infra.access.table import Actor
from tenprint.infra.store.store import Store
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing
from tenprint.model.protocols import Extractor
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.policy.programme import Programme

SYSTEM: Final = Actor(id=ActorId("system"), kind="system", roles=("system",), oris=("*",), label="tenprint itself")
"""Who acts when no person does: steps of the main job, clocks, publication. It holds no role that decides about anyone."""

CRIMINAL: Final = "criminal"
"""Name of the criminal repository."""

IMMIGRATION: Final = "immigration"
"""Name of the immigration repository: only CAR and CNA ever open it, and no booking ever enrols in it."""

GATE_KEY: Final = "gate"
"""Name of the key that signs search authorities; another party's than any repository's."""

LOG_KEY: Final = "log"
"""Name of the key that signs checkpoints and promises."""

STATISTICS_KEY: Final = "statistics"
"""Name of the key that signs release statements."""


@dataclass(slots=True)
class House:
    """Everything a use case may need. ``clock`` is the programme's time; ``real_clock`` signs checkpoints.

    in_use: a file under a shared lock for as long as the house is open. history_read: the participation documents as
    last read, with the version of their stream; `workflow.participation` keeps it.
    """

    root: Path
    clock: Clock
    real_clock: Clock
    store: Store
    vault: FileVault
    keys: KeyRing
    programme: Programme
    galleries: Mapping[str, Gallery]
    extractor: Callable[[], Extractor]
    origin: str
    code_version: str
    in_use: IO[str]
    history_read: tuple[int, ParticipationHistory] | None = None

    @property
    def ledger_root(self) -> Path:
        """Folder of the log's tiles, entries and checkpoint."""
        return self.root / "ledger"

    @property
    def releases_root(self) -> Path:
        """Folder of the published statistics."""
        return self.root / "releases"

    @contextmanager
    def log(self) -> Iterator[Log]:
        """The log, opened for writing under a lock that holds between processes (server and commands)."""
        self.ledger_root.mkdir(parents=True, exist_ok=True)
        with (self.root / "ledger.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Log.open(self.ledger_root, signer=self.keys.signer(LOG_KEY))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process has this data directory open. Raises UsageError when one has."""
        try:
            fcntl.flock(self.in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self.in_use, fcntl.LOCK_SH)
            raise UsageError(
                "another process uses this data directory, and what it is about to record can't be told from what a crash left; "
                "nothing was swept. Stop it first."
            ) from None
        try:
            yield
        finally:
            fcntl.flock(self.in_use, fcntl.LOCK_SH)

    def close(self) -> None:
        """Close the store and the galleries."""
        for gallery in self.galleries.values():
            gallery.close()
        self.store.close()
        self.in_use.close()
