"""``tenprint convert``: one image or one finger minutiae record into another format. Nothing is stored or searched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import JsonOption
from tenprint.errors import UsageError
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.codecs.jpeg import decode_jpeg
from tenprint.identify.codecs.jpeg2000 import CODESTREAM, JP2_SIGNATURE, decode_jpeg2000, encode_jpeg2000
from tenprint.identify.codecs.limits import MAX_FILE_BYTES
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.codecs.resolution import finger_doubt, to_500
from tenprint.identify.codecs.templates import EDITIONS, converted, read_template, write_template
from tenprint.identify.codecs.wsq import decode_wsq, encode_wsq
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

IMAGES = ("png", "wsq", "jp2", "jp2l", "raw")
"""Image formats that are written. jp2 is lossy (1:10), jp2l is not, raw is rows of bytes without a header."""


def convert(
    source: Annotated[
        Path, typer.Argument(help="A PNG, TIFF, PGM, BMP, WSQ, JPEG or JPEG 2000 image, or a minutiae record.")
    ],
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    to: Annotated[str, typer.Option("--to", help=f"{', '.join(IMAGES)}, or {', '.join(EDITIONS)}.")],
    ppi: Annotated[float, typer.Option("--ppi", help="What the image was scanned at, pixels per inch.")] = 500.0,
    to_grid: Annotated[
        bool, typer.Option("--to-500", help="Bring the image to 500 ppi; 1000 ppi by NIST's filter.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Convert an image or a finger minutiae record, and say what was lost. The extension of TARGET says nothing."""
    content = _content(source)
    if content.startswith(b"FMR\x00"):
        made, told = _template(content, to)
    else:
        made, told = _image(source, content, to, ppi=ppi, to_grid=to_grid)
    _write(target, made)
    told = {"source": str(source), "target": str(target), "bytes": len(made)} | told
    print(json.dumps(told, indent=1) if as_json else "\n".join(f"{name}: {value}" for name, value in told.items()))


def _content(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{source} can't be read: {error.strerror}. Nothing was done.") from None
    if len(content) > MAX_FILE_BYTES:
        raise UsageError(f"{source} has over {MAX_FILE_BYTES:,} bytes, which is the limit. Nothing was done.")
    return content


def _template(content: bytes, to: str) -> tuple[bytes, dict[str, Any]]:
    if to not in EDITIONS:
        raise UsageError(f"--to {to}: a minutiae record becomes {', '.join(EDITIONS)}. Nothing was done.")
    record = read_template(content)
    other = converted(record, to)
    lost = []
    if record.edition != to:
        lost += ["extended data"] if any(view.extended for view in record.views) else []
        lost += ["date and device"] if any(view.capture for view in record.views) and not other.views[0].capture else []
        lost += ["certificates"] if any(view.certificates for view in record.views) else []
        lost += ["angles rounded"] if EDITIONS[record.edition].steps != EDITIONS[to].steps else []
    told = {
        "from": record.edition, "to": to, "views": len(other.views), "minutiae": sum(len(v.minutiae) for v in other.views),
        "left out": ", ".join(lost) or "nothing",
    }  # fmt: skip
    return write_template(other), told


def _image(source: Path, content: bytes, to: str, *, ppi: float, to_grid: bool) -> tuple[bytes, dict[str, Any]]:
    if to not in IMAGES:
        raise UsageError(f"--to {to}: an image becomes {', '.join(IMAGES)}. Nothing was done.")
    try:
        scale = Ppi(ppi)
    except ValueError as error:
        raise UsageError(f"--ppi: {error}. Nothing was done.") from None
    if content.startswith(b"\xff\xa0"):
        image = GreyImage(decode_wsq(content), scale)
    elif content.startswith(b"\xff\xd8\xff"):
        image = GreyImage(decode_jpeg(content), scale)
    elif content.startswith((CODESTREAM, JP2_SIGNATURE)):
        image = GreyImage(decode_jpeg2000(content), scale)
    else:
        image = read_image_file(source, scale)
    doubt = finger_doubt(image)
    image = to_500(image) if to_grid else image
    told = {"to": to, "width": image.pixels.shape[1], "height": image.pixels.shape[0], "ppi": image.ppi.value,
            "doubt": doubt or "none"}  # fmt: skip
    return _encoded(image, to), told


def _encoded(image: GreyImage, to: str) -> bytes:
    if to == "png":
        return encode_png(image)
    if to == "wsq":
        if not image.ppi.is_class_500:
            raise UsageError(
                f"WSQ is for 500 ppi, this image has {image.ppi.value:g} [EBTS: 1000 ppi is JPEG 2000]. Nothing was "
                "written. Give --to-500, or --to jp2."
            )
        return encode_wsq(image)
    if to == "raw":
        return image.pixels.tobytes()
    return encode_jpeg2000(image, lossless=to == "jp2l")


def _write(target: Path, content: bytes) -> None:
    """The whole file or none; an existing file is never replaced."""
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        with part.open("xb") as file:
            file.write(content)
        os.link(part, target)
    except FileExistsError:
        raise UsageError(f"{target} exists already. Nothing was written; give another name.") from None
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror}. Nothing was written.") from None
    finally:
        part.unlink(missing_ok=True)
