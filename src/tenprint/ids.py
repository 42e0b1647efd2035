"""Random identifiers, one type per noun, so that a case id can't be handed over as a person id.

An id is 128 random bits in hexadecimal. It says nothing about the person, the agency or the order of arrival.
"""

from __future__ import annotations

import secrets
from typing import NewType

SubmissionId = NewType("SubmissionId", str)
CaseId = NewType("CaseId", str)
PersonId = NewType("PersonId", str)
EncounterId = NewType("EncounterId", str)
EventId = NewType("EventId", str)
ObjectId = NewType("ObjectId", str)
KeyId = NewType("KeyId", str)
AuthorityId = NewType("AuthorityId", str)
ActorId = NewType("ActorId", str)
DetainerId = NewType("DetainerId", str)
ClaimId = NewType("ClaimId", str)
TaskId = NewType("TaskId", str)

SALT_BYTES = 32
"""Length of every commitment salt, bytes. Source: design decision 4 (32-byte salts)."""


def fresh() -> str:
    """128 random bits as 32 hexadecimal digits; wrap it in the type of the noun."""
    return secrets.token_hex(16)


def fresh_salt() -> bytes:
    """32 random bytes for one commitment."""
    return secrets.token_bytes(SALT_BYTES)


def fresh_secret() -> str:
    """256 random bits, URL-safe: a credential for an agency or a person. Only its hash is ever stored."""
    return secrets.token_urlsafe(32)
