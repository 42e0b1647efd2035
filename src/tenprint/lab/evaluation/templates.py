"""Files become templates, on all cores, and every file that gives none is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tenprint.errors import IdentifyError
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.tenprints import finger_template
from tenprint.model.prints import FingerTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import Ppi

IMAGE_ENDINGS = ("tif", "tiff", "png", "bmp", "pgm")
"""File name endings that are taken for prints, in any case."""


@dataclass(frozen=True, slots=True)
class PrintFile:
    """One print of a set: its file, its scanning resolution, and the finger position (1 to 10) that its template
    carries.
    """

    path: Path
    ppi: Ppi
    position: int


def extract_files(
    files: Iterable[PrintFile], extractor: Extractor, *, workers: int, advance: Callable[[], None]
) -> tuple[dict[Path, FingerTemplate], dict[Path, str]]:
    """The template of each file, and for each file that gave none the reason: unreadable, failed, or without a single
    minutia.

    workers: images at the same time, threads; the extractors release the GIL. advance: called once for each file done.
    """

    def one(file: PrintFile) -> FingerTemplate:
        return finger_template(file.position, read_image_file(file.path, file.ppi), extractor)

    templates: dict[Path, FingerTemplate] = {}
    failures: dict[Path, str] = {}
    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="evaluate") as pool:
        waiting = {pool.submit(one, file): file.path for file in files}
        for future in as_completed(waiting):
            path = waiting[future]
            try:
                template = future.result()
            except IdentifyError as error:
                failures[path] = str(error)
            else:
                if len(template.minutiae):
                    templates[path] = template
                else:
                    failures[path] = "no minutiae were found"
            advance()
    return templates, failures
