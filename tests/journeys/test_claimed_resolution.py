"""A booking whose images are of another scale than claimed is refused, with the record and what was measured."""

import numpy as np
import pytest

from tenprint.errors import ResolutionUnusable
from tenprint.exchange.submission import ImageRecord
from tenprint.workflow.slaps import decode_all


class _Card:
    """Of a booking only its images."""

    def __init__(self, images):
        self.images = images


def record(period, *, position=2, index=3, per_mm=19.69):
    y, x = np.mgrid[:400, :300]
    pixels = (128 + 100 * np.cos(2 * np.pi * (0.8 * x + 0.6 * y) / period)).astype(np.uint8)
    return ImageRecord(record_type=14, record_index=index, idc=1, position=position, impression=1, width=300, height=400,
                       pixels_per_mm=per_mm, compression="NONE", bits=8, data=memoryview(pixels.tobytes()))  # fmt: skip


def test_fingers_of_the_claimed_scale_pass():
    """Ridges 9 pixels apart at 500 ppi, 18 at 1000 ppi."""
    assert set(decode_all(_Card([record(9), record(18, position=7, index=4, per_mm=39.37)]))) == {2, 7}


def test_a_wrong_scale_names_the_record():
    """1000 ppi claimed as 500: the record, its HPS field, and the millimetres."""
    with pytest.raises(ResolutionUnusable, match=r"record 6 of the file.*0\.91 mm apart") as caught:
        decode_all(_Card([record(9), record(18, position=7, index=5)]))
    assert (caught.value.where.tag, caught.value.where.record_index) == ("14.009", 5)


def test_a_wrong_scale_of_the_whole_card_is_seen_in_the_median():
    """Fingers that might each be wide are not all wide."""
    with pytest.raises(ResolutionUnusable, match="the median of 3 fingers"):
        decode_all(_Card([record(13.6, position=p, index=p) for p in (2, 3, 4)]))
