"""``tenprint inspect``: what stands in an ITL file, what is wrong with it and where; on request its prints too."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.inspection_page import line_of, page, summary_of, write_folder
from tenprint.errors import ExchangeError, IdentifyError, UsageError
from tenprint.exchange.itl import LIMITS, Limits, read
from tenprint.exchange.listing import describe, describe_fault
from tenprint.exchange.records import Transaction
from tenprint.identify.codecs.image_files import BEGINNINGS, read_any_image
from tenprint.units import Ppi
from tenprint.workflow.inspecting import SeenImage
from tenprint.workflow.minutiae_records import minutiae_seen


def inspect(
    file: Annotated[
        Path,
        typer.Argument(
            help="An ANSI/NIST-ITL file in traditional encoding, which need be no booking; or one image: WSQ, PNG, TIFF, PGM, BMP, "
            "JPEG or JPEG 2000."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    show_person: Annotated[
        bool, typer.Option("--show-person", help="Print names, numbers, birth dates and charges too.")
    ] = False,
    max_bytes: Annotated[int, typer.Option("--max-bytes", help="Largest file read, bytes.", min=1)] = LIMITS.file_bytes,
    prints: Annotated[
        bool, typer.Option("--prints", help="Decode the images too: quality, reasons and minutiae of each finger.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the prints as one page with all pictures in it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write page, PNG, SVG and JSON of the prints.")
    ] = None,
    stages: Annotated[
        bool, typer.Option("--stages", help="With the prints, show what each stage of the network gives. Slow.")
    ] = False,
    ppi: Annotated[
        float,
        typer.Option("--ppi", help="What a single image was scanned at, pixels per inch; a transaction says its own."),
    ] = 500.0,
    position: Annotated[
        int,
        typer.Option(
            "--position", help="What a single image shows: 1 to 15 as in a record, 0 a finger.", min=0, max=15
        ),
    ] = 0,
) -> None:
    """List the records, fields, images, faults and warnings of a file. Ends with exit code 3 when it can't be read
    at all.

    Images are decoded only for --prints, --html, --out or --stages: every finger as intake would see it, with its
    quality, what is wrong with it and what to do. A single image is always decoded. Pictures of prints are personal data: keep them
    as you keep the file.

    Example: tenprint inspect booking.eft --html booking.html
    """
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= max_bytes else b""
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}. Nothing was done.") from None
    if size > max_bytes:
        raise UsageError(
            f"{file} has {size} bytes; at most {max_bytes} are read. Give --max-bytes to read more. Nothing was done."
        )
    if content.startswith(BEGINNINGS):
        _image(file, content, ppi=ppi, position=position, html=html, out=out, stages=stages, as_json=as_json)
        return
    try:
        transaction = read(content, limits=Limits(file_bytes=max_bytes))
        listing = describe(transaction, show_person=show_person)
        listing["minutiae"] = [asdict(one) for one in minutiae_seen(transaction)]
    except ExchangeError as error:
        listing = {"readable": False, "faults": [describe_fault(error)]}
        print(json.dumps(listing, indent=2) if as_json else f"unreadable: {error.code} {error}")
        raise typer.Exit(error.exit_code) from None
    seen = (
        _prints(transaction, file.name, html=html, out=out, stages=stages) if prints or html or out or stages else None
    )
    if as_json:
        told = {} if seen is None else {"prints": [summary_of(one) for one in seen]}
        print(json.dumps({"readable": True} | listing | told, indent=2, ensure_ascii=False))
        return
    print(_as_text(listing))
    for one in seen or ():
        print(line_of(one))


def _prints(
    transaction: Transaction, name: str, *, html: Path | None, out: Path | None, stages: bool
) -> list[SeenImage]:
    """Every image of the file, looked at; the page and the folder written when they are wanted."""
    from tenprint.workflow.inspecting import look  # the extractor takes a moment to load, for few

    seen = list(look(transaction, stages=stages))
    _write(seen, name, html=html, out=out)
    return seen


def _write(seen: list[SeenImage], name: str, *, html: Path | None, out: Path | None) -> None:
    try:
        if html is not None:
            html.write_text(page(name, seen), encoding="utf-8")
        if out is not None:
            write_folder(out, name, seen)
    except OSError as error:
        raise UsageError(f"{error.filename}: can't be written ({error.strerror}). The prints were looked at.") from None


def _image(
    file: Path,
    content: bytes,
    *,
    ppi: float,
    position: int,
    html: Path | None,
    out: Path | None,
    stages: bool,
    as_json: bool,
) -> None:
    """One image that came in no transaction; exit code 3 where it can't be decoded."""
    from tenprint.workflow.inspecting import look_at_image

    try:
        image, _, _ = read_any_image(file, content, Ppi(ppi))
    except ValueError as error:
        raise UsageError(f"--ppi: {error}. Nothing was done.") from None
    except IdentifyError as error:
        told = {"readable": False, "faults": [{"code": error.code, "message": str(error)}]}
        print(json.dumps(told, indent=2) if as_json else f"unreadable: {error.code} {error}")
        raise typer.Exit(ExchangeError.exit_code) from None
    seen = look_at_image(image, position=position, stages=stages)
    _write([seen], file.name, html=html, out=out)
    print(json.dumps({"readable": True, "prints": [summary_of(seen)]}, indent=2) if as_json else line_of(seen))


def _as_text(listing: dict[str, Any]) -> str:
    kind = "a booking" if listing["booking"] else "not a booking"
    lines = [f"{listing['tot'] or 'no TOT'}, version {listing['version'] or 'absent'}; {kind}"]
    for record in listing["records"]:
        lines.append(
            f"\nrecord {record['record']}: Type-{record['type']}, IDC {record['idc']}, at byte {record['byte']}"
        )
        if "header" in record:
            lines.append("  " + "  ".join(f"{name} {value}" for name, value in record["header"].items()))
        lines += [f"  {field['tag']:<7} {field['mnemonic'] or '':<5} {field['value']}" for field in record["fields"]]
    for image in listing["images"]:
        scale = f"{image['pixels_per_mm']:.2f} pixels/mm" if image["pixels_per_mm"] else "no resolution"
        lines.append(
            f"\nimage in record {image['record']}: position {image['position']:02d}, impression {image['impression']}, "
            f"{image['width']} x {image['height']}, {scale}, {image['compression']}, {image['bytes']} bytes"
        )
    for found in listing["minutiae"]:
        where = ", ".join(f"position {position:02d}" for position in found["positions"])
        said = found["fault"] or f"record {found['record']}: {found['minutiae']} minutiae, {where}, {found['edition']}"
        lines.append(f"\nminutiae in {said}")
    lines.append(f"\n{len(listing['faults'])} faults, {len(listing['warnings'])} warnings")
    lines += [f"  fault    {fault['code']} {fault['message']}" for fault in listing["faults"]]
    lines += [f"  warning  {warning}" for warning in listing["warnings"]]
    return "\n".join(lines)
