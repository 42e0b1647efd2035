"""The LEADER network (arXiv 2602.15493) through ONNX Runtime: the reference that the native engine is tested against.

Raw grey image in, dense maps out: position after non-maximum suppression, direction, type. No code of any wrapper is
used; what the network's input and output mean was read from its graph.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tenprint.errors import ExtractionFailed
from tenprint.identify.extract import weights
from tenprint.identify.extract.area import printed_area
from tenprint.identify.extract.grid import finger_pixels
from tenprint.identify.extract.leader import KEEP_QUALITY, points_of
from tenprint.model.prints import GreyImage, Minutiae, Pixels, in_order

LEADER_MULTIPLE_PX = 32
"""Rows and columns of the network's input are multiples of this. Source: its graph pools by two five times."""

LEADER_SMALLEST_PX = 64
"""Smallest side handed to the network, pixels; smaller images are padded up.

Set by: the widest attention filter reaches 6 px at half resolution to either side; at 64 px it still sees the whole
image.
"""

RETURN_MEMORY_FROM_PX = 700_000
"""Input size in pixels from which the network's working memory is given back after the run, at a sixth more time.

Set by: 1.5 kB a pixel stays with the process otherwise; a rolled finger has 600,000 (EBTS Appendix F), run often.
"""

DIRECTION, TYPE, CONFIDENCE = 1, 2, 3
"""Channels of the output: direction in radians, probability of a ridge ending, position after non-maximum suppression
(channel 0 is position before it).

Source: the graph's last Concat node.
"""


class LeaderOnnxExtractor:
    """Finds minutiae with the LEADER network. Safe to share between threads: ONNX Runtime releases the GIL while it
    runs.

    model_path: the weights; by default in `weights.models_folder`. Their hash must be the pinned one either way.
    threads:    CPU threads for one image; 1 when several images run side by side.
    whole:      give the network the whole image, not only the printed area.
    Raises:     ModelMissing when the weights are absent or are not the expected ones.
    """

    def __init__(self, model_path: Path | None = None, *, threads: int = 1, whole: bool = False) -> None:
        path = model_path or weights.models_folder() / weights.LEADER_FILE
        content = weights.checked_bytes(path, weights.LEADER_SHA256)
        self._whole = whole
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_mem_pattern = False  # every image has another shape, so a remembered pattern never fits
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._thrifty = onnxruntime.RunOptions()
        self._thrifty.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._input = self._session.get_inputs()[0].name

    @property
    def name(self) -> str:
        """``leader-onnx``."""
        return "leader-onnx"

    @property
    def version(self) -> str:
        """Family, the first 16 hex digits of the network's SHA-256, and what ran it."""
        return f"{weights.LEADER_FAMILY}/{weights.LEADER_SHA256[:16]}/onnx"

    def extract(self, image: GreyImage) -> Minutiae:
        """Minutiae of quality 30 or more, at most 255, on the 500 ppi grid; none for a blank image.

        Coordinates are relative to the image's own top left corner. Cost: about 0.5 s of one core for 388×374 pixels.
        Raises: ExtractionFailed if the network fails, ResolutionUnusable as `to_grid`.
        """
        pixels = finger_pixels(image)
        rows, columns = pixels.shape
        area = (slice(0, rows), slice(0, columns)) if self._whole else printed_area(pixels)
        padded, top, left = _padded(pixels[area])
        try:
            options = self._thrifty if padded.size >= RETURN_MEMORY_FROM_PX else None
            (output,) = self._session.run(None, {self._input: padded[np.newaxis, :, :, np.newaxis]}, options)
        except Exception as error:  # ONNX Runtime's own exception types are not a public interface
            raise ExtractionFailed(
                f"the network failed on an image of {columns}×{rows} pixels: {error}. No minutiae were extracted."
            ) from error
        height, width = pixels[area].shape
        points = _points(np.asarray(output)[0, top : top + height, left : left + width])
        points["y"] += area[0].start
        points["x"] += area[1].start
        return Minutiae(in_order(points), columns, rows)


def _padded(pixels: Pixels) -> tuple[NDArray[np.float32], int, int]:
    """The image in the middle of the least input that the network takes, as float32 0 to 255, with the rows and columns
    added before it. The surround has the median grey of the image's rim, so that the seam is not an edge.
    """
    rows, columns = pixels.shape
    height, width = _input_side(rows), _input_side(columns)
    top, left = (height - rows) // 2, (width - columns) // 2
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    padded = np.full((height, width), np.float32(np.median(rim)), dtype=np.float32)
    padded[top : top + rows, left : left + columns] = pixels
    return padded, top, left


def _input_side(side: int) -> int:
    return max(LEADER_SMALLEST_PX, -(-side // LEADER_MULTIPLE_PX) * LEADER_MULTIPLE_PX)


def _points(maps: NDArray[np.float32]) -> NDArray[np.void]:
    """The minutiae in the output maps, shape (rows, columns, 4), as an array of `MINUTIA`, unordered."""
    y, x = np.nonzero(maps[:, :, CONFIDENCE] >= KEEP_QUALITY / 100)
    chosen = maps[y, x]
    return points_of(x, y, chosen[:, CONFIDENCE], chosen[:, DIRECTION], chosen[:, TYPE])
