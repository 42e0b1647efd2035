"""What the editions of a Type-9 minutiae record share: fields come in as bytes, are read item by item, and go out as bytes.

A record comes in as its fields in order, each a number and the bytes of its value, without 9.001 LEN. A field that an
edition does not own is kept byte for byte, and every field keeps its place.
Source: ANSI/NIST-ITL 1-2007 and 1-2011, Type-9 records and information separators.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tenprint.errors import TemplateInvalid
from tenprint.identify.codecs.minutiae_record import MOST_BYTES

Fields: TypeAlias = tuple[tuple[int, bytes], ...]
"""Fields of one record in order: (number after the dot, bytes of the value)."""

RS, US = "\x1e", "\x1f"
"""Between subfields, between items. Source: ANSI/NIST-ITL 1, information separators."""

IDC, IMP, FMT = 2, 3, 4
"""Fields that both editions have: image designation, impression, format. Source: ANSI/NIST-ITL 1, Type-9 record."""

MOST_IMPRESSION = 42
"""Largest impression code. Source: ANSI/NIST-ITL 1-2011 update 2015, table of impression types."""

MOST_FINGER = 10
"""Largest finger position; 0 is unknown. Source: ANSI/NIST-ITL 1, table of friction ridge positions."""

MOST_IDC = 255
"""Largest image designation character. Source: one byte in the binary records that it links to."""

NO_NEIGHBOUR = 255
"""Index of a neighbour that was not found; its ridge count is then `NO_COUNT`. Source: NIST's Type-9 reference files."""

NO_COUNT = 15
"""Ridge count to a neighbour that was not found. Source: NIST's Type-9 reference files."""

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Items:
    """One subfield. record: its place in the file, from 1; field: number after the dot; subfield: from 1."""

    record: int
    field: int
    subfield: int
    items: tuple[str, ...]

    def expect(self, name: str, *counts: int) -> None:
        """Raises TemplateInvalid unless there are so many items."""
        if len(self.items) not in counts:
            raise self.fault(name, f"{len(self.items)} items", " or ".join(map(str, counts)))

    def number(self, index: int, name: str, *, least: int = 0, most: int) -> int:
        """The item at ``index``, from 0, as a number from ``least`` to ``most``. Raises TemplateInvalid."""
        return self.within(self.items[index], name, item=index + 1, least=least, most=most)

    def within(self, text: str, name: str, *, item: int, least: int, most: int) -> int:
        """The text as a number; ``item`` says where it stands, from 1. Raises TemplateInvalid."""
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise self.fault(name, repr(text[:20]), f"a number from {least} to {most}", item=item)
        return int(text)

    def choice(self, index: int, name: str, *allowed: str) -> str:
        """The item at ``index`` if it is one of these. Raises TemplateInvalid."""
        if self.items[index] not in allowed:
            raise self.fault(name, repr(self.items[index][:20]), ", ".join(allowed), item=index + 1)
        return self.items[index]

    def fault(self, name: str, found: str, allowed: str, *, item: int | None = None) -> TemplateInvalid:
        """The error for what stands here."""
        place = f"record {self.record}, 9.{self.field:03d}, subfield {self.subfield}"
        place += f", item {item}" if item is not None else ""
        return TemplateInvalid(
            f"{place} ({name}): {found}; allowed: {allowed}. The minutiae were not read; correct the field and send the "
            "file again."
        )


class Block:
    """The fields of one record as an edition sees them: those it owns, and all others, untouched.

    Raises TemplateInvalid for a field of its own that stands twice, and for a record that is too long.
    """

    def __init__(self, fields: Fields, *, record: int, own: frozenset[int]) -> None:
        self.record = record
        self.order = tuple(number for number, _ in fields)
        self.others: Fields = tuple((number, value) for number, value in fields if number not in own)
        self._own = {number: value for number, value in fields if number in own}
        if sum(len(value) for _, value in fields) > MOST_BYTES:
            raise TemplateInvalid(f"record {record}: longer than {MOST_BYTES} bytes. The minutiae were not read.")
        for number, times in Counter(self.order).items():
            if number in own and times > 1:
                raise Items(record, number, 1, ()).fault("field", f"it stands {times} times", "once")

    def subfields(self, number: int, name: str, *, required: bool = False) -> tuple[Items, ...]:
        """The subfields; none for an absent or empty field. Raises TemplateInvalid for an absent one that is required."""
        value = self._own.get(number)
        if not value:
            if required:
                raise Items(self.record, number, 1, ()).fault(name, "nothing", "a value, it is mandatory")
            return ()
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            raise Items(self.record, number, 1, ()).fault(name, "bytes that are no text", "text") from None
        return tuple(
            Items(self.record, number, place, tuple(subfield.split(US)))
            for place, subfield in enumerate(text.split(RS), 1)
        )

    def one(self, number: int, name: str, *counts: int) -> Items:
        """The only subfield of a mandatory field, with one of these counts of items. Raises TemplateInvalid."""
        found = self.subfields(number, name, required=True)
        if len(found) != 1:
            raise found[1].fault(name, f"{len(found)} subfields", "1")
        found[0].expect(name, *counts)
        return found[0]

    def texts(self, number: int, name: str, *counts: int) -> tuple[str, ...]:
        """The items of an optional field of one subfield; none where it is absent or empty. Raises TemplateInvalid."""
        return self.one(number, name, *counts).items if self.subfields(number, name) else ()

    def number(self, number: int, name: str, *, least: int = 0, most: int) -> int:
        """A mandatory field of one number from ``least`` to ``most``. Raises TemplateInvalid."""
        return self.one(number, name, 1).number(0, name, least=least, most=most)


def joined(made: Mapping[int, str], *, others: Fields, order: tuple[int, ...]) -> Fields:
    """All fields in the order that they were read in; those that are new follow by number. An empty new field is left out."""
    rest, out, left = list(others), [], dict(made)
    for number in order:
        if number in left:
            out.append((number, left.pop(number).encode("utf-8")))
        elif (kept := next((field for field in rest if field[0] == number), None)) is not None:
            rest.remove(kept)
            out.append(kept)
    return (*out, *((number, text.encode("utf-8")) for number, text in sorted(left.items()) if text), *rest)
