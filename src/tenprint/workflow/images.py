"""From a booking's image records to grey images by finger position: the meeting of exchange and identify."""

from __future__ import annotations

from typing import Final

from tenprint.errors import FieldInvalid, IdentifyError, ImageTooLarge, ResolutionUnusable, Where
from tenprint.exchange.submission import Booking, ImageRecord
from tenprint.identify.codecs.limits import MAX_PIXELS
from tenprint.identify.codecs.resolution import card_doubt
from tenprint.identify.codecs.sandbox import POOL
from tenprint.model.prints import FINGERS, GreyImage
from tenprint.units import Ppi

MAX_CARD_PIXELS: Final = 120_000_000
"""Most pixels in all images of one transaction. Source: fourteen 1000 ppi images of a card stay below 100 million."""

PLAIN_THUMBS: Final = {11: 1, 12: 6}
"""Plain thumb positions and the finger they show. Source: ANSI/NIST-ITL 1, friction ridge position table."""


def decode_all(booking: Booking) -> dict[int, GreyImage]:
    """Grey images by finger position 1-10; a rolled image goes before a plain one of the same finger.

    All claims are bounded before the first image is decoded. Slaps (13, 14, 15) are decoded and left to `slaps`.
    Raises ImageTooLarge, ImageUnreadable, ResolutionUnusable: with the record that is at fault.
    """
    claimed = 0
    for record in booking.images:
        claimed += record.width * record.height
        if record.width * record.height > MAX_PIXELS or claimed > MAX_CARD_PIXELS:
            raise ImageTooLarge(
                f"{_name(record)} claims {record.width} x {record.height} pixels; allowed: {MAX_PIXELS} an image and {MAX_CARD_PIXELS} "
                "a transaction. Nothing was decoded and nothing of this transaction was taken in. Send images of 500 or 1000 ppi.",
                where=_where(record, 6),
            )
    images: dict[int, GreyImage] = {}
    sources: dict[int, ImageRecord] = {}
    for record in sorted(booking.images, key=lambda r: r.position in PLAIN_THUMBS):
        position = PLAIN_THUMBS.get(record.position, record.position)
        image = decode_record(record)
        if position in FINGERS:
            images.setdefault(position, image)
            sources.setdefault(position, record)
    if not images:
        raise FieldInvalid(
            "no image of a single finger (positions 01 to 12)", where=Where(record_type=14, field=13),
            allowed="one to fourteen images, of which at least one shows a single finger",
        )  # fmt: skip
    _check_claims(images, sources)
    return images


def _check_claims(images: dict[int, GreyImage], sources: dict[int, ImageRecord]) -> None:
    """Raises ResolutionUnusable where the ridges contradict the resolution that a record, or the card, claims."""
    doubt = card_doubt(images)
    if doubt is None:
        return
    position, reason = doubt
    record = sources[next(iter(sources)) if position is None else position]
    raise ResolutionUnusable(
        f"{_name(record) if position is not None else 'the fingers of this card'}: {reason}. It was not corrected by guess; "
        "nothing of this transaction was taken in. Check the scale of the scan and send it again under a new TCN.",
        where=_where(record, 9),
    )


def decode_record(record: ImageRecord) -> GreyImage:
    """One record's image. Raises ImageUnreadable, ImageTooLarge, ResolutionUnusable."""
    if record.pixels_per_mm is None:
        raise ResolutionUnusable(
            f"{_name(record)} declares no scanning resolution; nothing of this transaction was taken in",
            where=_where(record, 9),
        )
    try:
        ppi = Ppi.from_pixels_per_mm(record.pixels_per_mm)
    except ValueError as error:
        raise ResolutionUnusable(
            f"{_name(record)}: {error}; nothing of this transaction was taken in", where=_where(record, 9)
        ) from None
    try:
        return POOL.decode(
            bytes(record.data),
            compression=record.compression,
            width=record.width,
            height=record.height,
            bits=record.bits,
            ppi=ppi,
        )
    except IdentifyError as error:
        raise type(error)(f"{_name(record)}: {error}", where=_where(record, 999)) from None


def _where(record: ImageRecord, field: int) -> Where:
    """The record at fault, and the field where it is tagged (Type-4 records have none)."""
    return Where(
        record_type=record.record_type,
        record_index=record.record_index,
        field=field if record.record_type != 4 else None,
    )


def _name(record: ImageRecord) -> str:
    return f"Type-{record.record_type} record {record.record_index + 1} of the file (finger position {record.position:02d})"
