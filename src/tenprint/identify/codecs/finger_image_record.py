"""The nouns that the finger image formats share: records, images, and the limits that hold in every edition.

Sources: the layouts of ISO/IEC 19794-4:2005 and :2011 and INCITS 381-2004 as public software reads and writes them (NIST BIOMDI,
JMRTD, MOSIP bio-utils, iso19794); the standards themselves were not read, and no reference file was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tenprint.errors import IdentifyError, ImageTooLarge, ImageUnreadable, ResolutionUnusable
from tenprint.identify.codecs.limits import MAX_FILE_BYTES, check_size
from tenprint.identify.codecs.minutiae_record import NOT_REPORTED, Cursor, QualityNote
from tenprint.identify.codecs.sandbox import POOL
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

PER_INCH, PER_CM = 1, 2
"""Scale units: pixels per inch, pixels per centimetre. Source: NIST BIOMDI, MOSIP bio-utils: alike in all editions."""

RATES = {PER_INCH: (100, 4000), PER_CM: (40, 1574)}
"""Least and most pixels a unit. Set by: 100 to 4000 ppi, what `tenprint.units.Ppi` takes."""

POSITIONS = frozenset((*range(11), 13, 14, 15, *range(20, 37)))
"""Positions of every edition: fingers 0 to 10, plain right four 13, plain left four 14, plain thumbs 15, palms 20 to 36.
Source: NIST BIOMDI and JMRTD; as ANSI/NIST-ITL numbers fingers and palms.
"""

UNEQUAL = 0.01
"""Most by which the rates of the two axes differ, a part of one. Set by: the tolerance of EBTS Appendix F."""


@dataclass(frozen=True, slots=True)
class FingerImage:
    """One image. position: a code of the edition, slaps and palms too; view: number among those of the position; impression:
    code of the edition; compression: ``NONE``, ``PACKED`` or a name of `records.DECODED`; bits: 1 to 16 a pixel.

    units: `PER_INCH` or `PER_CM`; scan, rate: pixels a unit, across and down, of the scan and of this image; views: how many
    the position has (1 in 2011, which does not say); extended: what follows the image data, byte for byte; capture,
    certificates: as in `minutiae_record.FingerView`.
    """

    position: int
    view: int
    impression: int
    qualities: tuple[QualityNote, ...]
    width: int
    height: int
    units: int
    scan: tuple[int, int]
    rate: tuple[int, int]
    bits: int
    compression: str
    data: bytes
    views: int = 1
    extended: bytes = b""
    capture: bytes = b""
    certificates: bytes | None = None


@dataclass(frozen=True, slots=True)
class FingerImageRecord:
    """One record. edition: a name of `finger_images.EDITIONS`; product: vendor and type, None in ISO editions; compliance: the
    four bits of INCITS 381-2004; device: its number; level: image acquisition level. 0 where the edition has none.
    """

    edition: str
    images: tuple[FingerImage, ...]
    product: tuple[int, int] | None = None
    compliance: int = 0
    device: int = 0
    level: int = 0


class ImageCursor(Cursor):
    """A cursor over an image record: larger, and what is wrong is an image that can't be read."""

    most_bytes: ClassVar[int] = MAX_FILE_BYTES
    refusal: ClassVar[type[IdentifyError]] = ImageUnreadable
    remedy: ClassVar[str] = "Export the images again, or correct the field."

    def one_of(self, allowed: frozenset[int] | dict[int, str], size: int, name: str) -> int:
        """The next ``size`` bytes as one of the codes. Raises ImageUnreadable."""
        value = self.number(size, name)
        if value not in allowed:
            self.at -= size
            raise self.fault(name, str(value), ", ".join(str(code) for code in sorted(allowed)))
        return value

    def magic(self, magic: bytes) -> None:
        """The format identifier and the version. Raises ImageUnreadable."""
        if self.take(len(magic), "magic") != magic:
            self.at = 0
            raise self.fault("magic", repr(self.data[: len(magic)]), repr(magic))

    def length(self, size: int) -> None:
        """The length of the record, which must be true. Raises ImageUnreadable."""
        value = self.number(size, "length of the record")
        if value != len(self.data):
            self.at -= size
            raise self.fault("length of the record", str(value), f"{len(self.data)}, the bytes there are")

    def rates(self) -> tuple[int, tuple[int, int], tuple[int, int]]:
        """Unit, then the rates of the scan and of the image, which is never finer than the scan. Raises ImageUnreadable."""
        units = self.number(1, "scale units", least=PER_INCH, most=PER_CM)
        least, most = RATES[units]
        scan = tuple(self.number(2, "resolution of the scan", least=least, most=most) for _ in "xy")
        rate = tuple(self.number(2, "resolution of the image", least=least, most=finest) for finest in scan)
        return units, (scan[0], scan[1]), (rate[0], rate[1])

    def size(self) -> tuple[int, int]:
        """Width and height, within the limits of all images. Raises ImageUnreadable, ImageTooLarge."""
        at = self.at
        width, height = (self.number(2, name, least=1) for name in ("image width", "image height"))
        try:
            check_size(width, height)
        except (ImageTooLarge, ImageUnreadable) as error:
            raise type(error)(f"{self.edition}, byte {at}: {error}") from None
        return width, height

    def end(self, images: list[FingerImage]) -> tuple[FingerImage, ...]:
        """The images, each (position, view) once, and no byte left over. Raises ImageUnreadable."""
        seen = [(image.position, image.view) for image in images]
        if len(set(seen)) != len(seen):
            raise self.fault("images", f"{seen}", "each position and view number once")
        if self.at != len(self.data):
            raise self.fault("end of the record", f"{len(self.data) - self.at} bytes more", "none")
        return tuple(images)


def decoded(image: FingerImage) -> GreyImage:
    """The pixels, decoded in a process of its own as images of transactions are. Packed pixels of 8 bits are plain ones.

    Raises: ResolutionUnusable where the axes differ by over 1 %; ImageUnreadable, also for other than 8 bits a pixel;
    ImageTooLarge.
    """
    across, down = image.rate
    if abs(across - down) > UNEQUAL * max(across, down):
        raise ResolutionUnusable(
            f"image of finger position {image.position} with {across}×{down} pixels a unit; allowed: axes that differ by at most "
            "1 % [set by this build]. It was not decoded. Resample the image where it was made."
        )
    return POOL.decode(
        image.data,
        compression="NONE" if image.compression == "PACKED" else image.compression,
        width=image.width,
        height=image.height,
        bits=image.bits,
        ppi=Ppi(float(across)) if image.units == PER_INCH else Ppi.from_pixels_per_cm(across),
    )


def note_of(cursor: ImageCursor) -> QualityNote:
    """A score without origin: 0 to 100, 254 not reported, 255 failed."""
    return QualityNote(cursor.quality("image quality", modern=True))


UNREPORTED = (QualityNote(NOT_REPORTED),)
"""The quality of an image that nobody scored."""
