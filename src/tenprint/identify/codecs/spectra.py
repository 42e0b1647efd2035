"""Spectra of windows of a print: where ridges run side by side, one oriented peak stands out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tenprint.model.prints import Pixels

WINDOW = 96
"""Side of a window, pixels: seven to thirteen ridges of the `PERIODS` in the middle."""

SPECTRUM = 128
"""Side of the padded window, pixels: finer steps of frequency, and a power of two."""

STEP = 32
"""From window to window, pixels; wider in images over a megapixel, so that memory and time stay bounded."""

MOST_PLACED = 1024
"""Most windows placed on an image. Set by: memory, 40 MB."""

MOST_WINDOWS = 32
"""Most windows looked at, those of the best contact first. Set by: time; more do not change the median."""

PERIODS = (3.5, 14.0)
"""Shortest and longest period looked for, pixels of the image as it is handed in."""

SLOWEST = 40.0
"""Longest period that counts as content of a window, pixels; slower changes are pressure and paper."""

LEAST_CONTRAST = 12.0
"""Least standard deviation of each of a window's nine parts, grey levels. Set by: paper and platens stay below 8."""

EVENNESS = 0.4
"""Least contrast of the poorest part to that of the best, so that no edge of the contact lies in a window."""

PEAK_REACH = 2.9
"""Radius of a peak, steps of the padded spectrum: the width that the Hann taper gives a pure wave."""

LEAST_SHARE = 0.3
"""Least part of a window's power in its peak. Set by: ridges of research prints have 0.3 to 0.8; noise of any grain below
0.2 in nearly all windows.
"""

_REACH = int(PEAK_REACH) + 1
_TAPER = np.outer(np.hanning(WINDOW), np.hanning(WINDOW)).astype(np.float32)
_STEPS = np.fft.fftfreq(SPECTRUM).astype(np.float32)
_FREQUENCY = np.hypot(_STEPS[:, None], _STEPS[None, :])
_CONTENT = _FREQUENCY >= 1 / SLOWEST
_WEIGHT = np.where(_CONTENT, _FREQUENCY, 0).astype(np.float32)
_DOWN, _ACROSS = (grid.ravel() for grid in np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1])
_DISC = np.hypot(_DOWN, _ACROSS) <= PEAK_REACH


def oriented_periods(pixels: Pixels) -> tuple[NDArray[np.float32], int]:
    """Periods in pixels of the windows that show ridges, and how many windows were looked at.

    Between `PERIODS`; the peak is looked for with power weighted by frequency, since contrast falls off with it.
    """
    windows = _windows(pixels)
    if not len(windows):
        return np.zeros(0, np.float32), 0
    level = windows - windows.mean(axis=(1, 2), keepdims=True)
    power = np.abs(np.fft.fft2(level * _TAPER, s=(SPECTRUM, SPECTRUM))) ** 2
    content = power[:, _CONTENT].sum(axis=1)
    top, left = np.divmod((power * _WEIGHT).reshape(len(windows), -1).argmax(axis=1), SPECTRUM)
    rows, columns = (top[:, None] + _DOWN[_DISC]) % SPECTRUM, (left[:, None] + _ACROSS[_DISC]) % SPECTRUM
    peak = power[np.arange(len(windows))[:, None], rows, columns]
    weight = peak.sum(axis=1)
    period = weight / np.maximum((peak * _FREQUENCY[rows, columns]).sum(axis=1), np.finfo(np.float32).tiny)
    inside = (period >= PERIODS[0]) & (period <= PERIODS[1])  # a peak outside is another scale's to measure
    shown = inside & (2 * weight >= LEAST_SHARE * content)  # the peak has its mirror image
    return period[shown].astype(np.float32), len(windows)


def _windows(pixels: Pixels) -> NDArray[np.float32]:
    """Windows that are in contact everywhere, (n, WINDOW, WINDOW), the best first."""
    if min(pixels.shape) < WINDOW:
        return np.zeros((0, WINDOW, WINDOW), np.float32)
    rows, columns = pixels.shape
    step = max(STEP, math.ceil(math.sqrt(rows * columns / MOST_PLACED)))
    tiles = np.lib.stride_tricks.sliding_window_view(pixels, (WINDOW, WINDOW))[::step, ::step]
    down, across = tiles.shape[:2]
    third = WINDOW // 6
    parts = tiles[:, :, ::2, ::2].reshape(down, across, 3, third, 3, third).astype(np.float32)
    contrast = parts.std(axis=(3, 5)).reshape(-1, 9)
    least = contrast.min(axis=1)
    usable = np.flatnonzero((least >= LEAST_CONTRAST) & (least >= EVENNESS * contrast.max(axis=1)))
    best = usable[np.argsort(-least[usable], kind="stable")[:MOST_WINDOWS]]
    chosen: NDArray[np.float32] = tiles[best // across, best % across].astype(np.float32)
    return chosen
