"""Signed notes and checkpoints as C2SP defines them: the only signatures of the log.

A note is text, an empty line, and signature lines ``— <name> <base64(key id ‖ signature)>``. A checkpoint's text is
three lines:
origin, size, base64 of the root. The key's name is the log's origin, as the checkpoint specification recommends.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenprint.account.ledger.merkle import HASH_BYTES, MOST_LEAVES
from tenprint.errors import CheckpointInvalid
from tenprint.model.protocols import Signer

ED25519: Final = b"\x01"
"""Type byte of an Ed25519 signature. Source: C2SP signed-note, signature types."""

MOST_SIGNATURES: Final = 64
"""Most signature lines that are read. Source: C2SP signed-note asks for at least 16."""

_DASH: Final = "— "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log signed: its origin, how many entries, the root over them (32 bytes), and who signed."""

    origin: str
    size: int
    root: bytes
    signed_by: tuple[str, ...] = ()


def key_id(name: str, public_key: bytes) -> bytes:
    """``SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)``, first 4 bytes (C2SP signed-note)."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """The key as other tools take it: ``name+hexadecimal id+base64(0x01 ‖ public key)``."""
    return f"{name}+{key_id(name, public_key).hex()}+{base64.b64encode(ED25519 + public_key).decode('ascii')}"


def sign_note(text: str, *, name: str, signer: Signer) -> str:
    """``text`` (ending in a newline) with one signature line by ``signer`` under the key name ``name``. Raises
    ValueError.
    """
    check_key_name(name)
    if not text.endswith("\n") or any(ord(c) < 0x20 and c != "\n" for c in text):
        raise ValueError("a note's text ends in a newline and holds no other control character [C2SP signed-note]")
    signature = key_id(name, signer.public_key) + signer.sign(text.encode("utf-8"))
    return f"{text}\n{_DASH}{name} {base64.b64encode(signature).decode('ascii')}\n"


def check_key_name(name: str) -> None:
    """Raise ValueError unless ``name`` may name a key: not empty, no space, no plus (C2SP signed-note)."""
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise ValueError(f"{name!r} can't name a key or log: not empty, no spaces, no plus [C2SP signed-note]")


def open_note(note: str, keys: Mapping[str, bytes]) -> tuple[str, tuple[str, ...]]:
    """The text of a note and the trusted names whose signatures verify.

    keys: name -> raw Ed25519 public key (32 bytes). Signatures of other keys are ignored, as the specification wants; a
    wrong one of
    a trusted key refuses the whole note. Raises CheckpointInvalid.
    """
    text, lines = _parts(note)
    verified: list[str] = []
    for number, line in enumerate(lines):
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space or not name:
            raise CheckpointInvalid(
                f"signature line {number + 1} is not '— <name> <base64>'; the note was not believed"
            )
        try:
            content = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise CheckpointInvalid(
                f"signature line {number + 1} ({name}) is not base64; the note was not believed"
            ) from None
        if base64.b64encode(content).decode("ascii") != encoded:
            raise CheckpointInvalid(
                f"signature line {number + 1} ({name}) is not canonical base64; the note was not believed"
            )
        trusted = keys.get(name)
        if trusted is None or content[:4] != key_id(name, trusted):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(trusted).verify(content[4:], text.encode("utf-8"))
        except (InvalidSignature, ValueError):
            raise CheckpointInvalid(f"the signature of {name} does not verify; the note was not believed") from None
        verified.append(name)
    if not verified:
        raise CheckpointInvalid(
            f"no signature of a trusted key: signed by {', '.join(_names(lines)) or 'nobody'}; trusted: "
            f"{', '.join(sorted(keys)) or 'none'}; "
            "the note was not believed. Compare the key's name with the log's origin and the key with the published "
            "one."
        )
    return text, tuple(verified)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that a checkpoint's signatures cover (C2SP tlog-checkpoint)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode('ascii')}\n"


def verify_note(note: str, keys: Mapping[str, bytes]) -> Checkpoint:
    """The checkpoint in a signed note, believed only under a key of ``keys`` (name -> raw public key). Raises
    CheckpointInvalid.
    """
    text, signed_by = open_note(note, keys)
    found = read_checkpoint(text)
    return Checkpoint(found.origin, found.size, found.root, signed_by)


def read_checkpoint(text: str) -> Checkpoint:
    """The three lines of a checkpoint's text, unverified. Raises CheckpointInvalid for anything but their one right
    spelling.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise CheckpointInvalid(
            f"a checkpoint has three lines, each ended; this text has {len(lines) - 1} [C2SP tlog-checkpoint]"
        )
    try:
        root = base64.b64decode(lines[2], validate=True)
        size = int(lines[1])
    except (binascii.Error, ValueError):
        raise CheckpointInvalid("the size or root of the checkpoint can't be read [C2SP tlog-checkpoint]") from None
    if (
        not lines[0]
        or len(root) != HASH_BYTES
        or not 0 <= size <= MOST_LEAVES
        or checkpoint_text(lines[0], size, root) != text
    ):
        raise CheckpointInvalid(
            "the checkpoint is not in its one right spelling: origin, decimal size, base64 of 32 bytes"
        )
    return Checkpoint(lines[0], size, root)


def _parts(note: str) -> tuple[str, list[str]]:
    if any(ord(c) < 0x20 and c != "\n" for c in note):
        raise CheckpointInvalid("a note holds no control character but the newline [C2SP signed-note]")
    text, empty, signatures = note.rpartition("\n\n")
    if not empty or not signatures.endswith("\n"):
        raise CheckpointInvalid(
            "the note has no signature lines after an empty line [C2SP signed-note]; it was not believed"
        )
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise CheckpointInvalid(f"the note has {len(lines)} signature lines; at most {MOST_SIGNATURES} are read")
    return text + "\n", lines


def _names(lines: list[str]) -> list[str]:
    return [line.removeprefix(_DASH).split(" ")[0] for line in lines]
