"""The front door for notebooks: read a transaction, extract, compare, search a folder of one's own under an authority.

A study folder is its own issuer, of purpose ``study``; it can't be attached to a served repository, and no served
repository can be opened from here (design decision 1). A score says how alike prints are, never who someone is.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tenprint.clock import SystemClock
from tenprint.errors import GalleryError, TenprintError
from tenprint.exchange.submission import Booking, read_booking
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.choice import extractor as extractor_named
from tenprint.identify.extract.tenprints import extract_tenprint
from tenprint.identify.gallery.gallery import CandidateList, Gallery
from tenprint.identify.gallery.manifest import MANIFEST
from tenprint.identify.match.mcc import Comparison, Matcher
from tenprint.ids import EncounterId, KeyId, PersonId, fresh
from tenprint.infra.vault.files import FileVault
from tenprint.model.authority import SearchAuthority
from tenprint.model.prints import GreyImage, TenprintTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import Ppi
from tenprint.workflow.slaps import decode_all

__all__ = ["Ppi", "StudyGallery", "compare", "extract", "open_gallery", "read_image", "read_transaction"]


def read_transaction(source: bytes | str | Path) -> Booking:
    """One booking (CAR, CNA …) from an EBTS file or its bytes, checked against its edition; images stay compressed.

    Raises ExchangeError naming record and field, OSError for a file that can't be read.
    """
    return read_booking(source if isinstance(source, bytes) else Path(source).read_bytes())


def read_image(path: str | Path, *, ppi: float | Ppi) -> GreyImage:
    """One finger's TIFF, PNG, PGM or BMP as grey pixels, scanned at ``ppi`` (100 to 4000); tags in the file are ignored.

    Raises ImageUnreadable, ImageTooLarge; ValueError for a resolution outside that range.
    """
    return read_image_file(Path(path), ppi if isinstance(ppi, Ppi) else Ppi(ppi))


def extract(prints: Booking | Mapping[int, GreyImage], *, extractor: str = "leader") -> TenprintTemplate:
    """The minutiae of a transaction's images, or of grey images by finger position (1 right thumb … 10 left little).

    A finger that gives nothing is left out: a missing finger is no evidence, so look at ``positions``. extractor:
    ``leader``, ``mindtct`` or ``leader-onnx``. Raises ModelMissing with what to run, and the errors of decoding.
    """
    images = prints if isinstance(prints, Mapping) else decode_all(prints)
    template, _ = extract_tenprint(images, _extractor(extractor), workers=max(1, os.cpu_count() or 1))
    return template


def compare(a: TenprintTemplate, b: TenprintTemplate) -> Comparison:
    """How alike two sets of prints are, finger by finger and fused: ``score``, ``fingers``, ``supporting``; the same both ways.

    score: hundredths of a decade of bounded likelihood ratio, 0 or more. It identifies nobody: an examiner does.
    """
    matcher = _matcher()
    return matcher.compare(matcher.prepare(a), matcher.prepare(b))


class StudyGallery:
    """A folder of one's own that can be searched. Use as a context manager, or `close` it. Made by `open_gallery`."""

    def __init__(self, root: Path) -> None:
        if (root / MANIFEST).exists() or (root / "tenprint.db").exists():
            raise GalleryError(
                f"{root} belongs to a served programme. Allowed: a folder of your own [design decision 1]. Nothing was opened."
            )
        self._vault = FileVault(root / "objects", root / "keys")
        self._gallery = Gallery.study(root / "gallery" / root.name, sealer=self._vault, matcher=_matcher())

    def enroll(self, template: TenprintTemplate, *, person: str | None = None) -> PersonId:
        """Add one encounter under a key of its own; a person who is not given is a new one. Returns the person's id.

        Raises TemplateInvalid without minutiae or from another extractor, PersonUnknown for someone who was expunged.
        """
        whom = PersonId(person or fresh())
        encounter = EncounterId(fresh())
        key = KeyId(encounter)
        self._vault.create_key(key)
        try:
            self._gallery.enroll(whom, encounter, template, key=key)
        except TenprintError:
            self._vault.destroy_key(key)  # it covers nothing
            raise
        return whom

    def authority(self, reason: str) -> SearchAuthority:
        """Leave to search this folder once; the reason goes into what is signed."""
        return self._gallery.study_authority(reason, at=SystemClock().now())

    def search(self, probe: TenprintTemplate, authority: SearchAuthority, *, limit: int = 20) -> CandidateList:
        """The best ``limit`` candidates, each with score and zone, for an examiner to look at; spends the authority.

        Raises AuthorityRefused for one that is spent, or of another folder.
        """
        at = SystemClock().now()
        found = self._gallery.search(probe, authority, at=at, limit=limit)
        self._gallery.settle(authority.id, at=at)
        return found

    def expunge(self, person: str) -> None:
        """Remove a person and destroy the keys of their encounters. Raises PersonUnknown for someone who was never here."""
        before = set(self._gallery.encounters())
        self._gallery.expunge(PersonId(person))
        for encounter in before - set(self._gallery.encounters()):
            self._vault.destroy_key(KeyId(encounter))

    def __len__(self) -> int:
        return len(self._gallery)

    def close(self) -> None:
        """Drop all templates from memory. Twice does nothing."""
        self._gallery.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_gallery(folder: str | Path) -> StudyGallery:
    """Open a study folder, made on the first call; keys, sealed templates and the log of searches lie in it.

    Raises GalleryError for the folder of a served repository or programme.
    """
    return StudyGallery(Path(folder).resolve())


@functools.cache
def _matcher() -> Matcher:
    return Matcher()


@functools.cache
def _extractor(name: str) -> Extractor:
    return extractor_named(name)
