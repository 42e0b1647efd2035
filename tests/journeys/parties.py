"""Parties that sign outside the house: their keys and signatures, as OpenSSL and OpenSSH write them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenprint.model.party_signatures import message, ssh_string

NEW_YORK_SIGNS = {
    "record": "consent", "scope": "state:NY", "status": "SIGNED", "basis": None, "in_force_from": "2011-06-08", "in_force_until": None,
    "authority_claimed": "8 USC 1226", "claimed_by": "the state", "document": "a memorandum drawn up for this test",
    "source": "the memorandum itself", "evidence": "primary",
}  # fmt: skip


@dataclass(frozen=True)
class Outsider:
    """A party with a key that it alone holds. folder: where its files lie."""

    folder: Path
    private: Ed25519PrivateKey

    @classmethod
    def new(cls, folder: Path) -> Outsider:
        folder.mkdir()
        found = cls(folder, Ed25519PrivateKey.generate())
        found.public_key.write_bytes(
            found.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        return found

    @property
    def public_key(self) -> Path:
        return self.folder / "key.pub.pem"

    def sign(self, text: bytes, form: str = "ed25519") -> Path:
        """A detached signature: raw, or in OpenSSH's armour."""
        made = self.private.sign(message(form, text))
        path = self.folder / "signature"
        if form == "ed25519":
            path.write_bytes(made)
            return path
        key = ssh_string(b"ssh-ed25519") + ssh_string(
            self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        )
        parts = (
            key,
            b"tenprint-participation",
            b"",
            form.removeprefix("sshsig-").encode(),
            ssh_string(b"ssh-ed25519") + ssh_string(made),
        )
        blob = b"SSHSIG" + b"\0\0\0\1" + b"".join(ssh_string(part) for part in parts)
        path.write_bytes(
            b"-----BEGIN SSH SIGNATURE-----\n" + base64.encodebytes(blob) + b"-----END SSH SIGNATURE-----\n"
        )
        return path
