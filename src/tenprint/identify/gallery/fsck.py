"""Is a gallery folder sound? Reads everything, changes nothing, needs no key but the repository's public one.

What it can't see: whether what is sealed opens (that takes the keys), whether a whole record was taken out of
records.log by someone who can recompute checksums, and whether a log was cut back to its last checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tenprint.errors import GalleryError
from tenprint.identify.gallery import durable, manifest
from tenprint.identify.gallery.authority_log import AUTHORITIES, AuthorityLog
from tenprint.identify.gallery.authority_log import MAGIC as AUTHORITIES_MAGIC
from tenprint.identify.gallery.compaction import NEXT, PAST
from tenprint.identify.gallery.framed_log import FILE_HEADER, FramedLog
from tenprint.identify.gallery.manifest import MANIFEST, STUDY, Manifest
from tenprint.identify.gallery.records import MAGIC, RECORDS, Enrol, Expunge, from_body, subject_of
from tenprint.identify.gallery.study import STUDY_KEY, StudyKey

KNOWN: Final = frozenset({MANIFEST, RECORDS, AUTHORITIES, durable.LOCK, STUDY_KEY})
"""The files of a folder in which nothing is unfinished."""

UNFINISHED: Final = frozenset({NEXT, PAST, f"{MANIFEST}.next", f"{STUDY_KEY}.next"})
"""What a killed process may leave; the next opening finishes it."""


def fsck(root: Path, *, public_key: bytes | None = None) -> list[str]:
    """The folder's problems in words; empty if it is sound.

    public_key: the repository's raw Ed25519 key as known from elsewhere; without it, the manifest vouches for itself
    only.
    """
    problems: list[str] = []
    try:
        with durable.locked(root, exclusive=False):
            _check_names(root, problems)
            try:
                stated = manifest.read(manifest.load(root))
            except GalleryError as error:
                return [*problems, str(error)]
            if public_key is not None and stated.public_key != public_key:
                problems.append(f"{MANIFEST} is signed by another key than the one given")
            for check in (_check_key, _check_records, _check_authorities):
                _collect(check, root, stated, problems)
    except GalleryError as error:
        problems.append(str(error))
    return problems


def _collect(
    check: Callable[[Path, Manifest, list[str]], None], root: Path, stated: Manifest, problems: list[str]
) -> None:
    try:
        check(root, stated, problems)
    except GalleryError as error:
        problems.append(str(error))


def _check_names(root: Path, problems: list[str]) -> None:
    for path in sorted(root.iterdir()):
        if path.name in UNFINISHED:
            problems.append(
                f"{path.name} was left by a process that did not finish; opening the folder finishes its work"
            )
        elif path.name not in KNOWN or not path.is_file():
            problems.append(f"{path.name} does not belong in a gallery folder")
    if (root / durable.LOCK).stat().st_size:
        problems.append(f"{durable.LOCK} is not empty")


def _check_key(root: Path, stated: Manifest, problems: list[str]) -> None:
    path = root / STUDY_KEY
    if path.exists() != (stated.kind == STUDY):
        problems.append(f"a {stated.kind} folder {'holds' if path.exists() else 'lacks'} {STUDY_KEY}")
    elif path.exists():
        seed = path.read_bytes()
        if len(seed) != 32 or StudyKey(seed).public_key != stated.public_key:
            problems.append(f"{STUDY_KEY} is not the key that {MANIFEST} names")


def _check_records(root: Path, stated: Manifest, problems: list[str]) -> None:
    log = FramedLog(root / RECORDS, MAGIC)
    held: dict[str, str] = {}
    gone: set[str] = set()
    generation, end = 0, FILE_HEADER.size
    for frame in log.frames():
        record = from_body(frame.body, at=frame.start)
        if isinstance(record, Enrol):
            if record.generation <= generation:
                problems.append(f"{RECORDS}, byte {frame.start}: generation {record.generation} after {generation}")
            if record.encounter in held:
                problems.append(f"{RECORDS}, byte {frame.start}: encounter {record.encounter} is held twice")
            held[record.encounter] = subject_of(stated.repository, record.person)
        elif isinstance(record, Expunge):
            problems.append(
                f"{RECORDS}, byte {frame.start}: an expungement is decided but not finished; opening the folder "
                "finishes it"
            )
        else:
            gone.add(record.subject)
        generation, end = max(generation, record.generation), frame.end
    if gone & set(held.values()):
        problems.append(f"{RECORDS} holds an encounter of someone who was expunged")
    if generation < stated.generation:
        problems.append(
            f"{RECORDS} ends at generation {generation}; the manifest was signed at {stated.generation}: "
            "acknowledged records are missing"
        )
    _check_tail(root / RECORDS, end, problems)


def _check_authorities(root: Path, stated: Manifest, problems: list[str]) -> None:
    AuthorityLog(root, stated).verified()
    end = max(
        (frame.end for frame in FramedLog(root / AUTHORITIES, AUTHORITIES_MAGIC).frames()), default=FILE_HEADER.size
    )
    _check_tail(root / AUTHORITIES, end, problems)


def _check_tail(path: Path, end: int, problems: list[str]) -> None:
    torn = path.stat().st_size - end
    if torn:
        problems.append(
            f"{path.name} ends with {torn} bytes of a write that was never acknowledged; opening the folder drops them"
        )
