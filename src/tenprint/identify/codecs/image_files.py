"""One image in a file of its own, in any format that is read: told by its first bytes, never by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tenprint.identify.codecs.files import READERS, read_image_file
from tenprint.identify.codecs.jpeg import decode_jpeg, jpeg_frame
from tenprint.identify.codecs.jpeg2000 import CODESTREAM, JP2_SIGNATURE, decode_jpeg2000
from tenprint.identify.codecs.wsq import decode_wsq
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

WSQ, JPEG = b"\xff\xa0", b"\xff\xd8\xff"
"""First bytes. Source: the WSQ specification, start of image; ISO/IEC 10918-1, start of image and the first marker."""

BEGINNINGS: Final = (WSQ, JPEG, CODESTREAM, JP2_SIGNATURE, *(magic for magic, _ in READERS))
"""What a file that holds one image starts with."""


def read_any_image(source: Path, content: bytes, ppi: Ppi) -> tuple[GreyImage, bytes, str]:
    """The image, scanned at ``ppi``; and its bytes, where a finger image record can hold them as they are, with their compression.

    content: what ``source`` holds; source is named in errors. Raises: ImageUnreadable, ImageTooLarge.
    """
    if content.startswith(WSQ):
        return GreyImage(decode_wsq(content), ppi), content, "WSQ20"
    if content.startswith(JPEG):
        lossless = jpeg_frame(content).process == "lossless"
        return GreyImage(decode_jpeg(content), ppi), b"" if lossless else content, "JPEGB"
    if content.startswith((CODESTREAM, JP2_SIGNATURE)):
        return GreyImage(decode_jpeg2000(content), ppi), b"", ""
    return read_image_file(source, ppi), b"", ""
