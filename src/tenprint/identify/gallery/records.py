"""The records of records.log: who is held, sealed; who was expunged, without a name.

Three kinds. ``enrol``: an encounter of a person, its template sealed under the encounter's key. ``expunge``: the
decision to remove a person; it names them until the compaction that follows at once. ``expunged``: what is left: a
digest of the person's random id, so that a repeated order gets its receipt again and the id is never used again.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from tenprint.errors import GalleryCorrupt, TemplateInvalid
from tenprint.identify.gallery.fields import field, read_map
from tenprint.ids import EncounterId, KeyId, PersonId
from tenprint.model import canonical
from tenprint.model.prints import TenprintTemplate

RECORDS: Final = "records.log"
"""Name of the file."""

MAGIC: Final = b"TPRECORD"
"""First eight bytes of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """One encounter. sealed: what `payload` gave, under ``key``; generation: of the gallery with this record."""

    person: PersonId
    encounter: EncounterId
    key: KeyId
    sealed: bytes
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expunge:
    """The decision to remove a person, or one encounter of theirs; stands only until the compaction."""

    person: PersonId
    generation: int
    encounter: EncounterId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expunged:
    """What is left of a person: the digest of `subject_of`, and how many encounters were overwritten."""

    subject: str
    encounters: int
    generation: int


Record = Enrol | Expunge | Expunged


def subject_of(repository: str, person: PersonId) -> str:
    """SHA-256, in hexadecimal, of the repository and the person's random id: says nothing to whoever has not the id."""
    return hashlib.sha256(canonical.encode(["tenprint expunged v1", repository, person])).hexdigest()


def to_body(record: Record) -> bytes:
    """The canonical bytes of a record, its kind inside."""
    common: dict[str, canonical.Value] = {"generation": record.generation}
    if isinstance(record, Enrol):
        return canonical.encode(
            {
                **common,
                "kind": "enrol",
                "person": record.person,
                "encounter": record.encounter,
                "key": record.key,
                "sealed": record.sealed,
            }
        )
    if isinstance(record, Expunge):
        only = {} if record.encounter is None else {"encounter": record.encounter}
        return canonical.encode({**common, "kind": "expunge", "person": record.person, **only})
    return canonical.encode({**common, "kind": "expunged", "subject": record.subject, "encounters": record.encounters})


def from_body(body: bytes, *, at: int) -> Record:
    """The inverse of `to_body`; ``at`` is the frame's offset, for the message. Raises GalleryCorrupt."""
    try:
        found = read_map(body)
        kind, generation = field(found, "kind", str), field(found, "generation", int)
        if kind == "enrol":
            return Enrol(
                person=PersonId(field(found, "person", str)),
                encounter=EncounterId(field(found, "encounter", str)),
                key=KeyId(field(found, "key", str)),
                sealed=field(found, "sealed", bytes),
                generation=generation,
            )
        if kind == "expunge":
            return Expunge(
                person=PersonId(field(found, "person", str)),
                generation=generation,
                encounter=EncounterId(field(found, "encounter", str)) if "encounter" in found else None,
            )
        if kind == "expunged":
            return Expunged(
                subject=field(found, "subject", str), encounters=field(found, "encounters", int), generation=generation
            )
        raise ValueError(f"kind {kind!r}; known: enrol, expunge, expunged")
    except ValueError as error:
        raise GalleryCorrupt(f"{RECORDS}, byte {at}: {error}. Nothing was searched or written.") from error


def payload(template: TenprintTemplate, *, repository: str, person: PersonId, encounter: EncounterId) -> bytes:
    """What is sealed: the template with the ids it belongs to, so that it can't be put under another name."""
    belongs = canonical.encode(["tenprint enrolled template v1", repository, person, encounter])
    return struct.pack(">I", len(belongs)) + belongs + template.to_bytes()


def template_of(opened: bytes, *, repository: str, person: PersonId, encounter: EncounterId) -> TenprintTemplate:
    """The inverse of `payload`. GalleryCorrupt when it was sealed for another person, encounter or place."""
    belongs = canonical.encode(["tenprint enrolled template v1", repository, person, encounter])
    head = struct.pack(">I", len(belongs)) + belongs
    if not opened.startswith(head):
        raise GalleryCorrupt(
            f"{RECORDS}: what is sealed for encounter {encounter} belongs to another person, encounter or repository. "
            "Nothing was searched or written. Restore the folder from its cold copy."
        )
    try:
        return TenprintTemplate.from_bytes(opened[len(head) :])
    except TemplateInvalid as error:
        raise GalleryCorrupt(f"{RECORDS}: the template of encounter {encounter} is damaged: {error}") from error
