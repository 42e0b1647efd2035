"""Cards whose prints contradict each other: the doubted fingers, rolled and plain side by side, for the examiner who looks at them.

Points of a comparison are shown only once a finding is recorded: they are no identification, and whoever looks should not lean on
them. What was destroyed is said, never guessed. Nobody is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any, Final

import structlog

from tenprint.errors import KeyDestroyed, NotFound, ObjectMissing
from tenprint.exchange.submission import Booking, read_booking
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.slaps.mirrored import REVERSED
from tenprint.ids import KeyId, SubmissionId
from tenprint.infra.access.table import Actor
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.model.prints import FINGERS, GreyImage
from tenprint.refer.referral.sequence import TAKE_AGAIN as AGAIN
from tenprint.refer.referral.sequence import CardState, replay_card
from tenprint.units import GRID_PPI
from tenprint.workflow.cards import TAKE_AGAIN, booking_of
from tenprint.workflow.house import House
from tenprint.workflow.images import decode_record
from tenprint.workflow.intake import payload_of
from tenprint.workflow.participation import history_of
from tenprint.workflow.slaps import plain_of, shown_plain
from tenprint.workflow.steps import FINGERS_IN_DOUBT
from tenprint.workflow.views.board import may
from tenprint.workflow.views.prints import require_prints

log = structlog.get_logger()

KINDS: Final = ("rolled", "plain")
"""The two impressions of a finger."""

LOOKS_ELSEWHERE: Final = frozenset(
    {"fingers_swapped", "finger_elsewhere", "same_finger_twice", "mirrored_elsewhere", "mirrored_twice"}
)
"""Findings of a pair, whose second finger the first one was found to be like."""

ONE_WAY: Final = frozenset({"finger_elsewhere", "mirrored_elsewhere"})
"""Findings of a pair of which only the first finger's rolled print was found to be like the second one's plain print."""

TURNED: Final = frozenset(
    {"mirrored", "hand_mirrored", "mirrored_elsewhere", "mirrored_twice", "mirrored_or_other_hand"}
)
"""Findings whose rolled prints are also shown as in a mirror."""

IN_SENTENCE: Final = re.compile(r"\b(\d\d)\b")
"""A finger in the sentences of checks that were recorded before findings were kept apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """One image. kind: rolled or plain; finger: the box that it was sent in, or its place in the slap; width, height: at 500 ppi;
    turned: to be drawn as in a mirror, for whoever compares.
    """

    kind: str
    finger: int
    width: int
    height: int
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtedFinger:
    """One finger of a finding. images: of its own box, then of the finger that it was found to be like (like, 0 for none).

    conditions: codes of what was wrong with its rolled print.
    """

    finger: int
    like: int
    images: tuple[Impression, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One finding of the check. sentence: of a check recorded before findings were kept apart, else empty. points: None until
    an examiner's finding is recorded, or where they were not kept. mirrored: rolled or plain, where loops tell which is; else, and
    before that finding, empty.
    """

    code: str
    sentence: str
    certain: bool
    points: int | None
    fingers: tuple[DoubtedFinger, ...]
    mirrored: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """One card in doubt. codes: findings by code and count; state: of its submission; waits: examiner, supervisor or nobody."""

    submission: str
    place: str | None
    tz: tzinfo | None
    raised_at: datetime
    codes: tuple[tuple[str, int], ...]
    state: str
    finding: str
    follows: str
    waits: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """One card. shown: its images are there. offer: examine, ask_retake, or empty. examined: who found what, when, and in which words.

    swapped: pairs that the examiner named, such as 02-03. width, height: the largest of all images: one scale for all.
    """

    row: CardRow
    doubts: tuple[Doubt, ...]
    shown: bool
    offer: str
    examined_at: datetime | None
    mine: bool
    swapped: tuple[str, ...]
    reason: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsPage:
    """Cards that wait for an examiner or a supervisor, the viewer's own first; all that were ever in doubt where asked for."""

    rows: tuple[CardRow, ...]
    everything: bool
    now: datetime


def cards_page(house: House, *, by: Actor, everything: bool = False) -> CardsPage:
    """Cards in doubt, of whoever sees prints. Raises NotPermitted."""
    require_prints(by)
    with house.store.reader() as reader:
        tasks = [
            task for task in reader.tasks.list(open_only=not everything) if task.kind in {FINGERS_IN_DOUBT, TAKE_AGAIN}
        ]
        rows = [
            _row(house, row, reader.stream(events.SUBMISSION, row.id), by=by)
            for name in dict.fromkeys(task.submission for task in tasks if task.submission)
            if (row := reader.submissions.get(name)) is not None and _open(house, row)
        ]
    ordered = sorted(rows, key=lambda row: (not row.mine, row.raised_at, row.submission))
    return CardsPage(rows=tuple(ordered), everything=everything, now=house.clock.now())


def card_page(house: House, submission: SubmissionId, *, by: Actor) -> CardPage:
    """One card with its doubted fingers. Raises NotPermitted, KeySealed; NotFound for a card that was never in doubt."""
    require_prints(by)
    booked = booking_of(house, submission)
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, submission, private=True)
    state = replay_card(stream)
    if not state.doubted:
        raise NotFound(f"no fingers of the card of {submission} are in doubt; nothing was shown")
    card, row = _card(house, booked), _row(house, booked, stream, by=by)
    doubts = _doubts(stream, card, told=bool(state.finding))
    examined = next((e for e in stream if e.type == events.SEQUENCE_EXAMINED), None)
    private = (examined.private or {}) if examined else {}
    every = [image for doubt in doubts for finger in doubt.fingers for image in finger.images]
    swapped = private.get("swapped")
    return CardPage(
        row=row, doubts=doubts, shown=card is not None, offer=_offer(state, by=by),
        examined_at=examined.effective_at if examined else None, mine=examined is not None and examined.actor == by.id,
        swapped=tuple(str(one) for one in swapped) if isinstance(swapped, list | tuple) else (),
        reason=str(private.get("reason") or ""), width=max((x.width for x in every), default=1),
        height=max((x.height for x in every), default=1),
    )  # fmt: skip


def impression_png(house: House, submission: SubmissionId, kind: str, finger: int, *, by: Actor) -> bytes:
    """One impression as PNG, 8-bit grey, at its own resolution. Raises NotPermitted, KeySealed; NotFound where none is there."""
    require_prints(by)
    card = _card(house, booking_of(house, submission))
    image = None if card is None or finger not in FINGERS or kind not in KINDS else card.image(kind, finger)
    if image is None:
        raise NotFound(f"no {kind} print of finger {finger} is kept here; nothing was shown")
    log.info("print shown", submission=submission, whose=kind, position=finger, actor=by.id)
    return encode_png(image)


def _open(house: House, row: Submission) -> bool:
    return row.state != "expunged" and not house.vault.is_held_back(KeyId(row.key_id))


def _offer(state: CardState, *, by: Actor) -> str:
    if not state.finding:
        return "examine" if may(by, "examine_card") else ""
    return "ask_retake" if _retake(state) and may(by, "ask_retake") else ""


def _retake(state: CardState) -> bool:
    return state.follows == AGAIN and not state.asked


def _row(house: House, booked: Submission, stream: Sequence[Recorded], *, by: Actor) -> CardRow:
    state = replay_card(stream)
    checked = next(e for e in reversed(stream) if e.type == events.SEQUENCE_CHECKED)
    counts = checked.public.get("findings")
    place = history_of(house).jurisdiction(booked.cri)
    waits = "examiner" if not state.finding else "supervisor" if _retake(state) else ""
    return CardRow(
        submission=booked.id, place=booked.jurisdiction, tz=place.zone if place else None, raised_at=checked.effective_at,
        codes=tuple((str(code), int(str(n))) for code, n in counts.items()) if isinstance(counts, Mapping) else (),
        state=booked.state, finding=state.finding, follows=state.follows, waits=waits, mine=waits in by.roles,
    )  # fmt: skip


def _doubts(stream: Sequence[Recorded], card: _Card | None, *, told: bool) -> tuple[Doubt, ...]:
    checked = next(e for e in reversed(stream) if e.type == events.SEQUENCE_CHECKED)
    extracted = next((e for e in reversed(stream) if e.type == events.TEMPLATES_EXTRACTED), None)
    conditions = (extracted.private or {}).get("conditions") if extracted else None
    known = conditions if isinstance(conditions, Mapping) else {}
    found = []
    for code, fingers, certain, points, sentence, mirrored in _findings(checked.private or {}):
        pairs = [(finger, _like(code, fingers, finger)) for finger in fingers]
        found.append(Doubt(
            code=code, sentence=sentence, certain=certain, points=points if told else None, mirrored=mirrored if told else "",
            fingers=tuple(_doubted(card, finger, like, known, turned=code in TURNED) for finger, like in pairs),
        ))  # fmt: skip
    return tuple(found)


def _findings(private: Mapping[str, Any]) -> list[tuple[str, tuple[int, ...], bool, int | None, str, str]]:
    """Code, fingers, certain, points, sentence, and which kind is mirrored, of each finding; of earlier checks the sentence with the
    fingers it names.
    """
    kept = private.get("findings")
    if isinstance(kept, list | tuple):
        return [
            (
                str(x["code"]),
                tuple(int(f) for f in x["fingers"]),
                bool(x["certain"]),
                int(x["points"]),
                "",
                str(x.get("mirrored", "")),
            )
            for x in kept
        ]
    told = private.get("told")
    sentences = [str(one) for one in told] if isinstance(told, list | tuple) else []
    return [
        ("", tuple(int(f) for f in IN_SENTENCE.findall(s) if int(f) in FINGERS), False, None, s, "") for s in sentences
    ]


def _like(code: str, fingers: Sequence[int], finger: int) -> int:
    """The finger that this one was found to be like, or 0."""
    if code == "hands_swapped":
        return finger + 5 if finger <= 5 else finger - 5
    if code == "hand_mirrored":
        return REVERSED[finger]
    if code not in LOOKS_ELSEWHERE or len(fingers) != 2 or (code in ONE_WAY and finger != fingers[0]):
        return 0
    return fingers[1] if finger == fingers[0] else fingers[0]


def _doubted(
    card: _Card | None, finger: int, like: int, conditions: Mapping[str, Any], *, turned: bool
) -> DoubtedFinger:
    wanted = [("rolled", finger), ("plain", finger), *([("plain", like)] if like else [])]
    images = tuple(one for kind, of in wanted if card is not None and (one := _impression(card, kind, of)) is not None)
    if turned:
        images += tuple(replace(one, turned=True) for one in images if one.kind == "rolled")
    codes = conditions.get(f"{finger:02d}")
    return DoubtedFinger(
        finger=finger, like=like, images=images,
        conditions=tuple(str(code) for code in codes) if isinstance(codes, list | tuple) else (),
    )  # fmt: skip


def _card(house: House, row: Submission) -> _Card | None:
    """The booking's file, or None where its images were destroyed, as retention asks, or never came."""
    if row.payload_object is None:
        return None
    try:
        return _Card(read_booking(payload_of(house, row)))
    except (KeyDestroyed, ObjectMissing):
        return None


class _Card:
    """A card's impressions, decoded when they are asked for and each slap taken apart once."""

    def __init__(self, booking: Booking) -> None:
        self._booking = booking
        self._plain: dict[int, GreyImage | None] = {}

    def image(self, kind: str, finger: int) -> GreyImage | None:
        """One impression, or None where the card has none, or none that could be cut out."""
        if kind == "rolled":
            record = next((one for one in self._booking.images if one.position == finger), None)
            return None if record is None else decode_record(record)
        if finger not in self._plain:
            beside = {other for one in self._booking.images if finger in (shown := shown_plain(one)) for other in shown}
            self._plain |= dict.fromkeys({finger}) | plain_of(self._booking, beside)
        return self._plain[finger]


def _impression(card: _Card, kind: str, finger: int) -> Impression | None:
    image = card.image(kind, finger)
    if image is None:
        return None
    scale = 1.0 if image.ppi.is_class_500 else GRID_PPI / image.ppi.value
    height, width = image.pixels.shape
    return Impression(
        kind=kind, finger=finger, width=max(1, round(width * scale)), height=max(1, round(height * scale))
    )
