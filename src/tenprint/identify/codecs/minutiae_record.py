"""The nouns that the finger minutiae formats share, in the units of their edition; conversion to ours is at this edge only.

Sources: ISO/IEC 19794-2:2005 and :2011, INCITS 378-2004 and -2009, their tables of record and view headers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, TypeVar

import numpy as np

from tenprint.errors import IdentifyError, TemplateInvalid
from tenprint.model.prints import MAX_MINUTIAE, MINUTIA, Minutiae, in_order
from tenprint.units import GRID_PPI, TURN, Ppi

NOT_REPORTED = 254
"""Quality that nobody computed; never the same as 0, the worst. Source: ISO/IEC 29794-1; editions before 2009 write 0."""

FAILED = 255
"""Quality whose computation failed. Source: ISO/IEC 29794-1."""

MOST_BYTES = 1 << 22
"""Longest record read. Set by: 176 views of 255 minutiae with extended data of 20 kB each stay below 4 MB."""

MOST_COORDINATE = 0x3FFF
"""Largest position, 14 bits; the two bits above it are the kind, or reserved. Source: all four editions."""


@dataclass(frozen=True, slots=True)
class RecordMinutia:
    """One minutia as written. kind: 0 other, 1 ending, 2 bifurcation; x, y: pixels of the scan from the top left; angle: in
    the edition's steps, counter-clockwise from the right; quality: 0 to 100, `NOT_REPORTED` or `FAILED`.
    """

    kind: int
    x: int
    y: int
    angle: int
    quality: int = NOT_REPORTED


@dataclass(frozen=True, slots=True)
class QualityNote:
    """One score. score: 0 to 100, `NOT_REPORTED` or `FAILED`; vendor, algorithm: registered numbers, 0 unknown."""

    score: int
    vendor: int = 0
    algorithm: int = 0


@dataclass(frozen=True, slots=True)
class FingerView:
    """One view of one finger. position: 0 unknown, 1-10; view: 0-15; impression: code of the edition; width, height: of the
    scan, pixels; ppcm_x, ppcm_y: pixels per centimetre; extended: the extended data block, byte for byte.

    capture: the 14 bytes of date, time and device of ISO/IEC 19794-2:2011; certificates: its certification blocks;
    ending: its ridge ending type; six: whether each of its minutiae has a quality byte. Empty, 0, True elsewhere.
    """

    position: int
    view: int
    impression: int
    qualities: tuple[QualityNote, ...]
    width: int
    height: int
    ppcm_x: int
    ppcm_y: int
    minutiae: tuple[RecordMinutia, ...]
    extended: bytes = b""
    capture: bytes = b""
    certificates: bytes | None = None
    ending: int = 0
    six: bool = True


@dataclass(frozen=True, slots=True)
class MinutiaeRecord:
    """One record. edition: a name of `templates.EDITIONS`; product: vendor and subformat, None in ISO editions; compliant:
    the capture device meets EBTS Appendix F; device: its number; stated_length: the length in the header where it is less
    than the true one, else None. Such files exist, also among reference files; they are written back as they were.
    zero_padded: the version is ``020`` instead of `` 20``.
    """

    edition: str
    views: tuple[FingerView, ...]
    product: tuple[int, int] | None = None
    compliant: bool = False
    device: int = 0
    stated_length: int | None = None
    zero_padded: bool = False


class OfEdition(Protocol):
    """A record that knows in which edition it is written."""

    @property
    def edition(self) -> str:
        """The edition's name."""
        ...


RecordT = TypeVar("RecordT", bound=OfEdition)


class Cursor:
    """Reads big-endian numbers; every number is bounded, and an error names the byte."""

    most_bytes: ClassVar[int] = MOST_BYTES
    refusal: ClassVar[type[IdentifyError]] = TemplateInvalid
    remedy: ClassVar[str] = "Export the template again."

    def __init__(self, data: bytes, edition: str) -> None:
        if len(data) > self.most_bytes:
            raise self.refusal(f"{edition}: {len(data)} bytes; allowed: {self.most_bytes}. It was not read.")
        self.data, self.edition, self.at = data, edition, 0

    def take(self, size: int, name: str) -> bytes:
        """The next ``size`` bytes. Raises TemplateInvalid at the end."""
        if self.at + size > len(self.data):
            raise self.fault(name, f"the record ends at byte {len(self.data)}", f"{size} bytes more")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int, name: str, *, least: int = 0, most: int | None = None) -> int:
        """The next ``size`` bytes as a number from ``least`` to ``most``. Raises TemplateInvalid."""
        value = int.from_bytes(self.take(size, name), "big")
        limit = most if most is not None else (1 << 8 * size) - 1
        if not least <= value <= limit:
            self.at -= size
            raise self.fault(name, str(value), f"{least} to {limit}")
        return value

    def quality(self, name: str, *, modern: bool) -> int:
        """A quality byte: 0 to 100, 254 or 255 where modern; else 1 to 100, and 0 for not reported."""
        value = self.number(1, name)
        if not modern and value == 0:
            return NOT_REPORTED
        if value <= 100 or (modern and value >= NOT_REPORTED):
            return value
        self.at -= 1
        raise self.fault(name, str(value), "0 to 100" + (", 254, 255" if modern else ""))

    def fault(self, name: str, found: str, allowed: str) -> IdentifyError:
        """The error for what stands at this byte."""
        return self.refusal(
            f"{self.edition}, byte {self.at}, {name}: {found}; allowed: {allowed}. The record was not read. {self.remedy}"
        )


def stated_length(cursor: Cursor, size: int = 4) -> int | None:
    """The length in the header: None where true; a smaller one where not, for the parts must fill the file anyway.

    Raises TemplateInvalid for a larger one: the record is cut.
    """
    value = cursor.number(size, "length of the record", least=8, most=len(cursor.data))
    return None if value == len(cursor.data) else value


def resolution(cursor: Cursor) -> int:
    """Pixels per centimetre on one axis: 40 to 1574, which is 100 to 4000 ppi. Raises TemplateInvalid."""
    return cursor.number(2, "resolution in pixels per centimetre", least=40, most=1574)


def minutia(
    cursor: Cursor, *, width: int, height: int, steps: int, modern: bool, with_quality: bool = True
) -> RecordMinutia:
    """One minutia of six bytes, or five; inside the image, no reserved bit set. Raises TemplateInvalid."""
    word = cursor.number(2, "minutia kind and x")
    kind, x = word >> 14, word & MOST_COORDINATE
    if kind == 3 or x >= width:
        cursor.at -= 2
        raise cursor.fault("minutia kind and x", f"kind {kind}, x {x}", f"kind 0 to 2, x below {width}")
    y = cursor.number(2, "minutia y with two reserved bits", most=min(MOST_COORDINATE, height - 1))
    angle = cursor.number(1, "minutia angle", most=steps - 1)
    return RecordMinutia(
        kind, x, y, angle, cursor.quality("minutia quality", modern=modern) if with_quality else NOT_REPORTED
    )


def packed(points: Iterable[RecordMinutia], *, modern: bool, with_quality: bool = True) -> bytes:
    """The bytes of minutiae, as `minutia` reads them."""
    out = bytearray()
    for point in points:
        out += struct.pack(">HHB", point.kind << 14 | point.x, point.y, point.angle)
        out += bytes([written_quality(point.quality, modern=modern)]) if with_quality else b""
    return bytes(out)


def written_quality(quality: int, *, modern: bool) -> int:
    """The byte of a quality. Before 2009 0 means not reported: the worst quality becomes 1, a failed one 0."""
    if modern:
        return quality
    return 0 if quality >= NOT_REPORTED else max(1, quality)


def distinct_views(cursor: Cursor, views: list[FingerView]) -> tuple[FingerView, ...]:
    """The views, each (position, view) once, and no byte left over. Raises TemplateInvalid."""
    seen = [(view.position, view.view) for view in views]
    if len(set(seen)) != len(seen):
        raise cursor.fault("finger views", f"{seen}", "each position and view number once")
    if cursor.at != len(cursor.data):
        raise cursor.fault("end of the record", f"{len(cursor.data) - cursor.at} bytes more", "none")
    return tuple(views)


def checked(
    build: Callable[[], bytes],
    read: Callable[[bytes], RecordT],
    record: RecordT,
    *,
    refusal: type[IdentifyError] = TemplateInvalid,
) -> bytes:
    """The bytes that ``build`` makes, if ``read`` understands them as ``record``. Raises ``refusal``."""
    try:
        content = build()
    except (struct.error, ValueError, OverflowError, LookupError) as error:
        raise refusal(f"{record.edition}: a value does not fit its field ({error!r}). Nothing was written.") from None
    if read(content) != record:
        raise refusal(f"{record.edition}: can't hold all that the record says. Nothing was written.")
    return content


def minutiae_of(view: FingerView, *, steps: int, unknown_quality: int) -> Minutiae:
    """The view on our grid: pixels at 500 ppi, binary angles; minutiae beyond 255, or after scaling outside, never exist.

    unknown_quality: 0 to 100, what a minutia without a reported quality is taken for; the caller decides.
    """
    scale_x = GRID_PPI / Ppi.from_pixels_per_cm(view.ppcm_x).value
    scale_y = GRID_PPI / Ppi.from_pixels_per_cm(view.ppcm_y).value
    scale_x, scale_y = (1.0 if abs(scale - 1) <= 0.01 else scale for scale in (scale_x, scale_y))
    width, height = max(1, round(view.width * scale_x)), max(1, round(view.height * scale_y))
    points = np.zeros(len(view.minutiae), MINUTIA)
    for index, point in enumerate(view.minutiae):
        quality = unknown_quality if point.quality >= NOT_REPORTED else point.quality
        x, y = min(width - 1, round(point.x * scale_x)), min(height - 1, round(point.y * scale_y))
        points[index] = (x, y, round(point.angle * TURN / steps) % TURN, point.kind, quality)
    return Minutiae(in_order(points), width, height)


def view_of(minutiae: Minutiae, *, position: int, quality: int, steps: int, impression: int = 0) -> FingerView:
    """Our minutiae of one finger as a view at 197 pixels per centimetre. Raises TemplateInvalid over 16383 pixels a side."""
    if max(minutiae.width, minutiae.height) > MOST_COORDINATE:
        raise TemplateInvalid(
            f"an image of {minutiae.width}×{minutiae.height} pixels; allowed: {MOST_COORDINATE} a side"
        )
    points = tuple(
        RecordMinutia(int(p["kind"]), int(p["x"]), int(p["y"]), round(int(p["theta"]) * steps / TURN) % steps,
                      int(p["quality"]))
        for p in minutiae.points[:MAX_MINUTIAE]
    )  # fmt: skip
    return FingerView(
        position, 0, impression, (QualityNote(quality),), minutiae.width, minutiae.height, 197, 197, points
    )


def turned(view: FingerView, *, steps: int, to_steps: int) -> FingerView:
    """The view with its angles in other steps, rounded to the nearest."""
    if steps == to_steps:
        return view
    points = tuple(replace(p, angle=round(p.angle * to_steps / steps) % to_steps) for p in view.minutiae)
    return replace(view, minutiae=points)
