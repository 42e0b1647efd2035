"""Parties that sign outside the house: their keys and signatures, as OpenSSL and OpenSSH write them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from casestory import Story
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenprint.model import events
from tenprint.model.party_signatures import message, ssh_string
from tenprint.workflow import participation as records
from tenprint.workflow import party_keys, signing
from tenprint.workflow.people import Actor
from tenprint.workflow.signing import Draft

TODAY, TOMORROW = date(2011, 6, 7), date(2011, 6, 8)
PAPER = b"%PDF-1.4 a memorandum drawn up for this test"

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


class Table:
    """New York and the federal agency before one memorandum: New York holds its key alone, the agency signs inside."""

    def __init__(self, programme, folder: Path) -> None:
        self.story = Story(programme)
        self.house, self.clock = programme.house, programme.clock
        self.clerk: Actor = programme.staff("programme-authority")
        self.federal: Actor = programme.staff("programme-authority")
        self.programme = programme
        self.folder = folder
        self.state = Outsider.new(folder / "ny")

    def register(self, party: str = "state:NY", who: Outsider | None = None, since: date = TODAY) -> object:
        return party_keys.register_key(self.house, party, (who or self.state).public_key, since=since, document="a letter with the key",
                                       source="the letter itself", by=self.clerk)  # fmt: skip

    def revoke(self, until: date) -> object:
        (key, *_) = party_keys.party_keys(self.house)
        return party_keys.revoke_key(
            self.house, key.fingerprint, until=until, document="a letter", source="the letter itself", by=self.clerk
        )

    def draft(self, **changed: object) -> Draft:
        done = signing.draft_document(self.house, NEW_YORK_SIGNS | changed, by=self.clerk, content=PAPER)
        assert isinstance(done, Draft), done
        return done

    def inside(self, draft: Draft, party: str = "nation:US", by: Actor | None = None) -> object:
        return signing.sign_inside(self.house, draft.id, party_name=party, by=by or self.federal)

    def outside(
        self,
        draft: Draft,
        *,
        text: bytes | None = None,
        who: Outsider | None = None,
        party: str = "state:NY",
        form: str = "ed25519",
    ) -> object:
        who = who or self.state
        signature = who.sign(draft.text if text is None else text, form)
        return signing.sign_outside(
            self.house, draft.id, party_name=party, signature=signature, public_key=who.public_key, by=self.clerk
        )

    def logged(self) -> int:
        with self.house.store.reader() as reader:
            return sum(1 for _ in reader.events(stream=events.PARTICIPATION))

    def consent(self, on: date = date(2011, 6, 8)) -> str | None:
        return records.history_of(self.house).consent("NY", on).status
