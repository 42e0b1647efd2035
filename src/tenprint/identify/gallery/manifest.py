"""manifest.json: what the folder is, whose authorities it accepts, how far its logs had come; signed.

Repository, kind, issuers and keys are fixed when the folder is made: nothing here rewrites them, so a study folder
can't become a served one. What changes is the matcher, the extractor family, and the checkpoint that shows a log cut
short.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenprint.errors import GalleryCorrupt, GalleryError
from tenprint.identify.gallery import durable
from tenprint.model import canonical
from tenprint.model.protocols import Signer

MANIFEST: Final = "manifest.json"
"""Name of the file; a folder without it is not a gallery."""

FORMAT: Final = 1
"""Version of the folder's layout."""

SERVED: Final = "served"
"""A folder that answers authorities of another party's key."""

STUDY: Final = "study"
"""A folder that issues its own authorities, purpose ``study`` only; it can't be opened as a served one."""

DOMAIN: Final = b"tenprint gallery manifest v1\n"
"""What a manifest's signature begins with, so that it can't be taken for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of manifest.json.

    matcher:    `comparing.label` of the matcher that serves the folder; empty before the first opening.
    extractor:  family of extractor whose templates are accepted; empty before the first enrolment.
    issuers:    name of the key -> raw 32-byte Ed25519 public key whose authorities are accepted.
    public_key: the repository's own, under which manifest and authorities.log are signed.
    generation, entries, head: a checkpoint: the gallery's generation, the length of authorities.log and the hash of
    its last entry at the time of writing. The logs may be longer, never shorter.
    """

    repository: str
    kind: str
    matcher: str
    extractor: str
    issuers: Mapping[str, bytes]
    public_key: bytes
    generation: int = 0
    entries: int = 0
    head: str = ""
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """What the repository signs: every field but the signature, in canonical form."""
        return DOMAIN + canonical.encode(
            {
                "format": FORMAT,
                "repository": self.repository,
                "kind": self.kind,
                "matcher": self.matcher,
                "extractor": self.extractor,
                "issuers": dict(self.issuers),
                "public_key": self.public_key,
                "generation": self.generation,
                "entries": self.entries,
                "head": self.head,
            }
        )

    def to_json(self) -> bytes:
        """The file's bytes: one spelling only."""
        return (json.dumps(_document(self), indent=2, sort_keys=True) + "\n").encode("utf-8")

    def verify(self) -> None:
        """Raise GalleryCorrupt unless the repository's own key signed this."""
        if not verified(self.public_key, self.signature, self.signed_bytes()):
            raise GalleryCorrupt(
                f"{MANIFEST}: the repository's signature does not hold. Nothing was searched or written. Restore the "
                "folder."
            )

    def with_changes(self, **changes: Any) -> Manifest:
        """The same folder with another matcher, extractor or checkpoint; raises ValueError on anything else."""
        fixed = set(changes) - {"matcher", "extractor", "generation", "entries", "head"}
        if fixed:
            raise ValueError(f"{', '.join(sorted(fixed))} of a gallery never changes")
        return replace(self, **changes, signature=b"")


def verified(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` is an Ed25519 signature of ``message`` under the raw ``public_key``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def write(root: Path, manifest: Manifest, signer: Signer) -> Manifest:
    """Sign the manifest, put it in place whole, and return it signed. Raises GalleryError for a foreign signer."""
    if signer.public_key != manifest.public_key:
        raise GalleryError(
            f"the manifest of {manifest.repository} can't be signed by the key {signer.name}: it is not that "
            "repository's key. "
            "Nothing was written. Open the folder with the repository's own signer."
        )
    signed = replace(manifest, signature=signer.sign(manifest.signed_bytes()))
    durable.replace_file(root / MANIFEST, signed.to_json())
    return signed


def read(content: bytes) -> Manifest:
    """The manifest in these bytes, its signature verified.

    Raises GalleryCorrupt; also when the spelling is not our own.
    """
    try:
        found = json.loads(content.decode("utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r}; this build reads {FORMAT}")
        manifest = Manifest(
            repository=str(found["repository"]),
            kind=str(found["kind"]),
            matcher=str(found["matcher"]),
            extractor=str(found["extractor"]),
            issuers={str(n): _raw(k) for n, k in found["issuers"].items()},
            public_key=_raw(found["public_key"]),
            generation=int(found["generation"]),
            entries=int(found["entries"]),
            head=str(found["head"]),
            signature=_raw(found["signature"]),
        )
        if manifest.kind not in {SERVED, STUDY} or manifest.to_json() != content:
            raise ValueError("the bytes are not those that were signed")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GalleryCorrupt(
            f"{MANIFEST} can't be read: {error}. Nothing was searched or written. Restore the folder."
        ) from error
    manifest.verify()
    return manifest


def load(root: Path) -> bytes:
    """The bytes of the folder's manifest. Raises GalleryError when there is none."""
    try:
        return (root / MANIFEST).read_bytes()
    except OSError as error:
        raise GalleryError(
            f"{root} holds no readable {MANIFEST} ({error.strerror}): it is not a gallery folder."
        ) from error


def _document(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "repository": manifest.repository,
        "kind": manifest.kind,
        "matcher": manifest.matcher,
        "extractor": manifest.extractor,
        "issuers": {name: _text(key) for name, key in manifest.issuers.items()},
        "public_key": _text(manifest.public_key),
        "generation": manifest.generation,
        "entries": manifest.entries,
        "head": manifest.head,
        "signature": _text(manifest.signature),
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
