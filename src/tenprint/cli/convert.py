"""``tenprint convert``: an image, a finger image record or a finger minutiae record into another format. Nothing is stored.

A finger minutiae record may also come out of a Type-9 record of an ITL file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import JsonOption
from tenprint.errors import UsageError
from tenprint.identify.codecs import finger_images
from tenprint.identify.codecs.finger_image_record import FingerImage, FingerImageRecord, decoded
from tenprint.identify.codecs.image_files import read_any_image
from tenprint.identify.codecs.jpeg2000 import encode_jpeg2000
from tenprint.identify.codecs.limits import MAX_FILE_BYTES
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.codecs.resolution import finger_doubt, to_500
from tenprint.identify.codecs.templates import EDITIONS, converted, read_template, write_template
from tenprint.identify.codecs.wsq import encode_wsq
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

IMAGES = ("png", "wsq", "jp2", "jp2l", "raw")
"""Image formats that are written. jp2 is lossy (1:10), jp2l is not, raw is rows of bytes without a header."""

AS_STORED = {"WSQ20": "wsq", "PNG": "png", "JP2": "jp2", "JP2L": "jp2l"}
"""Image format by the compression of a finger image record: what is so stored is taken out as it is, never coded twice."""


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            help="A PNG, TIFF, PGM, BMP, WSQ, JPEG or JPEG 2000 image, a record of finger images or of minutiae, or an ITL file."
        ),
    ],
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    to: Annotated[
        str,
        typer.Option(
            "--to", help=f"{', '.join(IMAGES)}, {', '.join(finger_images.EDITIONS)}, or {', '.join(EDITIONS)}."
        ),
    ],
    ppi: Annotated[
        float,
        typer.Option(
            "--ppi", help="What the image was scanned at, pixels per inch; a finger image record says its own."
        ),
    ] = 500.0,
    to_grid: Annotated[
        bool, typer.Option("--to-500", help="Bring the image to 500 ppi; 1000 ppi by NIST's filter.")
    ] = False,
    number: Annotated[
        int | None,
        typer.Option("--image", help="Which image of a finger image record, from 1; needed where it has several."),
    ] = None,
    position: Annotated[
        int, typer.Option("--position", help="Finger position to write into a finger image record; 0 is unknown.")
    ] = 0,
    impression: Annotated[
        int | None,
        typer.Option("--impression", help="Impression code to write into one; only the 2011 edition can do without."),
    ] = None,
    record: Annotated[
        int | None, typer.Option("--record", min=1, help="Which record of an ITL file, if it has several of Type-9.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Convert an image, a finger image record or a finger minutiae record, and say what was lost. The extension of TARGET
    says nothing.

    From an ITL file one Type-9 record is taken, in standard or in M1 fields.
    """
    content = _content(source)
    if content.startswith(b"FMR\x00"):
        made, told = _template(content, to)
    elif content.startswith(finger_images.BEGINNING):
        made, told = _taken_out(content, to, number=number, to_grid=to_grid)
    elif content.startswith((b"1.001:", b"1.01:", b"1.1:")):
        made, told = _type_9(content, to, record)
    else:
        made, told = _image(source, content, to, ppi=ppi, to_grid=to_grid, stated=(position, impression))
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


def _type_9(content: bytes, to: str, number: int | None) -> tuple[bytes, dict[str, Any]]:
    """One Type-9 record of an ITL file as a finger minutiae record."""
    from tenprint.exchange.itl import read  # an image needs none of this
    from tenprint.workflow.minutiae_records import LEFT_OUT, finger_record

    if to not in EDITIONS:
        raise UsageError(f"--to {to}: a Type-9 record becomes {', '.join(EDITIONS)}. Nothing was done.")
    record, edition = finger_record(read(content), number=number)
    other = converted(record, to)
    turned = EDITIONS[record.edition].steps != EDITIONS[to].steps
    lost = [*LEFT_OUT[edition], *(["angles rounded to the edition's steps"] if turned else [])]
    told = {"from": edition, "to": to, "views": len(other.views),
            "minutiae": sum(len(view.minutiae) for view in other.views), "left out": ", ".join(lost)}  # fmt: skip
    return write_template(other), told


def _taken_out(content: bytes, to: str, *, number: int | None, to_grid: bool) -> tuple[bytes, dict[str, Any]]:
    """One image of a finger image record as an image file."""
    if to not in IMAGES:
        raise UsageError(f"--to {to}: a finger image record becomes {', '.join(IMAGES)}. Nothing was done.")
    record = finger_images.read_finger_images(content)
    stored = _chosen(record, number)
    image = decoded(stored)
    doubt = finger_doubt(image)
    scaled = to_500(image) if to_grid else image
    made = stored.data if scaled is image and AS_STORED.get(stored.compression) == to else _encoded(scaled, to)
    lost = ["position, impression, quality and device"]
    lost += ["date"] if stored.capture else []
    lost += ["certificates"] if stored.certificates else []
    lost += ["extended data"] if stored.extended else []
    lost += [f"other images: {len(record.images) - 1}"] if len(record.images) > 1 else []
    told = {"from": record.edition, "position": stored.position, "impression": stored.impression}
    return made, told | _described(scaled, to, doubt) | {"left out": ", ".join(lost)}


def _chosen(record: FingerImageRecord, number: int | None) -> FingerImage:
    """The image asked for, or the only one."""
    count = len(record.images)
    if number is None and count == 1:
        return record.images[0]
    if number is None or not 1 <= number <= count:
        holds = ", ".join(f"{n} of position {image.position}" for n, image in enumerate(record.images, start=1))
        raise UsageError(f"--image {number or 'is missing'}; the record holds image {holds}. Nothing was done.")
    return record.images[number - 1]


def _image(
    source: Path, content: bytes, to: str, *, ppi: float, to_grid: bool, stated: tuple[int, int | None]
) -> tuple[bytes, dict[str, Any]]:
    """An image file as another, or as a finger image record that states this position and impression."""
    if to not in IMAGES and to not in finger_images.EDITIONS:
        known = ", ".join((*IMAGES, *finger_images.EDITIONS))
        raise UsageError(f"--to {to}: an image becomes {known}. Nothing was done.")
    try:
        scale = Ppi(ppi)
    except ValueError as error:
        raise UsageError(f"--ppi: {error}. Nothing was done.") from None
    image, coded, compression = read_any_image(source, content, scale)
    doubt = finger_doubt(image)
    scaled = to_500(image) if to_grid else image
    if to in IMAGES:
        return _encoded(scaled, to), _described(scaled, to, doubt)
    if scaled is not image or not coded:
        coded, compression = encode_png(scaled), "PNG"
    height, width = scaled.pixels.shape
    record = finger_images.record_of(
        coded, edition=to, compression=compression, size=(width, height), ppi=scaled.ppi, position=stated[0],
        impression=stated[1],
    )  # fmt: skip
    told = {"compression": compression, "position": stated[0], "impression": record.images[0].impression}
    return finger_images.write_finger_images(record), _described(scaled, to, doubt) | told


def _described(image: GreyImage, to: str, doubt: str | None) -> dict[str, Any]:
    height, width = image.pixels.shape
    return {"to": to, "width": width, "height": height, "ppi": image.ppi.value, "doubt": doubt or "none"}


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
