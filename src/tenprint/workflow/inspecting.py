"""Looking at the prints of a file: each image decoded, measured and extracted as intake would, and nothing kept.

The maps behind a finger are made when a picture is drawn of them; the stages of the network only when asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import IdentifyError
from tenprint.exchange.records import Transaction
from tenprint.exchange.submission import ImageRecord, images_of, missing_of
from tenprint.identify.codecs.resolution import finger_doubt
from tenprint.identify.extract.choice import extractor
from tenprint.identify.extract.leader import LeaderExtractor
from tenprint.identify.extract.loop_direction import advice_on, opens_to_the_thumb
from tenprint.identify.extract.pattern import Pattern
from tenprint.identify.extract.quality_reasons import REASONS, Reason
from tenprint.identify.extract.tenprints import Examined, examined
from tenprint.identify.slaps.cut import cut_out
from tenprint.model.prints import FINGERS, SURE_SEGMENT, FingerSegment, GreyImage
from tenprint.model.protocols import Extractor
from tenprint.units import GRID_PPI, Ppi
from tenprint.workflow.image_quality import is_usable
from tenprint.workflow.images import PLAIN_THUMBS, SLAPS, decode_record
from tenprint.workflow.slaps import places_in


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What one stage of the network gave. values: (rows, columns) uint8, the channels' mean, 0 least to 255 most."""

    name: str
    values: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenImage:
    """One image record. error: why it was not decoded or extracted; decoded: as sent; finger: of positions 1 to 12 only;
    usable: whether intake would search it; stages: empty unless asked for; segments: the fingers of a slap; plain: those of them
    that the file shows in no image of their own, so that intake would search the plain print; failed: why one of these gave nothing.
    """

    record: ImageRecord
    error: str | None = None
    decoded: GreyImage | None = None
    finger: Examined | None = None
    usable: bool = False
    stages: tuple[Stage, ...] = ()
    segments: tuple[FingerSegment, ...] = ()
    plain: Mapping[int, Examined] = field(default_factory=dict)
    failed: Mapping[int, str] = field(default_factory=dict)

    @property
    def usable_fingers(self) -> int:
        """How many fingers of the image intake would search."""
        return int(self.usable) + sum(is_usable(one.template) for one in self.plain.values())

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What is wrong with the finger, with its sentence, and last what its loop advises to check; empty where nothing is or no finger
        was looked at.
        """
        if self.finger is None:
            return ()
        advice = advice_on(self._declared, self.pattern) if self._declared else None
        return (*(REASONS[code] for code in self.finger.template.reasons), *((advice,) if advice else ()))

    @property
    def pattern(self) -> Pattern:
        """Of the finger; unsure of an image that is not usable."""
        return self.finger.pattern if self.finger and self.usable else Pattern.UNSURE

    @property
    def opens_to_the_thumb(self) -> bool | None:
        """Whether its loop does; None without a sure loop, or where nobody says which finger it is."""
        return opens_to_the_thumb(self._declared, self.pattern) if self._declared else None

    @property
    def _declared(self) -> int:
        """The finger that the image is said to show, 1 to 10; 0 where none is."""
        position = PLAIN_THUMBS.get(self.record.position, self.record.position)
        return position if position in FINGERS else 0


NO_FINGER: Final = "Not a finger: it was only decoded."
"""Said of palms and others, which no minutiae are taken from."""


NO_RECORD: Final = 0
"""Record type of an image that came in no transaction. Source: no ANSI/NIST-ITL record has it."""

UNKNOWN_IMPRESSION: Final = 29
"""Source: ANSI/NIST-ITL 1, friction ridge impression types, "unknown friction ridge"."""


def look(transaction: Transaction, *, stages: bool = False) -> Iterator[SeenImage]:
    """Every image of a file that need be no booking, in file order, one at a time. Raises ModelMissing.

    stages: also run the network for what each of its stages gives; several times slower.
    """
    chosen = extractor()
    missing = {one.position for one in missing_of(transaction)}
    records = images_of(transaction)
    single = {PLAIN_THUMBS.get(one.position, one.position) for one in records}
    for record in records:
        try:
            image = decode_record(record)
        except IdentifyError as error:
            yield SeenImage(record=record, error=str(error))
            continue
        position = PLAIN_THUMBS.get(record.position, record.position)
        if position in FINGERS:
            yield _finger(record, image, position, chosen=chosen, stages=stages)
        else:
            yield _slap(record, image, missing, chosen=chosen, single=single)


def look_at_image(image: GreyImage, *, position: int, stages: bool = False) -> SeenImage:
    """One image that came in no transaction, as intake would see it in one. Raises ModelMissing.

    position: what it shows, as an image record says it; 0 unknown, taken for a single finger.
    """
    rows, columns = image.pixels.shape
    record = ImageRecord(
        record_type=NO_RECORD, record_index=0, idc=0, position=position, impression=UNKNOWN_IMPRESSION, width=columns, height=rows,
        pixels_per_mm=image.ppi.value / 25.4, compression="NONE", bits=8, data=b"",
    )  # fmt: skip
    finger = PLAIN_THUMBS.get(position, position) or min(FINGERS)
    if finger in FINGERS:
        return _finger(record, image, finger, chosen=extractor(), stages=stages)
    return _slap(record, image, (), chosen=extractor(), single=())


def _finger(record: ImageRecord, image: GreyImage, position: int, *, chosen: Extractor, stages: bool) -> SeenImage:
    try:
        found = examined(position, image, chosen, doubted=finger_doubt(image) is not None)
    except IdentifyError as error:
        return SeenImage(record=record, decoded=image, error=str(error))
    taps = _stages(chosen, found) if stages and isinstance(chosen, LeaderExtractor) else ()
    return SeenImage(record=record, decoded=image, finger=found, usable=is_usable(found.template), stages=taps)


def _slap(
    record: ImageRecord, image: GreyImage, missing: Collection[int], *, chosen: Extractor, single: Collection[int]
) -> SeenImage:
    """single: fingers that have an image of their own, whose plain print is not looked at."""
    if record.position not in SLAPS:
        return SeenImage(record=record, decoded=image, error=NO_FINGER)
    try:
        found = places_in(record, image, missing)
    except IdentifyError as error:
        return SeenImage(record=record, decoded=image, error=str(error))
    plain: dict[int, Examined] = {}
    failed: dict[int, str] = {}
    for one in found:
        if one.position in single or one.confidence < SURE_SEGMENT:
            continue
        cut = cut_out(image, one)
        try:
            plain[one.position] = examined(one.position, cut, chosen, doubted=finger_doubt(cut) is not None)
        except IdentifyError as error:
            failed[one.position] = str(error)
    return SeenImage(record=record, decoded=image, segments=found, plain=plain, failed=failed)


def _stages(chosen: LeaderExtractor, found: Examined) -> tuple[Stage, ...]:
    maps = chosen.taps(GreyImage(found.pixels, Ppi(GRID_PPI)))
    return tuple(Stage(name, _as_grey(values.mean(axis=-1))) for name, values in maps.items())


def _as_grey(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    grey: NDArray[np.uint8] = np.rint((values - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)
    return grey
