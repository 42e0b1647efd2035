"""The nouns of the traditional encoding: field, record, transaction. Text is copied, image bytes are only pointed at.

Source: ANSI/NIST-ITL 1-2007 and later, clauses on logical records, separators and record types.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FS: Final = b"\x1c"
"""File separator: ends a tagged record. Source: ANSI/NIST-ITL 1, information separators."""

GS: Final = b"\x1d"
"""Group separator: between fields. Source: ANSI/NIST-ITL 1, information separators."""

RS: Final = b"\x1e"
"""Record separator: between subfields. Source: ANSI/NIST-ITL 1, information separators."""

US: Final = b"\x1f"
"""Unit separator: between items. Source: ANSI/NIST-ITL 1, information separators."""

BINARY_TYPES: Final = frozenset(range(3, 9))
"""Record types with a binary header instead of tags. Source: ANSI/NIST-ITL 1, Type-3 to Type-8 records."""

BINARY_IMAGE_TYPES: Final = frozenset({3, 4, 5, 6})
"""Binary record types that share the 18-byte image header. Source: ANSI/NIST-ITL 1, Type-3 to Type-6 records."""

IMAGE_HEADER: Final = struct.Struct(">IBB6sBHHB")
"""LEN, IDC, IMP, FGP, ISR, HLL, VLL, GCA: 18 bytes, big-endian. Source: ANSI/NIST-ITL 1, Type-4 record layout."""

DATA_FIELD: Final = 999
"""The number of the field that holds raw image bytes, always last. Source: ANSI/NIST-ITL 1, x.999."""

NO_POSITION: Final = 255
"""Filler of the unused bytes of a binary FGP. Source: ANSI/NIST-ITL 1, Type-4 field 4."""

_SHORT_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def number_of(text: str | None) -> int | None:
    """The integer written as 1 to 9 ASCII digits, or None for anything else."""
    return int(text) if text is not None and _SHORT_NUMBER.fullmatch(text) else None


def text_of(value: bytes | memoryview) -> str:
    """The characters of a value: UTF-8 (of which ASCII is a part); other bytes stay visible as backslash escapes."""
    return bytes(value).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Field:
    """One tagged field. number: after the dot; value: after the colon; offset: of the tag, bytes into the file.

    tag holds the tag exactly as it was written, such as ``14.013`` or, in files before 2007, ``1.03``.
    """

    tag: str
    number: int
    value: bytes | memoryview
    offset: int = 0

    @classmethod
    def of(cls, record_type: int, number: int, *subfields: tuple[str, ...] | str) -> Field:
        """A field to be written: each argument is one subfield, a text or a tuple of items."""
        parts = [s if isinstance(s, str) else "\x1f".join(s) for s in subfields]
        return cls(f"{record_type}.{number:03d}", number, "\x1e".join(parts).encode("utf-8"))

    @property
    def text(self) -> str:
        """The whole value as characters, separators included."""
        return text_of(self.value)

    @property
    def subfields(self) -> tuple[tuple[str, ...], ...]:
        """Subfields, each a tuple of its items; an empty value is one subfield of one empty item."""
        return tuple(tuple(sub.split("\x1f")) for sub in self.text.split("\x1e"))


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The binary header of a Type-3 to Type-6 record. positions: FGP without filler; width, height: claims, pixels.

    impression: IMP code; resolution_code: ISR, 0 transmitting or 1 native resolution; compression_code: GCA;
    image: the bytes after the header, only pointed at.
    """

    idc: int
    impression: int
    positions: tuple[int, ...]
    resolution_code: int
    width: int
    height: int
    compression_code: int
    image: memoryview


@dataclass(frozen=True, slots=True)
class Record:
    """One logical record. Tagged records have fields; binary records (types 3 to 8) have raw, their LEN included."""

    type: int
    fields: tuple[Field, ...] = ()
    raw: bytes | memoryview = b""
    offset: int = 0

    def field(self, number: int) -> Field | None:
        """The first field of that number, or None."""
        return next((f for f in self.fields if f.number == number), None)

    def text(self, number: int) -> str | None:
        """The field's characters; None when it is absent or empty: neither says anything."""
        field = self.field(number)
        return (field.text or None) if field is not None else None

    def subfields(self, number: int) -> tuple[tuple[str, ...], ...]:
        """The field's subfields; none when it is absent or empty."""
        field = self.field(number)
        return field.subfields if field is not None and len(field.value) else ()

    @property
    def idc(self) -> int | None:
        """The image designation character, x.002; None in a Type-1 record, or where it is no number."""
        if self.type in BINARY_TYPES:
            return self.raw[4] if len(self.raw) > 4 else None
        return number_of(self.text(2)) if self.type != 1 else None

    @property
    def image_header(self) -> ImageHeader | None:
        """The header of a Type-3 to Type-6 record; None for other types, or when the record is shorter than one."""
        if self.type not in BINARY_IMAGE_TYPES or len(self.raw) < IMAGE_HEADER.size:
            return None
        view = memoryview(self.raw)
        _, idc, impression, positions, resolution, width, height, compression = IMAGE_HEADER.unpack_from(view)
        return ImageHeader(
            idc=idc,
            impression=impression,
            positions=tuple(p for p in positions if p != NO_POSITION),
            resolution_code=resolution,
            width=width,
            height=height,
            compression_code=compression,
            image=view[IMAGE_HEADER.size :],
        )


@dataclass(frozen=True, slots=True)
class Transaction:
    """One file: its records in order. The first is the Type-1 record."""

    records: tuple[Record, ...]

    @property
    def header(self) -> Record:
        """The Type-1 record."""
        return self.records[0]

    @property
    def tot(self) -> str | None:
        """1.004 TOT, or None."""
        return self.header.text(4)

    @property
    def version(self) -> str | None:
        """1.002 VER, such as ``0400``, or None."""
        return self.header.text(2)

    def of_type(self, *types: int) -> Iterator[tuple[int, Record]]:
        """(record index, record) of every record of these types, in file order."""
        return ((i, r) for i, r in enumerate(self.records) if r.type in types)

    def first(self, record_type: int) -> tuple[int, Record] | None:
        """(record index, record) of the first record of that type, or None."""
        return next(self.of_type(record_type), None)
