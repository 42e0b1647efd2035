"""ANSI/NIST-ITL files in traditional encoding: bytes to records and back, without looking into any image.

Every byte is looked at a bounded number of times and image bytes never: a file is read in linear time. What is claimed
(record lengths, counts, repeats) is compared with what is there, and with the limits,
before anything is allocated for it.
Source: ANSI/NIST-ITL 1-2007 to 1-2011 update 2015, traditional encoding.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from dataclasses import dataclass
from typing import Final

from tenprint.errors import (
    FieldCountWrong,
    FieldInvalid,
    FieldMissing,
    FieldsInconsistent,
    FileTooLarge,
    FileTruncated,
    RecordLengthWrong,
    RecordUnparseable,
    Where,
)
from tenprint.exchange.records import (
    BINARY_IMAGE_TYPES,
    BINARY_TYPES,
    DATA_FIELD,
    FS,
    GS,
    IMAGE_HEADER,
    RS,
    US,
    Field,
    Record,
    Transaction,
    number_of,
)

ITL: Final = "ANSI/NIST-ITL 1, traditional encoding"
"""How errors of this module name their source."""

TEXT_TYPES: Final = frozenset({1, 2, 9})
"""Tagged record types without an image: their first FS is their end. Source: ANSI/NIST-ITL 1, record types."""

ONCE_ONLY_TYPES: Final = frozenset({1, 2, 14})
"""Record types that are read whole, in which a field number may stand once. Source: ANSI/NIST-ITL 1, tagged fields."""

BINARY_HEADER_BYTES: Final = 5
"""Shortest binary record: four bytes of LEN and the IDC. Source: ANSI/NIST-ITL 1, Type-7 and Type-8 records."""

_LENGTH: Final = re.compile(rb"([0-9]{1,3})\.([0-9]{1,9}):([0-9]{1,12})[\x1c\x1d]")
_LENGTH_BEGUN: Final = re.compile(rb"([0-9]{1,3}(\.([0-9]{1,9}(:[0-9]{0,12})?)?)?)?")
_TAG: Final = re.compile(rb"([0-9]{1,3})\.([0-9]{1,9}):")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read at all: bytes of the file and of one text field, records, fields per record, subfields and
    items per field.
    """

    file_bytes: int = 64 * 1024 * 1024
    text_bytes: int = 4 * 1024 * 1024
    records: int = 1000
    fields: int = 2000
    subfields: int = 10_000
    items: int = 100_000


LIMITS: Final = Limits()
"""Set by: a card of fourteen uncompressed 1000 ppi images stays below 64 MiB; the largest repeat of EBTS 9.1 is
1000."""


def read(data: bytes, *, limits: Limits = LIMITS) -> Transaction:
    """Read one file. Image bytes are memoryviews into ``data``; ``write(read(data)) == data``.

    Raises FileTooLarge, FileTruncated, RecordLengthWrong, RecordUnparseable, FieldMissing, FieldInvalid,
    FieldCountWrong
    or FieldsInconsistent, each with the record, field and byte where it stands. Cost: linear, image bytes untouched.
    """
    if len(data) > limits.file_bytes:
        raise FileTooLarge(f"{len(data)} bytes", allowed=f"at most {limits.file_bytes} bytes")
    data = bytes(data)
    header = _tagged(data, 0, 1, index=0, limits=limits)
    content = _content(header, limits)
    records = [header]
    at = _end(data, 0, 1, index=0)
    for index, (record_type, idc) in enumerate(content, 1):
        if at == len(data):
            raise FileTruncated(
                f"the file ends after {index} records, but 1.003 CNT lists {len(content) + 1}",
                where=Where(record_type, index, None, at),
                source=ITL,
            )
        parse = _binary if record_type in BINARY_TYPES else _tagged
        record = parse(data, at, record_type, index=index, limits=limits)
        _check_idc(record, idc, index)
        at = _end(data, at, record_type, index=index)
        records.append(record)
    if at != len(data):
        raise RecordUnparseable(
            f"{len(data) - at} bytes follow the last record that 1.003 CNT lists",
            where=Where(None, len(records), None, at),
            source=ITL,
        )
    return Transaction(tuple(records))


def write(transaction: Transaction) -> bytes:
    """The bytes of a transaction: every LEN is computed anew, 1.003 CNT must already list the records.

    A LEN that holds already is kept as it was written (leading zeros too), so that reading and writing is the identity.
    Raises FieldsInconsistent, FieldCountWrong or RecordUnparseable for records that could not be read back.
    """
    if not transaction.records or transaction.header.type != 1:
        raise RecordUnparseable("a transaction starts with its Type-1 record", source=ITL)
    content = _content(transaction.header, LIMITS)
    if [record_type for record_type, _ in content] != [r.type for r in transaction.records[1:]]:
        raise FieldsInconsistent("1.003 CNT does not list the records that follow", where=Where(1, 0, 3), source=ITL)
    for index, ((_, idc), record) in enumerate(zip(content, transaction.records[1:], strict=True), 1):
        _check_idc(record, idc, index)
    pieces: list[bytes | memoryview] = []
    for index, record in enumerate(transaction.records):
        pieces += _binary_bytes(record) if record.type in BINARY_TYPES else _tagged_bytes(record, index)
    return b"".join(pieces)


def _end(data: bytes, at: int, record_type: int, *, index: int) -> int:
    """Where the record that starts at ``at`` ends, by its own LEN; checked against the bytes there are."""
    where = Where(record_type, index, 1, at)
    if record_type in BINARY_TYPES:
        if len(data) - at < BINARY_HEADER_BYTES:
            raise FileTruncated(
                f"{len(data) - at} bytes are left, too few for a record header", where=where, source=ITL
            )
        length = int.from_bytes(data[at : at + 4], "big")
        least = IMAGE_HEADER.size if record_type in BINARY_IMAGE_TYPES else BINARY_HEADER_BYTES
        if length < least:
            raise RecordLengthWrong(f"LEN is {length}", where=where, allowed=f"at least {least}", source=ITL)
    else:
        length = _claimed_length(data, at, record_type, where)
    stop = at + length
    if record_type in TEXT_TYPES:
        separator = data.find(FS, at, min(len(data), stop))
        if separator < 0 and stop < len(data):
            separator = data.find(FS, stop)
        if separator >= 0 and separator + 1 != stop:
            raise RecordLengthWrong(
                f"LEN is {length}, but the record ends after {separator + 1 - at} bytes", where=where, source=ITL
            )
    if stop > len(data):
        raise FileTruncated(
            f"the record claims {length} bytes, but only {len(data) - at} are left",
            where=where,
            source=ITL,
            next_step="Send the whole file again; the TCN was not used up.",
        )
    if record_type not in BINARY_TYPES and data[stop - 1] != FS[0]:
        raise RecordLengthWrong(
            f"LEN is {length}, but the record does not end there", where=where, allowed="FS as last byte", source=ITL
        )
    return stop


def _claimed_length(data: bytes, at: int, record_type: int, where: Where) -> int:
    found = _LENGTH.match(data, at)
    if found is None:
        rest = data[at : at + 32]
        if at + len(rest) == len(data) and _LENGTH_BEGUN.fullmatch(rest):
            raise FileTruncated("the file ends inside the record's LEN", where=where, source=ITL)
        raise RecordUnparseable(
            f"no Type-{record_type} record starts here",
            where=where,
            allowed=f"{record_type}.001: and digits",
            source=ITL,
        )
    if (int(found[1]), int(found[2])) != (record_type, 1):
        raise RecordUnparseable(
            f"the record starts with tag {found[1].decode()}.{found[2].decode()}",
            where=where,
            allowed=f"{record_type}.001, as 1.003 CNT lists it",
            source=ITL,
        )
    length = int(found[3])
    if length < found.end() - at:
        raise RecordLengthWrong(f"LEN is {length}, less than the field that says so", where=where, source=ITL)
    return length


def _binary(data: bytes, at: int, record_type: int, *, index: int, limits: Limits) -> Record:
    del limits  # a binary record has neither fields nor repeats
    stop = _end(data, at, record_type, index=index)
    return Record(record_type, raw=memoryview(data)[at:stop], offset=at)


def _tagged(data: bytes, at: int, record_type: int, *, index: int, limits: Limits) -> Record:
    last = _end(data, at, record_type, index=index) - 1
    fields: list[Field] = []
    position = at
    while position <= last:
        if len(fields) >= limits.fields:
            raise FileTooLarge(f"more than {limits.fields} fields", where=Where(record_type, index, None, position))
        tag = _TAG.match(data, position, last)
        if tag is None or int(tag[1]) != record_type:
            raise RecordUnparseable(
                "no tag of this record where a field should start",
                where=Where(record_type, index, None, position),
                allowed=f"{record_type}. and a field number and a colon after every GS",
                source=ITL,
            )
        number = int(tag[2])
        if number == DATA_FIELD and record_type not in TEXT_TYPES:
            fields.append(
                Field(
                    data[position : tag.end() - 1].decode("ascii"), number, memoryview(data)[tag.end() : last], position
                )
            )
            break
        stop = data.find(GS, tag.end(), last)
        stop = last if stop < 0 else stop
        field = Field(data[position : tag.end() - 1].decode("ascii"), number, data[tag.end() : stop], position)
        _check_repeats(field, record_type, index, limits)
        fields.append(field)
        position = stop + 1
    _check_numbers(fields, record_type, index)
    return Record(record_type, tuple(fields), offset=at)


def _check_repeats(field: Field, record_type: int, index: int, limits: Limits) -> None:
    value = bytes(field.value)
    where = Where(record_type, index, field.number, field.offset)
    if FS in value:
        raise RecordLengthWrong("LEN reaches over the FS that ends the record", where=where, source=ITL)
    if len(value) > limits.text_bytes:
        raise FileTooLarge(f"{len(value)} bytes in a text field", where=where, allowed=f"at most {limits.text_bytes}")
    subfields, items = value.count(RS) + 1, value.count(US) + 1
    if subfields > limits.subfields or items > limits.items:
        raise FileTooLarge(
            f"{subfields} subfields and {items} items in one field",
            where=where,
            allowed=f"{limits.subfields} and {limits.items}",
        )


def _check_numbers(fields: list[Field], record_type: int, index: int) -> None:
    if record_type not in ONCE_ONLY_TYPES:
        return
    for number, times in Counter(f.number for f in fields).items():
        if times > 1:
            again = [f for f in fields if f.number == number][1]
            raise FieldCountWrong(
                f"the field stands {times} times in one record",
                where=Where(record_type, index, number, again.offset),
                allowed="once; repeats are subfields, separated by RS",
                source=ITL,
            )


def _content(header: Record, limits: Limits) -> list[tuple[int, int]]:
    """What 1.003 CNT promises: (record type, IDC) of every record after the first."""
    field = header.field(3)
    if field is None or not len(field.value):
        raise FieldMissing("the list of records (CNT) is absent", where=Where(1, 0, 3, header.offset), source=ITL)
    where = Where(1, 0, 3, field.offset)
    subfields = field.subfields
    if len(subfields) > limits.records:
        raise FileTooLarge(f"{len(subfields)} records", where=where, allowed=f"at most {limits.records}")
    pairs: list[tuple[int, int]] = []
    for subfield in subfields:
        if len(subfield) != 2:
            raise FieldCountWrong(
                f"{len(subfield)} items in a subfield", where=where, allowed="2: record type and IDC", source=ITL
            )
        kind, idc = number_of(subfield[0]), number_of(subfield[1])
        if kind is None or idc is None or not 1 <= kind <= 99:
            raise FieldInvalid("a subfield is no record type with its IDC", where=where, allowed="numbers", source=ITL)
        pairs.append((kind, idc))
    (first, count), *rest = pairs
    if first != 1 or any(kind == 1 for kind, _ in rest):
        raise FieldInvalid(
            "the Type-1 record is not listed first, or not once",
            where=where,
            allowed="1 in the first subfield only",
            source=ITL,
        )
    if count != len(rest):
        raise FieldCountWrong(
            f"CNT says that {count} records follow, and lists {len(rest)}",
            where=where,
            allowed="equal counts",
            source=ITL,
        )
    return rest


def _check_idc(record: Record, listed: int, index: int) -> None:
    found = record.idc
    field = record.field(2)
    where = Where(record.type, index, 2, field.offset if field else record.offset)
    if found is None and (field is None or not len(field.value)):
        raise FieldMissing("the record has no IDC", where=where, source=ITL)
    if found is None:
        raise FieldInvalid("the IDC is no number", where=where, allowed="digits", source=ITL)
    if found != listed:
        raise FieldsInconsistent(
            f"the record's IDC is {found}, but 1.003 CNT lists {listed:02d}",
            where=where,
            allowed="the IDC of CNT",
            source=ITL,
        )


def _binary_bytes(record: Record) -> list[bytes | memoryview]:
    if len(record.raw) >= 2**32:
        raise RecordLengthWrong(
            f"{len(record.raw)} bytes do not fit a LEN of four bytes", where=Where(record.type), source=ITL
        )
    return [struct.pack(">I", len(record.raw)), memoryview(record.raw)[4:]]


def _tagged_bytes(record: Record, index: int) -> list[bytes | memoryview]:
    if not record.fields or record.fields[0].number != 1:
        raise RecordUnparseable("the first field is not LEN", where=Where(record.type, index, 1), source=ITL)
    for place, field in enumerate(record.fields):
        image = field.number == DATA_FIELD and record.type not in TEXT_TYPES
        if image and place + 1 != len(record.fields):
            raise RecordUnparseable(
                "the image is not the last field", where=Where(record.type, index, DATA_FIELD), source=ITL
            )
        if not image and (FS in bytes(field.value) or GS in bytes(field.value)):
            raise RecordUnparseable(
                "FS or GS inside a text field", where=Where(record.type, index, field.number), source=ITL
            )
    length, *others = record.fields
    tag = f"{length.tag}:".encode("ascii")
    around = len(tag) + 1 + sum(1 + len(f.tag) + 1 + len(f.value) for f in others)
    pieces: list[bytes | memoryview] = [tag, _length_text(bytes(length.value), around)]
    for field in others:
        pieces += [GS, f"{field.tag}:".encode("ascii"), field.value]
    return [*pieces, FS]


def _length_text(written: bytes, around: int) -> bytes:
    """LEN counts itself: keep it when it holds, else grow it to the fixpoint. around: all other bytes."""
    if written.isdigit() and len(written) <= 12 and int(written) == around + len(written):
        return written
    digits = 1
    while len(str(around + digits)) != digits:
        digits += 1
    return str(around + digits).encode("ascii")


def list_content(records: tuple[Record, ...]) -> Field:
    """The 1.003 CNT that lists these records (those after the Type-1 record), each with its own IDC."""
    rest = [(str(r.type), f"{r.idc or 0:02d}") for r in records]
    return Field.of(1, 3, ("1", str(len(rest))), *rest)
