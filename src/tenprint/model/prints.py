"""Images, minutiae and templates: the only nouns that are arrays (and the only file of this room with numpy)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import TemplateInvalid
from tenprint.units import Ppi

Pixels: TypeAlias = NDArray[np.uint8]

FINGERS = tuple(range(1, 11))
"""Friction ridge positions 1 right thumb … 5 right little, 6 left thumb … 10 left little. Source: ANSI/NIST-ITL 1, table of positions."""

MINUTIA = np.dtype([("x", "<u2"), ("y", "<u2"), ("theta", "<u2"), ("kind", "u1"), ("quality", "u1")])
"""One minutia, 8 bytes little-endian.

x, y:     pixels at 500 ppi from the top left corner; y grows downwards.
theta:    binary angle, 65536 steps a turn, counter-clockwise from +x with y *up* (ISO/IEC 19794-2).
kind:     0 other or unknown, 1 ridge ending, 2 bifurcation (ISO/IEC 19794-2).
quality:  0 worst to 100 best.
"""

MAX_MINUTIAE = 255
"""Most minutiae in one finger's template; the best by quality are kept. Source: ISO/IEC 19794-2:2005 counts them in one byte."""

SURE_SEGMENT = 60
"""Least confidence of a finger's place in a slap that is used without a person looking, 0 to 100. Set by: see `identify.slaps`."""

TEMPLATE_MAGIC = b"TPT1"
"""First four bytes of a template record, version 1: of a finger without reasons, and of all written before there were any."""

TEMPLATE_MAGIC_WITH_REASONS = b"TPT2"
"""First four bytes of version 2: version 1 with the length of the reasons in the header and their text behind the extractor's."""


@dataclass(frozen=True, slots=True, eq=False)
class GreyImage:
    """One finger's image. pixels: (rows, columns) uint8, 0 black (ridge) to 255 white; ppi: scanning resolution."""

    pixels: Pixels
    ppi: Ppi

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2:
            raise ValueError(f"expected (rows, columns) uint8, found {self.pixels.shape} {self.pixels.dtype}")


@dataclass(frozen=True, slots=True, eq=False)
class Minutiae:
    """What an extractor returns: points (n,) of dtype `MINUTIA`, sorted by quality descending, then y, x, theta; and the size
    of the resampled image, columns and rows in pixels at 500 ppi.
    """

    points: NDArray[np.void]
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.points.dtype != MINUTIA or self.points.ndim != 1:
            raise ValueError(f"expected (n,) of {MINUTIA}, found {self.points.shape} {self.points.dtype}")

    def __len__(self) -> int:
        return len(self.points)

    def at_least(self, quality: int) -> Minutiae:
        """Only the minutiae of at least this quality (0 to 100)."""
        return Minutiae(self.points[self.points["quality"] >= quality], self.width, self.height)


@dataclass(frozen=True, slots=True)
class FingerSegment:
    """Where one finger lies in a slap, in pixels of the slap as it was sent.

    position:    1 to 10. box: left, top, right, bottom of its ink (right and bottom excluded), upright as 14.021 SEG has it.
    corners:     its rectangle in its own direction: tip left, tip right, base right, base left, each (x, y).
    rotation:    binary angle by which the finger leans from upright, clockwise: 0 to `TURN`.
    confidence:  0 to 100; below `SURE_SEGMENT` a person has to look.
    reasons:     codes of what makes it doubtful, such as ``cut_by_edge``; empty when nothing does.
    """

    position: int
    box: tuple[int, int, int, int]
    corners: tuple[tuple[float, float], ...]
    rotation: int
    confidence: int
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        if self.position not in FINGERS or not (left < right and top < bottom) or len(self.corners) != 4:
            raise ValueError(f"not a finger's place: position {self.position}, box {self.box}")


def in_order(points: NDArray[np.void]) -> NDArray[np.void]:
    """The same minutiae in the one order that templates use: quality descending, then y, x, theta ascending; at most 255."""
    order = np.lexsort((points["theta"], points["x"], points["y"], -points["quality"].astype(np.int16)))
    return np.ascontiguousarray(points[order][:MAX_MINUTIAE])


@dataclass(frozen=True, slots=True, eq=False)
class FingerTemplate:
    """One finger's minutiae with their provenance. position: 1-10; quality: 0-100 for the finger; extractor:
    `Extractor.version`; reasons: codes of what was wrong with the image, such as ``too_dry``, in the order of their list.
    """

    position: int
    minutiae: Minutiae
    quality: int
    extractor: str
    reasons: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The record: magic, position, quality, extractor text, size, count, reasons if any, points, then SHA-256 of all
        before.
        """
        text, why = self.extractor.encode("utf-8"), " ".join(self.reasons).encode("ascii")
        magic = TEMPLATE_MAGIC_WITH_REASONS if why else TEMPLATE_MAGIC
        head = struct.pack("<4sBBHHHH", magic, self.position, self.quality, len(text), self.minutiae.width,
                           self.minutiae.height, len(self.minutiae))  # fmt: skip
        body = head + (struct.pack("<H", len(why)) if why else b"") + text + why + self.minutiae.points.tobytes()
        return body + hashlib.sha256(body).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> FingerTemplate:
        """Read one record written by `to_bytes`. Raises TemplateInvalid naming what is wrong."""
        size = struct.calcsize("<4sBBHHHH")
        if len(data) < size + 32:
            raise TemplateInvalid(f"a template record of {len(data)} bytes is shorter than its own header")
        if hashlib.sha256(data[:-32]).digest() != data[-32:]:
            raise TemplateInvalid("the template record's checksum does not hold; it was not used")
        magic, position, quality, text_len, width, height, count = struct.unpack_from("<4sBBHHHH", data)
        known = magic in {TEMPLATE_MAGIC, TEMPLATE_MAGIC_WITH_REASONS}
        if not known or position not in FINGERS or quality > 100 or count > MAX_MINUTIAE:
            raise TemplateInvalid(f"not a template record of version 1 or 2 (magic {magic!r}, position {position})")
        why_len = 0
        if magic == TEMPLATE_MAGIC_WITH_REASONS:
            (why_len,), size = struct.unpack_from("<H", data, size), size + 2
        if len(data) != size + text_len + why_len + count * MINUTIA.itemsize + 32:
            raise TemplateInvalid("the template record's length disagrees with its count of minutiae")
        at = size + text_len
        points = np.frombuffer(data, MINUTIA, count, at + why_len).copy()
        try:
            extractor, why = data[size:at].decode("utf-8"), data[at : at + why_len].decode("ascii")
        except UnicodeDecodeError:
            raise TemplateInvalid("the template record's texts are not text") from None
        return cls(position, Minutiae(points, width, height), quality, extractor, tuple(why.split()))


@dataclass(frozen=True, slots=True, eq=False)
class TenprintTemplate:
    """Up to ten fingers of one encounter, by position. A missing finger is no evidence, never a contradiction."""

    fingers: tuple[FingerTemplate, ...]

    def __post_init__(self) -> None:
        positions = [finger.position for finger in self.fingers]
        if len(set(positions)) != len(positions):
            raise ValueError(f"each position once; found {positions}")

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions present, ascending."""
        return tuple(sorted(finger.position for finger in self.fingers))

    def finger(self, position: int) -> FingerTemplate | None:
        """The template at ``position`` (1-10), or None."""
        return next((finger for finger in self.fingers if finger.position == position), None)

    def to_bytes(self) -> bytes:
        """Length-prefixed (4 bytes little-endian) finger records, ascending by position."""
        records = [finger.to_bytes() for finger in sorted(self.fingers, key=lambda f: f.position)]
        return b"".join(struct.pack("<I", len(record)) + record for record in records)

    @classmethod
    def from_bytes(cls, data: bytes) -> TenprintTemplate:
        """The inverse of `to_bytes`. Raises TemplateInvalid."""
        fingers = []
        at = 0
        while at < len(data):
            if at + 4 > len(data):
                raise TemplateInvalid("ten-print template ends inside a length")
            (length,) = struct.unpack_from("<I", data, at)
            if at + 4 + length > len(data):
                raise TemplateInvalid("ten-print template ends inside a finger")
            fingers.append(FingerTemplate.from_bytes(data[at + 4 : at + 4 + length]))
            at += 4 + length
        return cls(tuple(fingers))
