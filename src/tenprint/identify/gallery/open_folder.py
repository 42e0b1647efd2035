"""A gallery folder as one process has it open: its lock, its manifest, and the mirrors of its two logs.

Order of locks: first the mutex between threads, then the folder's lock between processes. All fields are written under
the mutex only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tenprint.errors import GalleryCorrupt, GalleryError, TemplateInvalid
from tenprint.identify.gallery import compaction, durable, manifest
from tenprint.identify.gallery.authority_log import AuthorityLog
from tenprint.identify.gallery.comparing import Comparing, label
from tenprint.identify.gallery.holdings import Holdings
from tenprint.identify.gallery.manifest import MANIFEST, Manifest
from tenprint.identify.gallery.records import RECORDS
from tenprint.model.protocols import Sealer, Signer


class OpenFolder:
    """What `Gallery` works on.

    comparing: searches that read prepared templates now. closed: nothing is read or written any more.
    """

    def __init__(self, root: Path, *, sealer: Sealer, signer: Signer, matcher: Comparing, content: bytes) -> None:
        self.root = root
        self.signer = signer
        self.matcher_version = label(matcher)
        self.mutex = threading.Condition(threading.RLock())
        self.comparing = 0
        self.closed = False
        self.manifest, self._content = manifest.read(content), content
        self.holdings = Holdings(root, repository=self.manifest.repository, sealer=sealer, matcher=matcher)
        self.log = AuthorityLog(root, self.manifest)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A consistent state, up to date, under the shared lock. Raises GalleryError, GalleryBusy, GalleryCorrupt."""
        with self.mutex:
            self._check_open()
            with durable.locked(self.root, exclusive=False):
                self._refresh()
                yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Leave to write, up to date, with what a killed process left finished. Raises as `reading`."""
        with self.mutex:
            self._check_open()
            with durable.locked(self.root, exclusive=True):
                self._recover()
                yield

    def _check_open(self) -> None:
        if self.closed:
            raise GalleryError(
                f"the gallery {self.manifest.repository} is closed. Nothing was searched or written. Open it again."
            )

    def _refresh(self) -> None:
        content = manifest.load(self.root)
        if content != self._content:
            self._adopt(manifest.read(content), content)
        if self.manifest.matcher != self.matcher_version:
            raise GalleryError(
                f"{self.manifest.repository} is now served with the matcher {self.manifest.matcher}; this process has "
                f"{self.matcher_version}. Nothing was searched or written. Open the folder again with that matcher."
            )
        self.holdings.refresh()
        self.log.refresh()
        if self.comparing == 0:
            self.holdings.wipe()

    def _adopt(self, stated: Manifest, content: bytes) -> None:
        """Take a manifest that another process wrote; what never changes must be as it was."""
        if replace(stated, **_changing(self.manifest)) != self.manifest:
            raise GalleryCorrupt(
                f"{MANIFEST} now names another repository, kind, issuer or key. Nothing was searched or written."
            )
        self.manifest, self._content, self.log.manifest = stated, content, stated

    def _recover(self) -> None:
        """Under the exclusive lock: read what is new; drop or finish what a killed process left."""
        compaction.tidy(self.root)
        self._refresh()
        self.holdings.file.drop_tail(end=self.holdings.end)
        self.log.file.drop_tail(end=self.log.end)
        if self.holdings.unfinished:
            compaction.compact(self.root, repository=self.manifest.repository)
            self.holdings.refresh()
            self.write_checkpoint()

    def take_over(self) -> None:
        """First reading, under the exclusive lock: check against the manifest's checkpoint, and name the matcher."""
        compaction.tidy(self.root)
        content = manifest.load(self.root)
        self._adopt(manifest.read(content), content)
        self.log.refresh()
        if self.log.entries < self.manifest.entries:
            self.log.verified()
        self.holdings.refresh()
        if self.holdings.generation < self.manifest.generation:
            raise GalleryCorrupt(
                f"{RECORDS} ends at generation {self.holdings.generation}; the manifest was signed at "
                f"{self.manifest.generation}. Acknowledged records are missing. Nothing was opened. "
                "Restore the folder from its cold copy."
            )
        if self.manifest.matcher != self.matcher_version:
            self._write_manifest(matcher=self.matcher_version)
        self._recover()

    def write_checkpoint(self) -> None:
        """Sign in the manifest how far the logs have come; under the exclusive lock."""
        now = {"generation": self.holdings.generation, "entries": self.log.entries, "head": self.log.head.hex()}
        if any(getattr(self.manifest, name) != value for name, value in now.items()):
            self._write_manifest(**now)

    def _write_manifest(self, **changes: Any) -> None:
        stated = manifest.write(self.root, self.manifest.with_changes(**changes), self.signer)
        self.manifest, self._content, self.log.manifest = stated, stated.to_json(), stated

    def check_family(self, family: str | None) -> None:
        """Raise TemplateInvalid for a template of another extractor family; None (no minutiae) passes."""
        accepted = self.manifest.extractor
        if family is not None and accepted not in {"", family}:
            raise TemplateInvalid(
                f"{self.manifest.repository}: a template of the extractor {family}; this gallery holds {accepted}, and "
                "their minutiae are not compared. Nothing was enrolled or searched. Extract the images again with it."
            )

    def accept_family(self, family: str) -> None:
        """As `check_family`; the first enrolment fixes the family. Under the exclusive lock."""
        self.check_family(family)
        if self.manifest.extractor != family:
            self._write_manifest(extractor=family)


def _changing(stated: Manifest) -> dict[str, Any]:
    return {
        name: getattr(stated, name) for name in ("matcher", "extractor", "generation", "entries", "head", "signature")
    }
