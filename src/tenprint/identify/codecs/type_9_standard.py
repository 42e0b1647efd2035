"""Type-9 minutiae in the standard fields 9.005 to 9.012, which later editions call legacy: read, and written back.

Positions are hundredths of a millimetre from the lower left corner. The directions are turned by half a turn against
INCITS 378: NIST's reference files hold the same minutiae both ways. New records take the M1 fields, so nothing is ever
converted towards these. Source: ANSI/NIST-ITL 1-2007, Type-9 record; 1-2011, 8.9: the fields shall not appear in new uses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tenprint.errors import TemplateInvalid
from tenprint.identify.codecs.minutiae_record import NOT_REPORTED, FingerView, QualityNote, RecordMinutia
from tenprint.identify.codecs.type_9 import (
    FMT,
    IDC,
    IMP,
    MOST_FINGER,
    MOST_IDC,
    MOST_IMPRESSION,
    NO_COUNT,
    NO_NEIGHBOUR,
    RS,
    US,
    Block,
    Fields,
    Items,
    joined,
)

EDITION = "itl-type-9-standard"
"""The name of this edition."""

OFR, FGP, FPC, CRP, DLT, MIN, RDG, MRC = range(5, 13)
"""Origin, positions, patterns, cores, deltas, count, whether ridges are counted, minutiae. Source: ANSI/NIST-ITL 1-2007."""

OWN = frozenset({IDC, IMP, FMT, OFR, FGP, FPC, CRP, DLT, MIN, RDG, MRC})
"""The fields that are understood; every other is kept as it is."""

KINDS = {"A": 1, "B": 2, "C": 0, "D": 0}
"""Ridge ending, bifurcation, compound, undetermined, as our kinds. Source: ANSI/NIST-ITL 1-2007, 9.012."""

MOST_MINUTIAE = 254
"""Most minutiae. Set by: an index of 255 is no neighbour."""

MOST_QUALITY = 63
"""Largest quality number of a minutia. Source: ANSI/NIST-ITL 1-2007, 9.012."""

STEPS = 180
"""Angle steps a turn of the views made here, as in INCITS 378."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point. x, y: hundredths of a millimetre from the lower left corner, 0 to 9999."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class StandardMinutia:
    """One minutia as written. angle: degrees 0 to 359, counter-clockwise from the right, along its ridge; quality: 0 to 63,
    the number of the field; kind: a key of `KINDS`; neighbours: (index from 1, ridges between), 255 and 15 for none.
    """

    place: Place
    angle: int
    quality: int
    kind: str
    neighbours: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StandardRecord:
    """One record. origin: 9.005, name of the system and method; positions: 0 to 10; patterns: 9.007, T or U and codes.

    counted: 9.011, whether ridges are counted; others: fields that are not understood; order: of all fields, by number.
    """

    idc: int
    impression: int
    origin: tuple[str, ...]
    positions: tuple[int, ...]
    patterns: tuple[tuple[str, ...], ...]
    cores: tuple[Place, ...]
    deltas: tuple[Place, ...]
    counted: bool
    minutiae: tuple[StandardMinutia, ...]
    others: Fields = ()
    order: tuple[int, ...] = ()


def read(fields: Fields, *, record: int) -> StandardRecord:
    """The minutiae of one record; ``record``: its place in the file, from 1. Raises TemplateInvalid with record, field and subfield."""
    block = Block(fields, record=record, own=OWN)
    block.one(FMT, "minutiae format", 1).choice(0, "minutiae format", "S")
    patterns = block.subfields(FPC, "pattern classification")
    for pattern in patterns:
        pattern.choice(0, "source of the pattern code", "T", "U")
    positions = block.subfields(FGP, "finger position", required=True)
    for position in positions:
        position.expect("finger position", 1)
    count = block.number(MIN, "number of minutiae", most=MOST_MINUTIAE)
    counted = bool(block.number(RDG, "ridge count indicator", most=1))
    rows = block.subfields(MRC, "minutiae", required=count > 0)
    if len(rows) != count:
        raise Items(record, MRC, max(1, min(count, len(rows))), ()).fault(
            "minutiae", f"{len(rows)} of them", f"{count}, as 9.010 says"
        )
    return StandardRecord(
        idc=block.number(IDC, "IDC", most=MOST_IDC),
        impression=block.number(IMP, "impression", most=MOST_IMPRESSION),
        origin=block.texts(OFR, "originating system", 1, 2),
        positions=tuple(p.number(0, "finger position", most=MOST_FINGER) for p in positions),
        patterns=tuple(pattern.items for pattern in patterns),
        cores=_places(block, CRP, "core"),
        deltas=_places(block, DLT, "delta"),
        counted=counted,
        minutiae=tuple(_minutia(row, count) for row in rows),
        others=block.others,
        order=block.order,
    )


def write(found: StandardRecord) -> Fields:
    """The fields of the record; what `read` gives for them is equal. Raises TemplateInvalid."""
    made = {
        IDC: f"{found.idc:02d}", IMP: str(found.impression), FMT: "S", OFR: US.join(found.origin),
        FGP: RS.join(f"{position:02d}" for position in found.positions),
        FPC: RS.join(US.join(pattern) for pattern in found.patterns),
        CRP: RS.join(map(_place_text, found.cores)), DLT: RS.join(map(_place_text, found.deltas)),
        MIN: str(len(found.minutiae)), RDG: str(int(found.counted)),
        MRC: RS.join(_minutia_text(index, point) for index, point in enumerate(found.minutiae, 1)),
    }  # fmt: skip
    fields = joined(made, others=found.others, order=found.order)
    if replace(read(fields, record=1), order=found.order) != found:
        raise TemplateInvalid(f"{EDITION}: can't hold all that the record says. Nothing was written.")
    return fields


def view_of(found: StandardRecord, *, record: int, width: int, height: int, ppcm: float) -> FingerView:
    """The record on the image that it was taken from: its size in pixels, its pixels per centimetre; 180 angle steps.

    Every quality is not reported: the numbers of 9.012 are of the sender's own scale. A tie of angles goes down, as it does
    in NIST's reference pairs. Raises TemplateInvalid for a minutia outside the image, or more than one finger position.
    """
    if len(found.positions) != 1:
        raise Items(record, FGP, 2, ()).fault("finger position", f"{len(found.positions)} positions", "1 to convert it")
    points = []
    for index, point in enumerate(found.minutiae, 1):
        x, up = round(point.place.x * ppcm / 1000), round(point.place.y * ppcm / 1000)
        if x > width or up > height:
            raise Items(record, MRC, index, ()).fault(
                "minutia position", f"pixel {x}, {height - up}", f"inside the image of {width} × {height} pixels"
            )
        angle = (point.angle + 180) % 360 // 2
        points.append(RecordMinutia(KINDS[point.kind], min(x, width - 1), min(height - up, height - 1), angle))
    scale = round(ppcm)
    return FingerView(
        found.positions[0], 0, found.impression, (QualityNote(NOT_REPORTED),), width, height, scale, scale, tuple(points)
    )  # fmt: skip


def _places(block: Block, field: int, name: str) -> tuple[Place, ...]:
    rows = block.subfields(field, name)
    for row in rows:
        row.expect(name, 1)
        if len(row.items[0]) != 8:
            raise row.fault(name, repr(row.items[0][:20]), "8 digits: x and y of four each", item=1)
    return tuple(_place(row, 0, name) for row in rows)


def _place(row: Items, index: int, name: str) -> Place:
    """The first eight digits of an item."""
    text = row.items[index]
    x, y = (
        row.within(part, f"{axis} of a {name}", item=index + 1, least=0, most=9999)
        for axis, part in (("x", text[:4]), ("y", text[4:8]))
    )
    return Place(x, y)


def _minutia(row: Items, count: int) -> StandardMinutia:
    if len(row.items) < 4:
        raise row.fault("minutia", f"{len(row.items)} items", "4 and the neighbours")
    row.number(0, "index of the minutia", least=row.subfield, most=row.subfield)
    if len(row.items[1]) != 11:
        raise row.fault(
            "minutia position", repr(row.items[1][:20]), "11 digits: x, y of four each, angle of three", item=2
        )
    angle = row.within(row.items[1][8:], "minutia angle", item=2, least=0, most=359)
    return StandardMinutia(
        _place(row, 1, "minutia"), angle, row.number(2, "minutia quality", most=MOST_QUALITY),
        row.choice(3, "minutia type", *KINDS),
        tuple(_neighbour(row, index, count) for index in range(4, len(row.items))),
    )  # fmt: skip


def _neighbour(row: Items, index: int, count: int) -> tuple[int, int]:
    who, comma, ridges = row.items[index].partition(",")
    if not comma:
        raise row.fault("neighbour", repr(who[:20]), "index, comma, ridge count", item=index + 1)
    found = row.within(who, "index of a neighbour", item=index + 1, least=1, most=NO_NEIGHBOUR)
    if count < found < NO_NEIGHBOUR:
        raise row.fault("index of a neighbour", str(found), f"1 to {count}, or {NO_NEIGHBOUR} for none", item=index + 1)
    return found, row.within(ridges, "ridge count", item=index + 1, least=0, most=NO_COUNT)


def _place_text(place: Place) -> str:
    return f"{place.x:04d}{place.y:04d}"


def _minutia_text(index: int, point: StandardMinutia) -> str:
    neighbours = [f"{who:03d},{ridges:02d}" for who, ridges in point.neighbours]
    position = f"{_place_text(point.place)}{point.angle:03d}"
    return US.join((f"{index:03d}", position, f"{point.quality:02d}", point.kind, *neighbours))
