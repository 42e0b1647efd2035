"""What the tests of the account may ask for: a key that signs, and an instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOON = datetime(2011, 6, 7, 12, tzinfo=UTC)


@dataclass
class Key:
    """A signer in memory."""

    name: str
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public_key(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


@pytest.fixture
def log_key() -> Key:
    return Key("log")


@pytest.fixture
def statistics_key() -> Key:
    return Key("statistics")


@pytest.fixture
def noon() -> datetime:
    return NOON
