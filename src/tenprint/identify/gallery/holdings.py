"""Who is held, in memory: the mirror of records.log, and the prepared templates that are searched.

Not thread-safe: the gallery's mutex guards it. Plain templates are here for the moment of preparation only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenprint.errors import GalleryCorrupt, KeyDestroyed, KeySealed, ObjectDamaged
from tenprint.identify.gallery.comparing import Comparing
from tenprint.identify.gallery.framed_log import FILE_HEADER, Frame, FramedLog
from tenprint.identify.gallery.records import (
    MAGIC,
    RECORDS,
    Enrol,
    Expunge,
    Expunged,
    from_body,
    subject_of,
    template_of,
)
from tenprint.ids import EncounterId, KeyId, PersonId
from tenprint.model.protocols import Sealer


@dataclass(slots=True)
class Held:
    """One enrolled encounter. prepared: what the matcher compares, None once the key is destroyed."""

    person: PersonId
    key: KeyId
    prepared: Any


class Holdings:
    """The state of one folder's records, as far as it was read.

    generation: of the last record read. unfinished: persons whose expungement was decided and whose bytes are still
    in the file. Prepared templates that are dropped wait in ``_leaving`` until no comparison can be reading them: see
    `wipe`.
    """

    def __init__(self, root: Path, *, repository: str, sealer: Sealer, matcher: Comparing) -> None:
        self.repository = repository
        self.sealer = sealer
        self.matcher = matcher
        self.file = FramedLog(root / RECORDS, MAGIC)
        self.generation = 0
        self.end = FILE_HEADER.size
        self.unfinished: set[PersonId] = set()
        self.expunged: dict[str, Expunged] = {}
        self._epoch = -1
        self._held: dict[EncounterId, Held] = {}
        self._leaving: list[Any] = []

    def refresh(self) -> None:
        """Take in what was appended since; everything, when the file was compacted. Raises GalleryCorrupt."""
        epoch = self.file.epoch
        if epoch != self._epoch:
            self._read_anew(epoch)
            return
        for frame in self.file.frames(self.end):
            self._apply(frame, self._held, known={})
            self.end = frame.end

    def admit(self, record: Enrol, *, end: int, prepared: Any) -> None:
        """Take in a record that this process has just written at the end of the file."""
        self._held[record.encounter] = Held(record.person, record.key, prepared)
        self.generation, self.end = record.generation, end

    def live(self) -> list[tuple[EncounterId, Held]]:
        """The encounters that can be searched."""
        return [(encounter, held) for encounter, held in self._held.items() if held.prepared is not None]

    def holder(self, encounter: EncounterId) -> PersonId | None:
        """Under whom an encounter is on disk, its key destroyed or not; None when it is not."""
        held = self._held.get(encounter)
        return held.person if held else None

    def still_live(self, encounter: EncounterId) -> bool:
        """Whether an encounter can be returned now; one whose key was destroyed in the meantime is dropped at once."""
        held = self._held.get(encounter)
        if held is None or held.prepared is None:
            return False
        if self.sealer.is_destroyed(held.key) or self.sealer.is_held_back(held.key):
            self._drop(held)
            return False
        return True

    def encounters_of(self, person: PersonId) -> list[EncounterId]:
        """The person's encounters on disk."""
        return [encounter for encounter, held in self._held.items() if held.person == person]

    def forget(self) -> None:
        """Drop all prepared templates; the next refresh reads everything anew."""
        for held in self._held.values():
            self._drop(held)
        self._held = {}
        self._epoch, self.end = -1, FILE_HEADER.size

    def _read_anew(self, epoch: int) -> None:
        known, held = self._held, dict[EncounterId, Held]()
        for old in known.values():
            if old.prepared is not None and self.sealer.is_held_back(old.key):
                self._drop(old)
        before = (self.unfinished, self.expunged, self.generation)
        self.unfinished, self.expunged, self.generation = set(), {}, 0
        end = FILE_HEADER.size
        try:
            for frame in self.file.frames():
                self._apply(frame, held, known=known)
                end = frame.end
        except BaseException:
            self.unfinished, self.expunged, self.generation = before
            raise
        for encounter, gone in known.items():
            if encounter not in held:
                self._drop(gone)
        self._held, self._epoch, self.end = held, epoch, end

    def _apply(self, frame: Frame, held: dict[EncounterId, Held], *, known: dict[EncounterId, Held]) -> None:
        record = from_body(frame.body, at=frame.start)
        if record.generation <= self.generation and not isinstance(record, Expunged):
            raise GalleryCorrupt(
                f"{RECORDS}, byte {frame.start}: generation {record.generation} after {self.generation}; records "
                "were moved or put "
                "in. Nothing was searched or written. Restore the folder from its cold copy."
            )
        if isinstance(record, Enrol):
            old = known.get(record.encounter)
            prepared = (
                old.prepared
                if old and old.person == record.person and old.prepared is not None
                else self._prepare(record)
            )
            held[record.encounter] = Held(record.person, record.key, prepared)
        elif isinstance(record, Expunge):
            self.unfinished.add(record.person)
            gone = [e for e, h in held.items() if h.person == record.person and record.encounter in {None, e}]
            for encounter in gone:
                self._drop(held.pop(encounter))
        else:
            self.expunged[record.subject] = record
        self.generation = max(self.generation, record.generation)

    def _prepare(self, record: Enrol) -> Any:
        """What the matcher compares; None when the key is destroyed or held back (expunged or sealed), which is no error."""
        if self.sealer.is_held_back(record.key):
            return None
        try:
            opened = self.sealer.open_bytes(record.key, record.sealed)
        except (KeyDestroyed, KeySealed):
            return None
        except ObjectDamaged as error:
            raise GalleryCorrupt(
                f"{RECORDS}: the template of encounter {record.encounter} does not open under its key. Nothing was "
                "searched or "
                "written. Restore the folder from its cold copy."
            ) from error
        template = template_of(opened, repository=self.repository, person=record.person, encounter=record.encounter)
        return self.matcher.prepare(template)

    def was_expunged(self, person: PersonId) -> Expunged | None:
        """What is left of a person who was expunged here; None for anyone else."""
        return self.expunged.get(subject_of(self.repository, person))

    def wipe(self) -> None:
        """Overwrite, where their matcher can, and let go of all that was dropped. Only while no comparison runs."""
        for prepared in self._leaving:
            overwrite: Callable[[], None] | None = getattr(prepared, "wipe", None)
            if overwrite is not None:
                overwrite()
        self._leaving = []

    def _drop(self, held: Held) -> None:
        if held.prepared is not None:
            self._leaving.append(held.prepared)
        held.prepared = None
