"""Images that belong to nobody: drawn by formula."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from cards import booking

from tenprint.exchange.compose import CardImage
from tenprint.identify.codecs.png import encode_png
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi


def rings(seed: int, *, size: int = 256) -> GreyImage:
    """Concentric ridges around a point that the seed moves; a few breaks make minutiae."""
    rows, columns = np.mgrid[0:size, 0:size].astype(float)
    cx, cy = size / 2 + 20 * np.cos(seed), size * 0.6 + 20 * np.sin(seed)
    phase = 2 * np.pi * np.hypot(columns - cx, rows - cy) / 9.0
    for k in range(14):
        x, y = size / 2 + 80 * np.cos(1.7 * k + seed), size / 2 + 80 * np.sin(2.3 * k + seed)
        phase = phase + np.arctan2(rows - y, columns - x)
    return GreyImage(np.clip(128 + 110 * np.cos(phase), 0, 255).astype(np.uint8), Ppi(500))


def card_image(position: int, seed: int) -> CardImage:
    image = rings(seed)
    return CardImage(
        position=position, impression=1, width=256, height=256, ppi=500, compression="PNG", data=encode_png(image)
    )


def a_booking(tcn: str, *, seed: int = 1, fingers: tuple[int, ...] = (2, 7), **changes: object) -> bytes:
    return booking([card_image(f, seed * 20 + f) for f in fingers], tcn=tcn, **changes)  # type: ignore[arg-type]


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header claims a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
