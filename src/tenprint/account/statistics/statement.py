"""The signed statement of a release: an in-toto Statement in a DSSE envelope, Ed25519.

The envelope has one right spelling, so that no byte of it can be changed unseen.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenprint.errors import ReleaseInvalid
from tenprint.model.protocols import Signer

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
"""Type of the statement. Source: in-toto attestation framework, Statement v1."""

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
"""Payload type of the envelope. Source: in-toto attestation framework, envelope layer."""

PREDICATE_TYPE: Final = "urn:tenprint:statistics-release:1"
"""What the predicate is: this project's description of a monthly release, version 1."""


def to_json(content: Any) -> bytes:
    """The one spelling of JSON in a release: keys sorted, two blanks, UTF-8, ended by a newline."""
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def from_json(content: bytes, *, where: str) -> Any:
    """Read what `to_json` wrote. Raises ReleaseInvalid, naming the file and place, for anything else."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ReleaseInvalid(f"{where}: not JSON: {error}") from None
    again = to_json(value)
    if again != content:
        at = next(
            (i for i, (a, b) in enumerate(zip(again, content, strict=False)) if a != b), min(len(again), len(content))
        )
        raise ReleaseInvalid(f"{where}: byte {at}: not in the one spelling that a release has")
    return value


def pre_authentication(payload: bytes, *, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The bytes that an envelope's signature covers (DSSE v1, PAE)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign_statement(
    subjects: Mapping[str, str], predicate: Mapping[str, Any], *, signer: Signer, kind: str = PREDICATE_TYPE
) -> bytes:
    """The envelope's bytes. subjects: file name -> SHA-256 in hexadecimal. kind: type of the predicate."""
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)],
        "predicateType": kind,
        "predicate": dict(predicate),
    }
    payload = to_json(statement)
    signature = signer.sign(pre_authentication(payload))
    return to_json(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode("ascii"),
            "signatures": [{"keyid": signer.name, "sig": base64.b64encode(signature).decode("ascii")}],
        }
    )


def open_statement(
    envelope: bytes, *, keys: Mapping[str, bytes], where: str = "statement.json", kind: str = PREDICATE_TYPE
) -> tuple[dict[str, str], dict[str, Any], str]:
    """Subjects (file name -> SHA-256), predicate and the trusted signer's name. keys: name -> raw public key.

    Raises ReleaseInvalid when no trusted key signed it, or it is not in its one spelling.
    """
    outer = from_json(envelope, where=where)
    try:
        if (
            set(outer) != {"payloadType", "payload", "signatures"}
            or outer["payloadType"] != PAYLOAD_TYPE
            or len(outer["signatures"]) != 1
        ):
            raise ReleaseInvalid(f"{where}: not an envelope of one signature over {PAYLOAD_TYPE}")
        payload = _decoded(outer["payload"], where=where)
        name = outer["signatures"][0]["keyid"]
        signature = _decoded(outer["signatures"][0]["sig"], where=where)
        if set(outer["signatures"][0]) != {"keyid", "sig"}:
            raise ReleaseInvalid(f"{where}: a signature has keyid and sig, nothing else")
    except (KeyError, TypeError, IndexError):
        raise ReleaseInvalid(f"{where}: not a DSSE envelope") from None
    trusted = keys.get(name)
    if trusted is None:
        raise ReleaseInvalid(
            f"{where}: signed by {name!r}; trusted: {', '.join(sorted(keys)) or 'none'}; it was not believed"
        )
    try:
        Ed25519PublicKey.from_public_bytes(trusted).verify(signature, pre_authentication(payload))
    except (InvalidSignature, ValueError):
        raise ReleaseInvalid(f"{where}: the signature of {name} does not verify; it was not believed") from None
    statement = from_json(payload, where=f"{where} (payload)")
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != kind:
        what = "a statistics release" if kind == PREDICATE_TYPE else kind
        raise ReleaseInvalid(f"{where}: signed, but no statement of {what}")
    return {s["name"]: s["digest"]["sha256"] for s in statement["subject"]}, dict(statement["predicate"]), name


def _decoded(text: str, *, where: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ReleaseInvalid(f"{where}: not base64 [RFC 4648 section 4]") from None
    if base64.b64encode(content).decode("ascii") != text:
        raise ReleaseInvalid(f"{where}: not canonical base64 [RFC 4648 section 4]")
    return content
