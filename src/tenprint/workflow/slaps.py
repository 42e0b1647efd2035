"""The plain prints of a card: cut out of its slaps, held against the rolled ones, and used where a rolled one is not usable.

Nothing is put in another order and no card is refused here: findings are recorded, counted, and shown to a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tenprint.errors import IdentifyError
from tenprint.exchange.submission import Booking, ImageRecord
from tenprint.identify.extract.pattern import Pattern
from tenprint.identify.extract.tenprints import ExaminedTenprint, examined_tenprint
from tenprint.identify.match.mcc import Matcher
from tenprint.identify.slaps.cut import cut_out
from tenprint.identify.slaps.mirrored import Patterns
from tenprint.identify.slaps.segment import SHOWN, segment
from tenprint.identify.slaps.sequence import SequenceCheck, check_sequence
from tenprint.model.prints import FINGERS, SURE_SEGMENT, FingerSegment, GreyImage, TenprintTemplate
from tenprint.model.protocols import Extractor
from tenprint.workflow.image_quality import usable_fingers
from tenprint.workflow.images import PLAIN_THUMBS, SLAPS, check_claims, decode_card, decode_records


@dataclass(frozen=True, slots=True, eq=False)
class PlainPrints:
    """images: upright, by position 1 to 10; places: of each slap's fingers by its place in the file; unsure: fingers found whose
    place or name is in doubt, which are not used; slaps: how many slaps there are;
    failed: why a slap could not be looked at, by its position; empty: positions of slaps in which no finger was found.
    """

    images: Mapping[int, GreyImage]
    places: Mapping[int, tuple[FingerSegment, ...]]
    unsure: Mapping[int, tuple[str, ...]]
    slaps: int
    failed: Mapping[int, str]
    empty: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CheckedCard:
    """usable: the fingers to search, rolled where possible; replaced: positions that come from a plain print, since no rolled one
    is usable; prints, check: what that rests on; plain: every plain print's template; failures: why others have none, by finger.
    """

    usable: TenprintTemplate
    replaced: tuple[int, ...]
    prints: PlainPrints
    check: SequenceCheck
    plain: TenprintTemplate
    failures: Mapping[int, str]

    @property
    def public(self) -> dict[str, Any]:
        """Counts and codes for the public half of an event."""
        found = sum(len(places) for places in self.prints.places.values())
        return {
            "slaps": self.prints.slaps, "failed": len(self.prints.failed), "found": found, "unsure": len(self.prints.unsure),
            "compared": len(self.check.compared), "confirmed": len(self.check.confirmed), "replaced": len(self.replaced),
            "findings": self.check.counts, "certain": sum(one.certain for one in self.check.findings),
        }  # fmt: skip

    @property
    def asks_a_person(self) -> bool:
        """Whether prints of the card contradict each other. That a plain print does not confirm its rolled one is not enough: one
        finger in thirty does not, mostly for want of a common area.
        """
        return any(one.code != "not_confirmed" for one in self.check.findings)

    @property
    def private(self) -> dict[str, Any]:
        """Which fingers, and the sentences for the operator."""
        return {
            "told": [one.sentence for one in self.check.findings],
            "findings": [
                {"code": one.code, "fingers": list(one.fingers), "points": one.points, "certain": one.certain}
                | ({"mirrored": one.mirrored} if one.mirrored else {})
                | (
                    {"evidence": {f"{f:02d}": points for f, points in sorted(one.evidence.items())}}
                    if one.evidence
                    else {}
                )
                for one in self.check.findings
            ],
            "unsure": {f"{finger:02d}": list(why) for finger, why in sorted(self.prints.unsure.items())},
            "replaced": list(self.replaced),
        }


def has_plain(records: Iterable[ImageRecord]) -> bool:
    """Whether a card has any plain impression: slaps, or plain thumbs."""
    return any(record.position in SLAPS or record.position in PLAIN_THUMBS for record in records)


def decode_all(booking: Booking) -> Mapping[int, GreyImage]:
    """Grey images by finger position 1-10 of a booking that nobody looked at before, with the resolution that it claims held against
    its ridges: its single fingers; of a card of slaps alone, the fingers that could be cut out of them, which may be none.

    Raises as `decode_card`, and ResolutionUnusable where ridges contradict the claim.
    """
    card = decode_card(booking)
    if card.fingers:
        check_claims(card.fingers, card.records)
        return card.fingers
    found = plain_prints(booking.images, card.every, missing={one.position for one in booking.missing})
    by_index = {record.record_index: record for record in booking.images}
    shown = [
        (index, one) for index, places in found.places.items() for one in places
    ]  # of a scale in doubt, no place is sure
    check_claims(
        {one.position: cut_out(card.every[index], one) for index, one in shown},
        {one.position: by_index[index] for index, one in shown},
    )
    return found.images


def plain_prints(
    records: Iterable[ImageRecord], decoded: Mapping[int, GreyImage], *, missing: Collection[int]
) -> PlainPrints:
    """The plain prints of a card. A slap that can't be taken apart is counted, since the rolled prints may do.

    decoded: the records' images by their index in the file. missing: fingers that the card calls missing (2.084 AMP, 14.018).
    """
    images: dict[int, GreyImage] = {}
    places: dict[int, tuple[FingerSegment, ...]] = {}
    unsure: dict[int, tuple[str, ...]] = {}
    failed: dict[int, str] = {}
    empty: list[int] = []
    slaps = 0
    for record in records:
        image = decoded[record.record_index]
        if record.position in PLAIN_THUMBS:
            images.setdefault(PLAIN_THUMBS[record.position], image)
        if record.position not in SLAPS:
            continue
        slaps += 1
        try:
            places[record.record_index] = places_in(record, image, missing)
        except IdentifyError as error:
            failed[record.position] = str(error)
            continue
        if not places[record.record_index]:
            empty.append(record.position)
        for one in places[record.record_index]:
            if one.confidence < SURE_SEGMENT:
                unsure[one.position] = one.reasons
            else:
                images.setdefault(one.position, cut_out(image, one))
    return PlainPrints(images, places, unsure, slaps, failed, tuple(empty))


def plain_of(booking: Booking, fingers: Collection[int]) -> dict[int, GreyImage]:
    """The plain prints of those fingers, cut out anew as extraction did; none of a finger that can't be cut out.

    Only images that show one of them are decoded. Raises the errors of decoding.
    """
    shows = [record for record in booking.images if not set(shown_plain(record)).isdisjoint(fingers)]
    missing = {one.position for one in booking.missing}
    found = plain_prints(shows, decode_records(shows), missing=missing).images if shows else {}
    return {finger: found[finger] for finger in fingers if finger in found}


def shown_plain(record: ImageRecord) -> tuple[int, ...]:
    """The fingers that a plain image shows, 1 to 10; none of a rolled one."""
    return () if record.position in FINGERS else SHOWN.get(record.position, ())


def places_in(record: ImageRecord, image: GreyImage, missing: Collection[int]) -> tuple[FingerSegment, ...]:
    """The fingers of one slap; boxes that the record declares are honoured where they hold up. Raises ExtractionFailed."""
    boxes = {
        one.position: (one.left, one.top, one.right, one.bottom) for one in record.boxes if one.position in FINGERS
    }
    return segment(image, record.position, missing=missing, boxes=boxes)


def checked_card(
    records: Sequence[ImageRecord],
    decoded: Mapping[int, GreyImage],
    rolled: ExaminedTenprint,
    *,
    missing: Collection[int],
    extractor: Extractor,
    workers: int,
) -> CheckedCard:
    """Cut out, extract and compare a card's plain prints, and look for images that are mirrored; of a card without plain prints, among
    its rolled ones.

    decoded: as `plain_prints`. rolled: templates and patterns of the card's single images, as extracted, a plain thumb among them where no
    rolled one was sent.
    """
    prints = plain_prints(records, decoded, missing=missing)
    plain = (
        examined_tenprint(prints.images, extractor, workers=workers)
        if prints.images
        else ExaminedTenprint(TenprintTemplate(()), {}, {})
    )
    really_rolled = {record.position for record in records}
    usable, usable_plain = usable_fingers(rolled.template), usable_fingers(plain.template)
    check = check_sequence(
        TenprintTemplate(tuple(one for one in usable.fingers if one.position in really_rolled)),
        usable_plain,
        matcher(),
        patterns=Patterns(_patterns_of(usable, rolled), _patterns_of(usable_plain, plain)),
    )
    # Then nobody knows whose box a plain print belongs in; a card of plain prints alone is searched as it was sent, as a rolled one is.
    single = any(record.position in FINGERS or record.position in PLAIN_THUMBS for record in records)
    in_doubt = single and any(one.certain for one in check.findings)
    replaced = () if in_doubt else tuple(one for one in usable_plain.fingers if one.position not in usable.positions)
    return CheckedCard(
        TenprintTemplate((*usable.fingers, *replaced)), tuple(one.position for one in replaced), prints, check, plain.template,
        _not_cut_out(prints) | plain.failures,
    )  # fmt: skip


def _not_cut_out(prints: PlainPrints) -> dict[int, str]:
    """Why a finger of a slap has no image of its own, as the sender reads it; nothing of one that was not found beside others."""
    why_not = dict.fromkeys(
        prints.empty, "No finger was found in it. Check that it shows the hand, at the scale that its record claims."
    )
    said = {
        finger: f"The slap of position {position:02d} could not be taken apart. {why}"
        for position, why in (why_not | dict(prints.failed)).items()
        for finger in SHOWN[position]
    }
    return said | {
        finger: f"Its place in the slap is in doubt ({', '.join(why)}). Take the slap again, with the fingers apart."
        for finger, why in prints.unsure.items()
        if finger not in prints.images
    }


def _patterns_of(usable: TenprintTemplate, found: ExaminedTenprint) -> dict[int, Pattern]:
    """Patterns of the fingers that are used: of an image that is no usable print nothing is told."""
    return {position: found.patterns[position] for position in usable.positions}


@lru_cache(maxsize=1)
def matcher() -> Matcher:
    """One matcher for all cards: it keeps nothing of them."""
    return Matcher()
