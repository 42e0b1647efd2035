"""Making a gallery folder: what it is made as, it stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tenprint.errors import GalleryError, UsageError
from tenprint.identify.gallery import durable, manifest
from tenprint.identify.gallery.authority_log import AUTHORITIES
from tenprint.identify.gallery.authority_log import MAGIC as AUTHORITIES_MAGIC
from tenprint.identify.gallery.framed_log import FramedLog
from tenprint.identify.gallery.manifest import MANIFEST, SERVED, STUDY, Manifest
from tenprint.identify.gallery.records import MAGIC, RECORDS
from tenprint.model.protocols import Signer


def found(root: Path, *, repository: str, kind: str, issuers: Mapping[str, bytes], signer: Signer) -> None:
    """Make an empty folder; the manifest comes last, so that a folder half made is not a gallery yet.

    See `Gallery.create`.
    """
    _check_founding(root, repository=repository, kind=kind, issuers=issuers, signer=signer)
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GalleryError(f"{root} can't be made ({error.strerror}). No gallery was made.") from error
    (root / durable.LOCK).touch(mode=0o600)
    with durable.locked(root, exclusive=True):
        if (root / MANIFEST).exists():
            raise UsageError(f"{root} holds a gallery already. Nothing was changed. Open it, or name another folder.")
        FramedLog(root / RECORDS, MAGIC).create()
        FramedLog(root / AUTHORITIES, AUTHORITIES_MAGIC).create()
        stated = Manifest(
            repository=repository,
            kind=kind,
            matcher="",
            extractor="",
            issuers=dict(issuers),
            public_key=signer.public_key,
        )
        manifest.write(root, stated, signer)


def _check_founding(root: Path, *, repository: str, kind: str, issuers: Mapping[str, bytes], signer: Signer) -> None:
    wrong = ""
    if not repository or kind not in {SERVED, STUDY}:
        wrong = f"repository {repository!r} of kind {kind!r}; allowed: a name, and served or study"
    elif not issuers or any(len(key) != 32 for key in issuers.values()):
        wrong = "no issuer, or an issuer's key that is not 32 bytes (raw Ed25519)"
    elif kind == SERVED and signer.public_key in issuers.values():
        wrong = (
            "the repository's own key among the issuers; authorities are another party's to sign [design decision 1]"
        )
    elif kind == SERVED and repository.startswith("study/"):
        wrong = f"the name {repository!r}, which is a study folder's"
    if wrong:
        raise UsageError(f"{root}: {wrong}. No gallery was made.")
