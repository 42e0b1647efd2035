"""Type-9 minutiae in the M1 fields 9.126 to 9.140, the text form of INCITS 378: read and written.

Positions are pixels of the scan from the upper left corner, angles steps of two degrees. A quality of 0 says that none is
available and never becomes the worst one. Numbers that we write have as many digits as NIST's reference files give them.
Source: ANSI/NIST-ITL 1-2007, Type-9 M1 fields; 1-2011 update 2013, 8.9.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tenprint.errors import TemplateInvalid
from tenprint.identify.codecs.minutiae_record import (
    FAILED,
    MOST_COORDINATE,
    NOT_REPORTED,
    FingerView,
    QualityNote,
    RecordMinutia,
    written_quality,
)
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

EDITION = "itl-type-9-m1"
"""The name of this edition."""

CBI, CEI, HLL, VLL, SLC, THPS, TVPS, FVW, FGP, FQD, NOM, FMD, RCI, CIN, DIN = range(126, 141)
"""Format owner, equipment, width, height, scale units, two scales, view, position, quality, count, minutiae, ridge counts, cores,
deltas. Source: ANSI/NIST-ITL 1-2007, 9.126 to 9.140.
"""

OWN = frozenset({IDC, IMP, *range(CBI, DIN + 1)})
"""The fields that are understood; every other is kept as it is: 9.004 FMT, which speaks of other fields, and 9.141 ADA too."""

OWNER_AND_FORMAT = ("27", "513", "0")
"""INCITS M1 and its record without ridge counts, product unknown. Source: INCITS 378-2004, CBEFF identifiers; NIST's reference files."""

STEPS = 180
"""Angle steps a turn, two degrees each. Source: ANSI/NIST-ITL 1-2011 update 2013, 8.9.5.12."""

MOST_MINUTIAE = 255
"""Most minutiae. Source: INCITS 378-2004 counts them in one byte."""

PER_INCH, PER_CM = 1, 2
"""Scale units. Source: ANSI/NIST-ITL 1, x.008 SLC."""

LEAST_SCALE = {PER_INCH: 102, PER_CM: 40}
MOST_SCALE = {PER_INCH: 3999, PER_CM: 1574}
"""Resolutions that are read, by unit. Set by: `minutiae_record.resolution`, whole pixels per centimetre from 40 to 1574."""


@dataclass(frozen=True, slots=True)
class RidgeCounts:
    """9.138. method: 0 not said, 1 quadrants, 2 octants; counts: (centre, neighbour, ridges between), 255 and 15 for none."""

    method: int
    counts: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class SingularPoint:
    """A core or a delta. x, y: pixels from the upper left; angles: steps of two degrees, of a core up to one, of a delta three."""

    x: int
    y: int
    angles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class M1Record:
    """One record. view: what INCITS 378 says of a finger too, its scale rounded to pixels per centimetre.

    owner: 9.126, format owner, format type and product; equipment: 9.127, ``APPF`` where the device meets EBTS Appendix F, and
    its number; scale: 9.130 to 9.132, units and both scales as written; others: fields that are not understood; order: of all
    fields, by number.
    """

    idc: int
    view: FingerView
    owner: tuple[str, ...]
    equipment: tuple[str, ...]
    scale: tuple[int, int, int]
    ridges: RidgeCounts | None = None
    cores: tuple[SingularPoint, ...] = ()
    deltas: tuple[SingularPoint, ...] = ()
    others: Fields = ()
    order: tuple[int, ...] = ()

    @property
    def compliant(self) -> bool:
        """Whether the device is said to meet EBTS Appendix F."""
        return self.equipment[:1] == ("APPF",)


def read(fields: Fields, *, record: int) -> M1Record:
    """The minutiae of one record; ``record``: its place in the file, from 1. Raises TemplateInvalid with record, field and subfield."""
    block = Block(fields, record=record, own=OWN)
    owner = block.one(CBI, "format owner and type", 2, 3).items
    view, scale = _view(block)
    return M1Record(
        idc=block.number(IDC, "IDC", most=MOST_IDC),
        view=view,
        owner=owner,
        equipment=block.texts(CEI, "capture equipment", 1, 2),
        scale=scale,
        ridges=_ridges(block, len(view.minutiae)),
        cores=_singular(block, CIN, "core", angles=(0, 1), view=view),
        deltas=_singular(block, DIN, "delta", angles=(0, 1, 2, 3), view=view),
        others=block.others,
        order=block.order,
    )


def write(found: M1Record) -> Fields:
    """The fields of the record; what `read` gives for them is equal. Raises TemplateInvalid."""
    view = found.view
    (note,) = view.qualities or (QualityNote(NOT_REPORTED),)
    made = {
        IDC: f"{found.idc:02d}", IMP: str(view.impression), CBI: US.join(found.owner), CEI: US.join(found.equipment),
        HLL: str(view.width), VLL: str(view.height), SLC: str(found.scale[0]), THPS: str(found.scale[1]),
        TVPS: str(found.scale[2]), FVW: str(view.view), FGP: f"{view.position:02d}",
        FQD: US.join((str(note.score), f"{note.vendor:04X}", str(note.algorithm))), NOM: str(len(view.minutiae)),
        FMD: RS.join(
            US.join(map(str, (f"{index:03d}", p.x, p.y, p.angle, p.kind, written_quality(p.quality, modern=False))))
            for index, p in enumerate(view.minutiae, 1)
        ),
        RCI: _ridges_text(found.ridges), CIN: _singular_text(found.cores), DIN: _singular_text(found.deltas),
    }  # fmt: skip
    fields = joined(made, others=found.others, order=found.order)
    if replace(read(fields, record=1), order=found.order) != found:
        raise TemplateInvalid(f"{EDITION}: can't hold all that the record says. Nothing was written.")
    return fields


def record_of(view: FingerView, *, idc: int) -> M1Record:
    """A new record of a view with 180 angle steps. What M1 can't say is left out: extended data, date, device, certificates; the
    worst quality of a minutia becomes 1 (0 says that there is none), a failed one not reported. Raises nothing; `write` may.
    """
    points = tuple(
        replace(p, quality=NOT_REPORTED if p.quality in (NOT_REPORTED, FAILED) else max(1, p.quality)) for p in view.minutiae
    )  # fmt: skip
    bare = replace(view, extended=b"", capture=b"", certificates=None, ending=0, six=True, minutiae=points,
                   qualities=view.qualities[:1] or (QualityNote(NOT_REPORTED),))  # fmt: skip
    scale = (PER_CM, view.ppcm_x, view.ppcm_y)
    return M1Record(
        idc, bare, OWNER_AND_FORMAT, ("NONE", "0"), scale, others=((FMT, b"U"),), order=(IDC, IMP, FMT)
    )  # fmt: skip


def _view(block: Block) -> tuple[FingerView, tuple[int, int, int]]:
    width, height = (block.number(n, "image size", least=1, most=MOST_COORDINATE + 1) for n in (HLL, VLL))
    unit = block.number(SLC, "scale units", least=PER_INCH, most=PER_CM)
    across, down = (
        block.number(n, "pixel scale", least=LEAST_SCALE[unit], most=MOST_SCALE[unit]) for n in (THPS, TVPS)
    )
    count = block.number(NOM, "number of minutiae", most=MOST_MINUTIAE)
    rows = block.subfields(FMD, "minutiae", required=count > 0)
    if len(rows) != count:
        raise Items(block.record, FMD, max(1, min(count, len(rows))), ()).fault(
            "minutiae", f"{len(rows)} of them", f"{count}, as 9.136 says"
        )
    ppcm = [round(scale / 2.54) if unit == PER_INCH else scale for scale in (across, down)]
    view = FingerView(
        position=block.number(FGP, "finger position", most=MOST_FINGER),
        view=block.number(FVW, "view number", most=15),
        impression=block.number(IMP, "impression", most=MOST_IMPRESSION),
        qualities=(_quality(block),),
        width=width, height=height, ppcm_x=ppcm[0], ppcm_y=ppcm[1],
        minutiae=tuple(_minutia(row, width, height) for row in rows),
    )  # fmt: skip
    return view, (unit, across, down)


def _quality(block: Block) -> QualityNote:
    row = block.one(FQD, "finger quality", 3)
    score = row.number(0, "finger quality", most=FAILED)
    if 100 < score < NOT_REPORTED:
        raise row.fault("finger quality", str(score), "0 to 100, 254 not reported, 255 failed", item=1)
    vendor = row.items[1]
    if not 1 <= len(vendor) <= 4 or set(vendor) - set("0123456789ABCDEFabcdef"):
        raise row.fault("vendor of the quality", repr(vendor[:20]), "up to four hexadecimal digits", item=2)
    return QualityNote(score, int(vendor, 16), row.number(2, "algorithm of the quality", most=0xFFFF))


def _minutia(row: Items, width: int, height: int) -> RecordMinutia:
    row.expect("minutia", 6)
    row.number(0, "index of the minutia", least=row.subfield, most=row.subfield)
    x, y = row.number(1, "minutia x", most=width - 1), row.number(2, "minutia y", most=height - 1)
    angle, kind = row.number(3, "minutia angle", most=STEPS - 1), row.number(4, "minutia type", most=2)
    return RecordMinutia(kind, x, y, angle, row.number(5, "minutia quality", most=100) or NOT_REPORTED)


def _ridges(block: Block, count: int) -> RidgeCounts | None:
    rows = block.subfields(RCI, "ridge counts")
    if not rows:
        return None
    for row in rows:
        row.expect("ridge counts", 3)
    method = rows[0].number(0, "ridge count method", most=2)
    for filler in (1, 2):
        rows[0].number(filler, "filler", most=0)
    found = []
    for row in rows[1:]:
        centre = row.number(0, "centre minutia", least=1, most=count)
        neighbour = row.number(1, "neighbour minutia", least=1, most=NO_NEIGHBOUR)
        if count < neighbour < NO_NEIGHBOUR:
            raise row.fault("neighbour minutia", str(neighbour), f"1 to {count}, or {NO_NEIGHBOUR} for none", item=2)
        found.append((centre, neighbour, row.number(2, "ridge count", most=NO_COUNT)))
    return RidgeCounts(method, tuple(found))


def _singular(
    block: Block, field: int, name: str, *, angles: tuple[int, ...], view: FingerView
) -> tuple[SingularPoint, ...]:
    found = []
    for row in block.subfields(field, name):
        row.expect(name, *(2 + several for several in angles))
        x, y = row.number(0, f"{name} x", most=view.width - 1), row.number(1, f"{name} y", most=view.height - 1)
        turns = (row.number(place, f"{name} angle", most=STEPS - 1) for place in range(2, len(row.items)))
        found.append(SingularPoint(x, y, tuple(turns)))
    return tuple(found)


def _ridges_text(ridges: RidgeCounts | None) -> str:
    if ridges is None:
        return ""
    rows = (f"{centre:03d}{US}{neighbour:03d}{US}{count:02d}" for centre, neighbour, count in ridges.counts)
    return RS.join((f"{ridges.method}{US}0{US}0", *rows))


def _singular_text(points: tuple[SingularPoint, ...]) -> str:
    return RS.join(US.join(map(str, (point.x, point.y, *point.angles))) for point in points)
