"""The two kinds of entries of the log: commitments, so that an entry alone tells nothing.

An event's entry commits to its public and private half under separate salts: expunging destroys the private half and
its salt only,
and the public half can still be opened. A row's entry commits to one line of a release.
"""

from __future__ import annotations

import hashlib
from typing import Final

EVENT: Final = b"\x01"
"""First byte of an event's entry. Source: design decision 3.4."""

ROW: Final = b"\x02"
"""First byte of a row's entry. Source: design decision 3.4."""

SALT_BYTES: Final = 32
"""Length of each salt, bytes. Source: design decision 3.4."""


def event_entry(s1: bytes, public: bytes, s2: bytes, private: bytes) -> bytes:
    """``0x01 ‖ SHA-256(s1 ‖ public) ‖ SHA-256(s2 ‖ private)``, 65 bytes.

    s1, s2: 32 random bytes each, never equal; public, private: the canonical bytes of the halves.
    Raises ValueError for a salt of another length, or one salt used for both halves.
    """
    _check_salt(s1)
    _check_salt(s2)
    if s1 == s2:
        raise ValueError("one salt was given for both halves; each needs its own, or destroying one destroys nothing")
    return EVENT + hashlib.sha256(s1 + public).digest() + hashlib.sha256(s2 + private).digest()


def row_entry(s3: bytes, row: bytes) -> bytes:
    """``0x02 ‖ SHA-256(s3 ‖ row)``, 33 bytes. s3: 32 random bytes; row: canonical bytes. Raises ValueError for another
    salt length.
    """
    _check_salt(s3)
    return ROW + hashlib.sha256(s3 + row).digest()


def _check_salt(salt: bytes) -> None:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes [design decision 3.4]; this one has {len(salt)}")
