"""Removing persons from records.log: the file is written anew without them, then the old bytes are overwritten.

| step | on disk                                                | if power fails now                             |
|------|--------------------------------------------------------|------------------------------------------------|
| 1    | the decision (``expunge``) is the last record, durable | gone for searches; step 2 begins anew          |
| 2    | records.next is written without the person, durable    | records.next is overwritten; 2 begins anew     |
| 3    | records.past is a second name of the old records.log   | that name is removed; step 2 begins anew       |
| 4    | records.next takes the place of records.log            | records.past is overwritten and removed        |
| 5    | records.past is overwritten with zeros and removed     | the same                                       |

The caller holds the folder's lock exclusively; whoever takes it next finishes what a killed process began.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tenprint.errors import GalleryError
from tenprint.identify.gallery import durable
from tenprint.identify.gallery.framed_log import FramedLog
from tenprint.identify.gallery.manifest import MANIFEST
from tenprint.identify.gallery.records import MAGIC, RECORDS, Enrol, Expunge, Expunged, from_body, subject_of, to_body
from tenprint.ids import EncounterId, PersonId

NEXT: Final = "records.next"
"""The compacted file before it takes its place."""

PAST: Final = "records.past"
"""The old file until it is overwritten."""


def tidy(root: Path) -> None:
    """Finish or undo the last steps of a compaction that a killed process left.

    Raises GalleryError if the disk refuses.
    """
    records, following, past = root / RECORDS, root / NEXT, root / PAST
    try:
        if past.exists():
            if past.samefile(records):  # stopped between steps 3 and 4: the old file still is the file
                past.unlink()
                durable.fsync_folder(root)
            else:
                durable.overwrite_and_remove(past)
        if following.exists():
            durable.overwrite_and_remove(following)
        (root / f"{MANIFEST}.next").unlink(missing_ok=True)
    except OSError as error:
        raise GalleryError(f"{root.name}: an unfinished expungement can't be finished ({error.strerror}).") from error


def compact(root: Path, *, repository: str) -> None:
    """Write the records anew without the persons whose expungement is decided (steps 2 to 5). Raises GalleryError."""
    log, following, past = FramedLog(root / RECORDS, MAGIC), root / NEXT, root / PAST
    decided: dict[PersonId, int] = {}
    single: dict[EncounterId, int] = {}
    encounters: Counter[PersonId] = Counter()
    for frame in log.frames():
        record = from_body(frame.body, at=frame.start)
        if isinstance(record, Expunge) and record.encounter is not None:
            single.setdefault(record.encounter, record.generation)
        elif isinstance(record, Expunge):
            decided.setdefault(record.person, record.generation)
        elif isinstance(record, Enrol):
            encounters[record.person] += 1
    left = [
        Expunged(subject=subject_of(repository, person), encounters=encounters[person], generation=generation)
        for person, generation in decided.items()
    ]
    left += [
        Expunged(subject=subject_of(repository, PersonId(encounter)), encounters=1, generation=generation)
        for encounter, generation in single.items()
    ]

    def kept() -> Iterator[bytes]:
        for frame in log.frames():
            record = from_body(frame.body, at=frame.start)
            if isinstance(record, Expunged) or (
                isinstance(record, Enrol) and record.person not in decided and record.encounter not in single
            ):
                yield frame.body
        for record in left:
            yield to_body(record)

    FramedLog(following, MAGIC).create(epoch=log.epoch + 1, bodies=kept())
    try:
        os.link(root / RECORDS, past)
        durable.fsync_folder(root)
        following.replace(root / RECORDS)
        durable.fsync_folder(root)
        durable.overwrite_and_remove(past)
    except OSError as error:
        raise GalleryError(
            f"{root.name}: the expungement is decided, but the old bytes can't be overwritten yet ({error.strerror}). "
            "Give the order again; it will be finished."
        ) from error
