"""The default extractor: the LEADER network (arXiv 2602.15493) in the native engine of ``native/leader``.

Raw grey image in, minutiae out. `leader_onnx` runs the published graph and is what the engine is tested against.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import ExtractionFailed, UsageError
from tenprint.identify import _native
from tenprint.identify.extract import weights
from tenprint.identify.extract.area import printed_area
from tenprint.identify.extract.grid import finger_pixels
from tenprint.model.prints import MINUTIA, GreyImage, Minutiae, Pixels, in_order
from tenprint.units import TURN

KEEP_QUALITY = 30
"""Least quality of a minutia that is kept, 0 to 100. Matching may ask for more.

Set by: matching cuts at 45 and above; 30 leaves an examiner, and a later matcher, something to choose from.
"""

ENDING_FROM = 0.5
"""Least value of the type channel that means ridge ending; below it is a bifurcation.

Source: the channel ends in a sigmoid; on drawn ridges this reading agrees with mindtct's types.
"""


BFLOAT16: Final = "avx512-bf16"
"""The loops that multiply pairs of bfloat16, where the processor does that in one instruction."""

DRAWN_APART: Final = 0.1
"""Most that confidence, type (0 to 1) and direction (radians) may differ on clear drawn ridges. Set by: twice what was seen."""


class Network(Protocol):
    """What finds minutiae in pixels: `_native.Leader`."""

    def find(self, pixels: Pixels, least: float, /) -> NDArray[np.float32]:
        """(n, 5), as `LeaderExtractor.find`."""
        ...


class LeaderExtractor:
    """Finds minutiae with the LEADER network. Safe to share between threads: the engine releases the GIL.

    weights_path: the engine's weights; by default in `weights.models_folder`. Their hash must be the pinned one.
    kind:         the loops, one of `kinds`. ``auto`` takes the best that this processor runs; bfloat16 only after it found on a
                  drawn print, here and now, what the loops with floats find.
    Raises:       ModelMissing when the weights are absent or are not the expected ones; UsageError for another kind.
    """

    def __init__(self, weights_path: Path | None = None, *, kind: str = "auto") -> None:
        path = weights_path or weights.models_folder() / weights.ENGINE_FILE
        content = weights.checked_bytes(path, weights.ENGINE_SHA256, command=weights.CONVERT_COMMAND)
        try:
            self._network = _native.Leader(content, kind) if kind != "auto" else _automatic(content)
        except ValueError as error:
            raise UsageError(f"{error}. Nothing was extracted.") from None

    @property
    def name(self) -> str:
        """``leader``."""
        return "leader"

    @property
    def version(self) -> str:
        """Family, the first 16 hex digits of the network's SHA-256, and the loops that ran it. Within a family
        minutiae differ by rounding only.
        """
        return f"{weights.LEADER_FAMILY}/{weights.LEADER_SHA256[:16]}/{self.kind}"

    @property
    def kind(self) -> str:
        """The loops that run, one of `kinds`."""
        return self._network.kind

    def extract(self, image: GreyImage) -> Minutiae:
        """Minutiae of quality 30 or more, at most 255, on the 500 ppi grid; none for a blank image.

        Coordinates are relative to the image's own top left corner.
        Raises: ExtractionFailed as `finger_pixels` or if there is no memory, ResolutionUnusable as `to_grid`.
        """
        pixels = finger_pixels(image)
        rows, columns = pixels.shape
        area = printed_area(pixels)
        found = self.find(np.ascontiguousarray(pixels[area]), least=KEEP_QUALITY / 100)
        x, y = found[:, 0].astype(np.int64) + area[1].start, found[:, 1].astype(np.int64) + area[0].start
        return Minutiae(in_order(points_of(x, y, found[:, 2], found[:, 3], found[:, 4])), columns, rows)

    def find(self, pixels: Pixels, *, least: float) -> NDArray[np.float32]:
        """What the network finds in contiguous pixels as they are: (n, 5) of x, y, confidence from ``least`` on, direction in
        radians, probability of a ridge ending. Raises: ExtractionFailed.
        """
        try:
            return self._network.find(pixels, least)
        except (ValueError, MemoryError) as error:
            rows, columns = pixels.shape
            raise ExtractionFailed(
                f"the network failed on an image of {columns}×{rows} pixels: {error}. No minutiae were extracted."
            ) from error

    def spin(self, least: float) -> float:
        """Do at least so many multiply-adds in registers and return how many: a bench's limit of what a core can do."""
        return self._network.spin(least)

    def taps(self, image: GreyImage) -> dict[str, NDArray[np.float32]]:
        """What each stage of the network gave for the printed area, (rows, columns, channels), in the order of the
        stages. For looking at a print; slow. Raises: as `extract`.
        """
        pixels = finger_pixels(image)
        maps = self._network.taps(np.ascontiguousarray(pixels[printed_area(pixels)]))
        return {stage: values.reshape(len(values), -1, channels) for stage, (values, channels) in maps.items()}


def kinds() -> list[str]:
    """Names of the loops that this processor can run, the default first."""
    return _native.leader_kinds()


def _automatic(content: bytes) -> _native.Leader:
    plain = _native.Leader(content, "auto")
    if BFLOAT16 not in kinds():
        return plain
    quick = _native.Leader(content, BFLOAT16)
    return quick if alike_on_a_drawn_print(quick, plain) else plain


def alike_on_a_drawn_print(one: Network, other: Network) -> bool:
    """Whether both find the same minutiae, more than two, in drawn ridges: within a pixel and `DRAWN_APART`. 128 × 160 pixels."""
    y, x = np.mgrid[0:128, 0:160].astype(np.float64)
    phase = 2 * np.pi * (y + 6 * np.sin(x / 40)) / 9
    for column, row, sign in ((40, 50, 1), (110, 40, -1), (80, 95, 1), (130, 90, -1)):
        phase += sign * np.arctan2(y - row, x - column)
    drawn = np.ascontiguousarray(128 + 100 * np.cos(phase)).astype(np.uint8)
    found, wanted = (network.find(drawn, 0.6) for network in (one, other))
    if len(found) != len(wanted) or len(wanted) < 3:
        return False
    found, wanted = (side[np.lexsort((side[:, 0], side[:, 1]))] for side in (found, wanted))
    turn = np.abs(np.angle(np.exp(1j * (found[:, 3] - wanted[:, 3]))))
    moved = np.abs(found[:, :2] - wanted[:, :2])
    values = np.abs(found[:, [2, 4]] - wanted[:, [2, 4]])
    return bool(moved.max() <= 1 and max(turn.max(), values.max()) <= DRAWN_APART)


def points_of(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    confidence: NDArray[np.float32],
    direction: NDArray[np.float32],
    ending: NDArray[np.float32],
) -> NDArray[np.void]:
    """The network's minutiae as an array of `MINUTIA`, unordered; all of one length.

    x, y: pixels; confidence: 0 to 1; direction: radians, ISO/IEC 19794-2; ending: probability of a ridge ending.
    """
    points = np.zeros(len(x), dtype=MINUTIA)
    points["x"], points["y"] = x, y
    turns = direction.astype(np.float64) / (2.0 * np.pi)
    points["theta"] = np.rint(turns * TURN).astype(np.int64) % TURN
    points["kind"] = np.where(ending >= ENDING_FROM, 1, 2)
    points["quality"] = np.clip(np.floor(confidence * 100 + 0.5), KEEP_QUALITY, 100)
    return points
