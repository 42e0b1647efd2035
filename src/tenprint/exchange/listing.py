"""Any ITL file as a list that a person or a machine can read: records, fields, images, faults and warnings.

Who somebody is stays hidden unless it is asked for: the listing says how long a value is, not what it is.
"""

from __future__ import annotations

from typing import Any, Final

from tenprint.errors import ExchangeError
from tenprint.exchange.check import findings, require_booking
from tenprint.exchange.edition import PERSONAL_FIELDS, rules_of
from tenprint.exchange.records import BINARY_IMAGE_TYPES, DATA_FIELD, Field, Record, Transaction
from tenprint.exchange.relations import COMPRESSIONS
from tenprint.exchange.submission import images_of

LONGEST_SHOWN: Final = 200
"""Longest value that is listed, characters. Set by: a listing is read on a screen; the file keeps the rest."""

_SEPARATORS: Final = {"\x1e": " | ", "\x1f": " · "}


def describe(transaction: Transaction, *, edition: str = "9.1", show_person: bool = False) -> dict[str, Any]:
    """A transaction as plain values: ``tot``, ``booking``, ``records``, ``images``, ``faults``, ``warnings``.

    show_person: list names, numbers, birth dates, charges and the like too (Type-2 fields of `PERSONAL_FIELDS`, and
    Type-2 fields that the edition does not know).
    """
    faults, warnings = findings(transaction, edition)
    return {
        "tot": _printable(transaction.tot),
        "version": _printable(transaction.version),
        "booking": _is_booking(transaction, edition),
        "records": [_record(record, index, edition, show_person) for index, record in enumerate(transaction.records)],
        "images": [
            {
                "record": i.record_index + 1, "type": i.record_type, "idc": i.idc, "position": i.position,
                "impression": i.impression,
                "width": i.width, "height": i.height, "pixels_per_mm": i.pixels_per_mm, "compression": i.compression,
                "bits": i.bits,
                "bytes": len(i.data),
            }
            for i in images_of(transaction)
        ],
        "faults": [describe_fault(error) for error in faults],
        "warnings": list(warnings),
    }  # fmt: skip


def describe_fault(error: ExchangeError) -> dict[str, Any]:
    """One fault as plain values: its name, code, place and sentence."""
    return {
        "error": type(error).__name__,
        "code": error.code,
        "field": error.where.tag,
        "record": None if error.where.record_index is None else error.where.record_index + 1,
        "byte": error.where.byte_offset,
        "message": str(error),
    }


def _printable(text: str | None) -> str:
    """Separators as marks, and whatever could steer a terminal as an escape; empty for an absent field."""
    marked = "".join(_SEPARATORS.get(c, c) for c in text or "")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in marked)


def _is_booking(transaction: Transaction, edition: str) -> bool:
    try:
        require_booking(transaction, edition)
    except ExchangeError:
        return False
    return True


def _record(record: Record, index: int, edition: str, show_person: bool) -> dict[str, Any]:
    size = len(record.raw) if record.raw else None
    listed: dict[str, Any] = {"record": index + 1, "type": record.type, "idc": record.idc, "byte": record.offset}
    header = record.image_header
    if header is not None and record.type in BINARY_IMAGE_TYPES:
        listed["header"] = {
            "LEN": size, "IMP": header.impression, "FGP": list(header.positions), "ISR": header.resolution_code,
            "HLL": header.width,
            "VLL": header.height, "GCA": COMPRESSIONS.get(header.compression_code, str(header.compression_code)),
        }  # fmt: skip
    elif size is not None:
        listed["bytes"] = size
    listed["fields"] = [_field(record, field, edition, show_person) for field in record.fields]
    return listed


def _field(record: Record, field: Field, edition: str, show_person: bool) -> dict[str, Any]:
    mnemonic = rules_of(edition).mnemonic(record.type, field.number)
    listed: dict[str, Any] = {"tag": f"{record.type}.{field.number:03d}", "mnemonic": mnemonic}
    if field.number == DATA_FIELD:
        return listed | {"value": f"{len(field.value)} bytes"}
    text = field.text
    if not show_person and record.type == 2 and (field.number in PERSONAL_FIELDS or mnemonic is None):
        return listed | {"value": f"({len(text)} characters, hidden)", "hidden": True}
    text = _printable(text)
    if len(text) > LONGEST_SHOWN:
        text = f"{text[:LONGEST_SHOWN]} … ({len(text)} characters)"
    return listed | {"value": text}
