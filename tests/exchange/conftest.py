"""What the tests of this room share: a card of made-up people, and ways to break it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tenprint.exchange.compose import CardImage, compose_booking
from tenprint.exchange.itl import read, write
from tenprint.exchange.records import Field, Record, Transaction
from tenprint.exchange.submission import ChargeText

# The machine that runs the tests may be busy: a slow example is no finding here; tests of speed measure for themselves.
settings.register_profile("exchange", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("exchange")

Card = Callable[..., bytes]


def image(position: int = 2, **changes: Any) -> CardImage:
    facts = {
        "position": position,
        "impression": 1,
        "width": 6,
        "height": 4,
        "ppi": 500,
        "compression": "NONE",
        "data": bytes(range(24)),
    }
    return CardImage(**(facts | changes))


def booking(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "tot": "CAR", "ori": "ZZ0000001", "dai": "ZZFED000Z", "cri": "ZZ0000101", "tcn": "TEST-0000000001", "date": date(2011, 6, 7),
        "retain": True, "name": "EXAMPLE,ALPHA B", "birth_date": date(1980, 2, 29), "birth_place": "MX", "sex": "F", "race": "U",
        "height": "504", "weight": "130", "eyes": "BRO", "hair": "BLK", "arrest_date": date(2011, 6, 6),
        "charges": [ChargeText(date(2011, 6, 5), "DRIVING WITHOUT A LICENSE"), ChargeText(None, "TRESPASS")],
        "images": [image(p) for p in range(2, 11)], "missing": [(1, "UP")],
    }  # fmt: skip
    return compose_booking(**(facts | changes))


def change(data: bytes, tag: str, value: str | None, *, record: int | None = None) -> bytes:
    """The same file with one field set (or, for None, left out) and every LEN made right again."""
    record_type, number = (int(part) for part in tag.split("."))
    transaction = read(data)
    index = record if record is not None else next(i for i, _ in transaction.of_type(record_type))
    changed = []
    for i, old in enumerate(transaction.records):
        if i != index:
            changed.append(old)
            continue
        fields = [f for f in old.fields if f.number != number]
        if value is not None:
            new = Field(f"{record_type}.{number:03d}", number, value.encode())
            fields = sorted([*fields, new], key=lambda f: f.number)
        changed.append(Record(old.type, tuple(fields)))
    return write(Transaction(tuple(changed)))


def raw_replace(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1, (old, data.count(old))
    return data.replace(old, new)


@pytest.fixture(scope="session")
def reference_files(shared: Path) -> list[Path]:
    found = sorted((shared / "exchange" / "nist_itl").rglob("*.an2"))
    if not found:
        pytest.skip("the NIST reference files are not in the shared folder")
    return found


@pytest.fixture(scope="session")
def card() -> Card:
    """Composes a valid booking; keyword arguments replace facts of it."""
    return booking


@pytest.fixture(scope="session")
def picture() -> Callable[..., CardImage]:
    return image


@pytest.fixture(scope="session")
def changed() -> Callable[..., bytes]:
    return change


@pytest.fixture(scope="session")
def replaced() -> Callable[[bytes, bytes, bytes], bytes]:
    return raw_replace
