"""The fast extractor: NIST's public-domain mindtct, compiled by ``tools/fetch_models.py --mindtct``, in a process per
image.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import ExtractionFailed, ModelMissing
from tenprint.identify.extract import weights
from tenprint.identify.extract.grid import finger_pixels
from tenprint.model.prints import MINUTIA, GreyImage, Minutiae, in_order
from tenprint.units import TURN

MINDTCT_TIME_LIMIT_S = 60
"""Longest that mindtct may take for one image, seconds. Set by: 0.03 s is usual, 2 s for the largest image on a busy
core.
"""

NBIS_DIRECTIONS = 32
"""Directions of mindtct in a full turn, clockwise from up. Source: NBIS, lfs.h (NUM_DIRECTIONS 16 to the half turn)."""

MINDTCT_SMALLEST_SIDE_PX = 40
"""Smallest side handed to mindtct, pixels at 500 ppi; a smaller image has no minutiae.

Set by: its analysis window is 24 px with an offset of 8 px on either side (NBIS, lfs.h MAP_WINDOWSIZE_V2,
MAP_WINDOWOFFSET_V2).
"""

LEAST_QUALITY = 40
"""Quality of a minutia of reliability 0; reliability 1 is 100, and what lies between is in proportion.

Set by: the matcher drops what is below 45, and half of mindtct's minutiae have a reliability below 0.38. Pooled EER on
four FVC B sets is 5.6 % when reliabilities from 0.1 are kept, 6.3 % from 0.3 and 15.7 % from 0.45.
"""


class MindtctExtractor:
    """Finds minutiae with mindtct. Safe to share between threads: every image has its own process.

    Raises: ModelMissing when the executable is absent or is not the one that its stamp describes.
    """

    def __init__(self, executable: Path | None = None) -> None:
        self._executable = executable or weights.shared_folder() / "nbis" / "mindtct-grey"
        command = f"{weights.FETCH_COMMAND} --mindtct"
        stamp_path = self._executable.with_name(self._executable.name + ".json")
        try:
            stamp = json.loads(stamp_path.read_text(encoding="utf-8"))
            archive, expected = str(stamp["archive_sha256"]), str(stamp["executable_sha256"])
        except (OSError, ValueError, KeyError, TypeError):
            raise ModelMissing(
                f"{self._executable}: mindtct is not installed, or its stamp can't be "
                f"read. Nothing was extracted. Run `{command}`."
            ) from None
        if archive != weights.NBIS_ARCHIVE_SHA256:
            raise ModelMissing(
                f"{self._executable}: built from the archive {archive}; allowed: {weights.NBIS_ARCHIVE_SHA256}. "
                f"Nothing was extracted. Run `{command}`."
            )
        weights.checked_bytes(self._executable, expected, command=command)

    @property
    def name(self) -> str:
        """``mindtct``."""
        return "mindtct"

    @property
    def version(self) -> str:
        """Name, version of this reading, and the first 16 hex digits of the SHA-256 of the archive that holds the
        sources.
        """
        return f"mindtct-1/{weights.NBIS_ARCHIVE_SHA256[:16]}"

    def extract(self, image: GreyImage) -> Minutiae:
        """All minutiae that mindtct reports, at most 255, on the 500 ppi grid; none for a blank or very small image.

        quality is 40 plus 60 times mindtct's reliability. Cost: about 0.03 s of one core for 388×374 pixels.
        Raises: ExtractionFailed if mindtct fails or takes over 60 s; ResolutionUnusable as `to_grid`.
        """
        pixels = finger_pixels(image)
        rows, columns = pixels.shape
        if min(rows, columns) < MINDTCT_SMALLEST_SIDE_PX:
            return Minutiae(np.zeros(0, dtype=MINUTIA), columns, rows)
        order = f"{columns} {rows}\n".encode() + pixels.tobytes()
        try:
            run = subprocess.run(
                [str(self._executable)], input=order, capture_output=True, timeout=MINDTCT_TIME_LIMIT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ExtractionFailed(
                f"mindtct failed on an image of {columns}×{rows} pixels: {error}. No minutiae were extracted."
            ) from error
        if run.returncode or not run.stdout.endswith(b"end\n"):
            raise ExtractionFailed(
                f"mindtct ended with {run.returncode} on an image of "
                f"{columns}×{rows} pixels. No minutiae were extracted."
            )
        return Minutiae(in_order(_points(run.stdout, rows, columns)), columns, rows)


def _points(answer: bytes, rows: int, columns: int) -> NDArray[np.void]:
    """The minutiae in mindtct's answer as an array of `MINUTIA`, unordered."""
    lines = answer.decode("ascii").splitlines()[1:-1]
    points = np.zeros(len(lines), dtype=MINUTIA)
    for index, line in enumerate(lines):
        x, y, direction, reliability, kind = line.split()
        if not (0 <= int(x) < columns and 0 <= int(y) < rows):
            raise ExtractionFailed(
                f"mindtct placed a minutia at ({x}, {y}), outside the image. No minutiae were extracted."
            )
        # Clockwise from up becomes counter-clockwise from +x: a quarter turn minus the direction.
        theta = (TURN // 4 - int(direction) * (TURN // NBIS_DIRECTIONS)) % TURN
        quality = LEAST_QUALITY + round(min(1.0, max(0.0, float(reliability))) * (100 - LEAST_QUALITY))
        points[index] = (int(x), int(y), theta, 1 if kind == "1" else 2, quality)
    return points
