"""From a booking's image records to grey images by finger position: the meeting of exchange and identify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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

DECODERS: Final = 2
"""Images decoded at the same time. Set by: the decoding processes that are kept (`sandbox.MOST_IDLE`)."""

PLAIN_THUMBS: Final = {11: 1, 12: 6}
"""Plain thumb positions and the finger they show. Source: ANSI/NIST-ITL 1, friction ridge position table."""

SLAPS: Final = (13, 14, 15)
"""Positions of plain impressions of several fingers. Source: ANSI/NIST-ITL 1, friction ridge positions."""


@dataclass(frozen=True, slots=True, eq=False)
class CardImages:
    """A booking's images, each decoded once. fingers: by finger position 1-10, a rolled image before a plain one; records: what
    each of these was sent as; every: all images, slaps too, by the record's index in the file.
    """

    fingers: Mapping[int, GreyImage]
    records: Mapping[int, ImageRecord]
    every: Mapping[int, GreyImage]


def decode_card(booking: Booking) -> CardImages:
    """Every image of a booking. All claims are bounded before the first image is decoded.

    Raises ImageTooLarge, ImageUnreadable, ResolutionUnusable: with the record that is at fault; FieldInvalid without an image of
    fingers. A card may have slaps alone, as identification flats do: EBTS 9.1 asks a booking for one to fourteen images and for
    none of them to be rolled.
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
    records = finger_records(booking)
    every = decode_records(booking.images)
    if not records and not any(record.position in SLAPS for record in booking.images):
        raise FieldInvalid(
            "no image shows a known finger: found positions "
            f"{', '.join(f'{record.position:02d}' for record in booking.images) or 'of no image'}; nothing of this transaction was taken in",
            where=Where(record_type=14, field=13),
            allowed="one to fourteen images, at least one of them of positions 01 to 15; send it again under a new TCN",
            source="EBTS 9.1, 14.013 FGP",
        )  # fmt: skip
    fingers = {position: every[record.record_index] for position, record in records.items()}
    return CardImages(fingers, records, every)


def decode_records(records: Sequence[ImageRecord]) -> dict[int, GreyImage]:
    """Images by their record's index in the file, `DECODERS` at the same time. Raises what the first faulty one raises."""
    with ThreadPoolExecutor(max_workers=max(1, min(DECODERS, len(records))), thread_name_prefix="decode") as pool:
        waiting = {record.record_index: pool.submit(decode_record, record) for record in records}
        return {index: image.result() for index, image in waiting.items()}


def finger_records(booking: Booking) -> dict[int, ImageRecord]:
    """The image record that stands for each finger, 1-10: a rolled one before a plain one, else the first in the file."""
    found: dict[int, ImageRecord] = {}
    for record in sorted(booking.images, key=lambda r: r.position in PLAIN_THUMBS):
        position = PLAIN_THUMBS.get(record.position, record.position)
        if position in FINGERS:
            found.setdefault(position, record)
    return found


def check_claims(fingers: Mapping[int, GreyImage], records: Mapping[int, ImageRecord]) -> None:
    """Raises ResolutionUnusable where the ridges contradict the resolution that a record, or the card, claims.

    fingers, records: by position 1-10, the image and what it was sent as.
    """
    doubt = card_doubt(fingers)
    if doubt is None:
        return
    position, reason = doubt
    record = records[next(iter(records)) if position is None else position]
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
