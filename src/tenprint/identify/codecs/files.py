"""Reads image files of research sets (TIFF, PNG, PGM, BMP). Records of transactions go through `records.decode`
instead.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import BmpImagePlugin, Image, ImageFile, PngImagePlugin, PpmImagePlugin, TiffImagePlugin

from tenprint.errors import ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs.limits import MAX_FILE_BYTES, check_size
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

READERS: tuple[tuple[bytes, type[ImageFile.ImageFile]], ...] = (
    (b"II*\x00", TiffImagePlugin.TiffImageFile),
    (b"MM\x00*", TiffImagePlugin.TiffImageFile),
    (b"\x89PNG", PngImagePlugin.PngImageFile),
    (b"P5", PpmImagePlugin.PpmImageFile),
    (b"P2", PpmImagePlugin.PpmImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
)
"""First bytes of the formats that are read, with their reader. The reader classes are called directly: the library's
own opening function warns about large images before our own limit can refuse them."""

GREY_MODES = ("1", "L", "P", "RGB")
"""Pixel modes that become 8-bit grey without loss of meaning. Alpha and 16 bits are refused."""


def read_image_file(path: Path, ppi: Ppi) -> GreyImage:
    """One image file as grey pixels, scanned at ``ppi``. Resolution tags of the file are ignored: in research sets they
    are wrong.

    Colour and palette images become grey (ITU-R 601 luma). Raises ImageTooLarge before any allocation; ImageUnreadable
    for a missing file, another format, alpha, 16 bits, or damage.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_FILE_BYTES else b""
    except OSError as error:
        raise ImageUnreadable(f"{path}: {error.strerror or error}. It was not read.") from None
    if size > MAX_FILE_BYTES:
        raise ImageTooLarge(f"{path}: {size:,} bytes; allowed: {MAX_FILE_BYTES:,}. It was not read.")
    reader = next((reader for magic, reader in READERS if content.startswith(magic)), None)
    if reader is None:
        raise ImageUnreadable(f"{path}: not a TIFF, PNG, PGM or BMP file. It was not decoded.")
    try:
        picture = reader(io.BytesIO(content))
        check_size(*picture.size)
        return GreyImage(_grey(picture), ppi)
    except (ImageTooLarge, ImageUnreadable) as error:
        raise type(error)(f"{path}: {error}") from None
    except Exception as error:  # whatever a decoder says about hostile bytes, they are not an image
        raise ImageUnreadable(f"{path}: can't be decoded ({error}).") from None


def _grey(picture: ImageFile.ImageFile) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if picture.mode not in GREY_MODES or "transparency" in picture.info:
        raise ImageUnreadable(
            f"pixels of mode {picture.mode}; allowed: 8-bit grey, palette or RGB without alpha. Not decoded."
        )
    picture.load()
    grey: Image.Image = picture if picture.mode == "L" else picture.convert("L")
    return np.array(grey, dtype=np.uint8)
