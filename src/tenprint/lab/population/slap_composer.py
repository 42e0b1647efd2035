"""Slaps put together from single prints, so that it is known where each finger lies: truth for a segmenter.

A hand is laid out as hands lie (little finger lowest, middle finger highest), turned as a whole, each finger a little by
itself; the picture's edge may cut fingers, fingers may be missing, and the paper carries what paper carries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tenprint.errors import UsageError
from tenprint.lab.population.chance import Draws
from tenprint.lab.population.single_prints import Mask, extent, fingertip, in_own_frame, ink_mask
from tenprint.model.prints import GreyImage, Pixels
from tenprint.units import GRID_PPI, Ppi

HANDS: Final = {13: (2, 3, 4, 5), 14: (10, 9, 8, 7), 15: (6, 1)}
"""Fingers of a slap from left to right. Source: ANSI/NIST-ITL 1, friction ridge positions; a print is seen as the glass saw it."""

SIZES: Final = ((1600, 1000), (1600, 1500))
"""Width and height of slaps, pixels at 500 ppi. Source: the slap blocks of ten-print cards (3.2 × 2 inches) and of flat scanners
(3.2 × 3 inches).
"""

TIP_DROP: Final = {2: 150, 3: 0, 4: 50, 5: 250, 7: 150, 8: 0, 9: 50, 10: 250, 1: 20, 6: 20}
"""How far below the middle finger's tip each tip lies, pixels at 500 ppi. Set by: 7 and 13 mm for index and little finger."""

LEAST_VISIBLE: Final = 0.55
"""Share of a finger that must lie in the picture for it to be asked for. Set by: with less no tip or no base is left to find."""

Grey: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is done to a slap. turn_deg: most turn of the hand, to both sides; each share is of slaps (0 to 1).

    missing: a finger is left out, and said to be; unsaid: left out without a word; touching: fingers lie without a gap;
    joints: the middle phalanges print too; card: form text, lines and writing; dirty: noise, specks and a grey ground; raw: the
    single prints are pasted with their own ground, as rectangles; double: 1000 ppi.

    whole: the truth is all the ink of a single print, upright in its picture; else its fingertip, in the direction it leans.
    """

    turn_deg: float = 30.0
    missing: float = 0.25
    unsaid: float = 0.0
    touching: float = 0.3
    joints: float = 0.4
    card: float = 0.25
    dirty: float = 0.4
    raw: float = 0.0
    double: float = 0.05
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a finger lies. box: left, top, right, bottom of its ink, pixels of the slap at 500 ppi (right and bottom excluded); None
    where a person's box is the truth, which is no box of ink once it is turned.

    corners: (4, 2) of its rectangle in the finger's own direction, clockwise from the tip's left; turn_deg: of the finger,
    clockwise; visible: share of its ink in the picture.
    """

    position: int
    box: tuple[int, int, int, int] | None
    corners: tuple[tuple[float, float], ...]
    turn_deg: float
    visible: float


@dataclass(frozen=True, slots=True, eq=False)
class ComposedSlap:
    """A slap with its truth. position: 13, 14 or 15; missing: the fingers that the record calls missing; told: what was done."""

    image: GreyImage
    position: int
    missing: frozenset[int]
    truth: tuple[Truth, ...]
    told: frozenset[str]


def compose(
    singles: Mapping[int, GreyImage], position: int, rng: Draws, *, setting: Setting | None = None, boxed: bool = False
) -> ComposedSlap:
    """A slap of finger position 13, 14 or 15 from single prints by position, all at 500 ppi; the same draws give the same slap.

    boxed: each single print was cut out by a person, and its picture is that person's box; else the box is that of its ink.
    Raises UsageError for another position, for no print, or for a print of another resolution.
    """
    setting = setting or Setting()
    if position not in HANDS or not any(f in singles for f in HANDS[position]):
        raise UsageError(f"a slap of position {position} from fingers {sorted(singles)}; nothing was composed")
    if not all(image.ppi.is_class_500 for image in singles.values()):
        raise UsageError(f"single prints must be of {GRID_PPI} ppi; nothing was composed")
    drawn = {name: bool(rng.uniform() < getattr(setting, name)) for name in
             ("missing", "unsaid", "touching", "joints", "card", "dirty", "raw", "double")}  # fmt: skip
    present = [finger for finger in HANDS[position] if finger in singles]
    said = {finger for finger in HANDS[position] if finger not in singles}
    for name in ("missing", "unsaid"):
        if drawn[name] and len(present) > 1:
            gone = present.pop(int(rng.integers(len(present))))
            said |= {gone} if name == "missing" else set()
    width, height = SIZES[int(rng.uniform() < 0.5)]
    if position == 15:
        width = 1000
    sheet = _Sheet(width, height)
    inks = {f: ink_mask(singles[f].pixels) for f in HANDS[position] if f in singles}
    tips = {f: _told(ink, boxed=boxed, whole=setting.whole) for f, ink in inks.items()}
    places = _places(HANDS[position], tips, present, rng, setting=setting, touching=drawn["touching"],
                     size=(width, height))  # fmt: skip
    truth = []
    for finger in present:
        found = sheet.put(
            singles[finger].pixels, places[finger], finger, rng, raw=drawn["raw"], joint=drawn["joints"], boxed=boxed
        )
        if found is not None:
            truth.append(found)
    pixels = _finished(sheet.ratio, rng, card=drawn["card"], dirty=drawn["dirty"])
    image = GreyImage(pixels, Ppi(GRID_PPI))
    if drawn["double"]:
        big = Image.fromarray(pixels).resize((2 * width, 2 * height), Image.Resampling.BICUBIC)
        image = GreyImage(np.asarray(big, dtype=np.uint8), Ppi(2.0 * GRID_PPI))
    return ComposedSlap(image, position, frozenset(said), tuple(truth), frozenset(k for k, v in drawn.items() if v))


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """mask: of the single print; at: where its ink's middle goes in the slap (x, y); turn: of its picture, and lean: of its ink in it,
    radians clockwise.
    """

    mask: Mask
    at: tuple[float, float]
    turn: float
    lean: float

    @property
    def extent(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the ink in the single print; right and bottom excluded."""
        return extent(self.mask)


def _told(ink: Mask, *, boxed: bool, whole: bool) -> tuple[Mask, float]:
    """Which part of a single print's picture is the truth, and how far it leans in it, radians clockwise."""
    if boxed:
        return np.ones_like(ink), 0.0
    return (ink, 0.0) if whole else fingertip(ink)


def _places(
    order: tuple[int, ...],
    tips: Mapping[int, tuple[Mask, float]],
    present: list[int],
    rng: Draws,
    *,
    setting: Setting,
    touching: bool,
    size: tuple[int, int],
) -> dict[int, _Place]:
    """Where each finger goes: side by side with a gap, tips by their usual drop, then the whole hand turned and moved into view."""
    turn = math.radians(rng.uniform(-setting.turn_deg, setting.turn_deg))
    across, drops, spots = 0.0, {}, {}
    gap = (-6.0, 12.0) if touching else (20.0, 110.0)
    for n, finger in enumerate(order):
        box = extent(tips[finger][0]) if finger in tips else (0, 0, 280, 400)
        w, h = box[2] - box[0], box[3] - box[1]
        across += (rng.uniform(*gap) if n else 0) + w / 2
        drops[finger] = TIP_DROP[finger] * rng.uniform(0.6, 1.25) + rng.normal(0, 15)
        spots[finger] = (across, drops[finger] + h / 2)
        across += w / 2
    middle = np.mean([spots[f] for f in present], axis=0)
    cos, sin = math.cos(turn), math.sin(turn)
    fan = rng.uniform(0, 3.5)
    found = {}
    aside = rng.normal(0, 25, 2)
    for finger in present:
        dx, dy = spots[finger][0] - middle[0], spots[finger][1] - middle[1]
        at = (size[0] / 2 + cos * dx - sin * dy + aside[0], size[1] / 2 + sin * dx + cos * dy + aside[1])
        own = math.radians((order.index(finger) - (len(order) - 1) / 2) * fan + rng.normal(0, 2.5))
        found[finger] = _Place(tips[finger][0], at, turn + own, tips[finger][1])
    return found


class _Sheet:
    """The slap as it grows: the share of light that comes back, 1 white."""

    def __init__(self, width: int, height: int) -> None:
        self.ratio: Grey = np.ones((height, width), np.float32)

    def put(
        self, pixels: Pixels, place: _Place, finger: int, rng: Draws, *, raw: bool, joint: bool, boxed: bool
    ) -> Truth | None:
        """Print one finger; None where too little of it lies in the picture."""
        single = _light(pixels, place.mask, raw=raw or boxed)
        own, box = place, np.ones_like(place.mask)
        if joint and finger not in {1, 6}:
            single, place = _with_joint(single, place, rng)
        pressed = np.clip(single, 0, 1) ** np.float32(rng.uniform(0.6, 1.2))
        self.ratio *= self._turned(pressed, place, fill=1.0)
        mask = self._turned(place.mask.astype(np.float32), place, fill=0.0) > 0.5
        visible = float(mask.sum()) / max(1.0, float(place.mask.sum()))
        if visible < LEAST_VISIBLE:
            return None
        ends = self._turned(box.astype(np.float32), own, fill=0.0) > 0.5 if boxed else mask
        turn = math.degrees(place.turn + place.lean)
        return Truth(finger, None if boxed else extent(mask), self._corners(ends, place), turn, min(1.0, visible))

    def _turned(self, single: Grey, place: _Place, *, fill: float) -> Grey:
        """The single print on a sheet of the slap's size. PIL wants the map from the slap to the single print."""
        left, top, right, bottom = place.extent
        x, y = (left + right) / 2, (top + bottom) / 2
        cos, sin = math.cos(place.turn), math.sin(place.turn)
        affine = (
            cos,
            sin,
            x - cos * place.at[0] - sin * place.at[1],
            -sin,
            cos,
            y + sin * place.at[0] - cos * place.at[1],
        )
        height, width = self.ratio.shape
        turned = Image.fromarray(single).transform(
            (width, height), Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC, fillcolor=fill
        )
        return np.asarray(turned, dtype=np.float32)

    @staticmethod
    def _corners(mask: Mask, place: _Place) -> tuple[tuple[float, float], ...]:
        """The rectangle of the visible ink in the finger's own direction."""
        y, x = np.nonzero(mask)
        turn = place.turn + place.lean
        cos, sin = math.cos(turn), math.sin(turn)
        u, v = in_own_frame(x, y, turn)
        ends = [(u.min(), v.min()), (u.max(), v.min()), (u.max(), v.max()), (u.min(), v.max())]
        return tuple((float(cos * a - sin * b), float(sin * a + cos * b)) for a, b in ends)


def _light(pixels: Pixels, mask: Mask, *, raw: bool) -> Grey:
    """The share of light of a single print: its own ground is white. Unless raw, nothing is left outside the ink."""
    ground = float(np.percentile(pixels[~mask], 75)) if (~mask).sum() > 200 else float(np.percentile(pixels, 95))
    light: Grey = np.clip(pixels.astype(np.float32) / max(ground, 60.0), 0, 1)
    if raw:
        return light
    soft = Image.fromarray((mask * np.uint8(255)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(5))
    inside = np.clip(np.asarray(soft, dtype=np.float32) / 127.5, 0, 1)
    return np.asarray(1 - inside * (1 - light), dtype=np.float32)


def _with_joint(single: Grey, place: _Place, rng: Draws) -> tuple[Grey, _Place]:
    """The print with a middle phalanx below its crease: narrower, lighter, its ridges those of the print's own middle."""
    left, top, right, bottom = place.extent
    gap, length = int(rng.uniform(14, 50)), int(rng.uniform(90, 320))
    width = int((right - left) * rng.uniform(0.55, 0.8))
    x, y = (left + right - width) // 2, (top + bottom) // 2
    piece = single[max(top, y - 60) : min(bottom - 30, y + 90), x : x + width]
    piece = np.tile(np.concatenate([piece, piece[::-1]]), (8, 1))[:length]
    edge = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :] + rng.normal(0, 4, (length, 1))
    faint = rng.uniform(0.3, 0.95) * np.clip(edge / 10, 0, 1) * np.clip(np.arange(length)[::-1] / 40, 0, 1)[:, None]
    below = np.ones((max(0, bottom + gap + length - len(single)), single.shape[1]), np.float32)
    longer = np.concatenate([single, below])
    longer[bottom + gap : bottom + gap + length, x : x + width] *= (1 - faint * (1 - piece)).astype(np.float32)
    mask = np.zeros(longer.shape, np.bool_)
    mask[: len(single)] = place.mask
    return longer, _Place(mask, place.at, place.turn, place.lean)


def _finished(ratio: Grey, rng: Draws, *, card: bool, dirty: bool) -> Pixels:
    """Grey levels: paper, what is printed and written on it, and what the scanner adds."""
    height, width = ratio.shape
    if card:
        ratio = ratio * _form(width, height, rng)
    level, noise = (rng.uniform(170, 250), rng.uniform(2, 9)) if dirty else (rng.uniform(235, 255), rng.uniform(0, 2))
    ground = np.full((height, width), level, np.float32)
    if dirty:
        coarse = Image.fromarray(rng.normal(0, 10, (height // 100 + 2, width // 100 + 2)).astype(np.float32))
        ground += np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
        for _ in range(int(rng.integers(0, 150))):
            x, y = int(rng.integers(width)), int(rng.integers(height))
            ratio[y : y + int(rng.integers(1, 6)), x : x + int(rng.integers(1, 6))] *= np.float32(0.4)
    grey = ratio * ground + rng.standard_normal(ratio.shape, dtype=np.float32) * np.float32(noise)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def _form(width: int, height: int, rng: Draws) -> Grey:
    """The paper of a card: its printed line of text, frame lines, and somebody's writing; 1 where it is blank."""
    paper = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(paper)
    words = Image.new("L", (300, 12), 255)
    ImageDraw.Draw(words).text((2, 0), "FOUR FINGERS TAKEN SIMULTANEOUSLY", fill=0)
    paper.paste(
        words.resize((1500, 44), Image.Resampling.BICUBIC), (int(rng.integers(0, 200)), int(rng.integers(0, 50)))
    )
    pen.line([(0, 4), (width, int(rng.integers(0, 12)))], fill=30, width=4)
    pen.line([(int(rng.integers(0, 12)), 0), (4, height)], fill=30, width=4)
    x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
    points = []
    for _ in range(int(rng.integers(8, 24))):  # a scrawl of pen strokes that go up and down as they go on
        points.append((x, y))
        x, y = x + float(rng.uniform(-15, 45)), y + float(rng.uniform(-110, 110))
    pen.line(points, fill=70, width=int(rng.integers(5, 9)), joint="curve")
    return np.asarray(np.asarray(paper, dtype=np.float32) / 255, dtype=np.float32)
