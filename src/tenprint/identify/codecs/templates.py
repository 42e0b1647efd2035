"""Finger minutiae records of any edition: told apart, read, written, turned into each other and into our own minutiae."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tenprint.errors import TemplateInvalid
from tenprint.identify.codecs import incits_378_2004, incits_378_2009, iso_19794_2_2005, iso_19794_2_2011
from tenprint.identify.codecs.minutiae_record import (
    FAILED,
    NOT_REPORTED,
    FingerView,
    MinutiaeRecord,
    QualityNote,
    minutiae_of,
    turned,
    view_of,
)
from tenprint.model.prints import FingerTemplate, Minutiae

UNKNOWN_VENDOR = 1
"""Product vendor where an edition asks for one and none is known. Source: none is registered for tenprint; 0 is refused by
readers of INCITS 378.
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """How one edition is read and written. steps: of a turn; modern: it can say that a quality is not reported, and keeps
    vendor and algorithm of a score; product: it wants a product identifier.
    """

    read: Callable[[bytes], MinutiaeRecord]
    write: Callable[[MinutiaeRecord], bytes]
    steps: int
    modern: bool
    product: bool


EDITIONS = {
    iso_19794_2_2005.EDITION: Edition(iso_19794_2_2005.read, iso_19794_2_2005.write, 256, False, False),
    iso_19794_2_2011.EDITION: Edition(iso_19794_2_2011.read, iso_19794_2_2011.write, 256, True, False),
    incits_378_2004.EDITION: Edition(incits_378_2004.read, incits_378_2004.write, 180, False, True),
    incits_378_2009.EDITION: Edition(incits_378_2009.read, incits_378_2009.write, 180, True, True),
    incits_378_2009.AMENDED: Edition(incits_378_2009.read, incits_378_2009.write, 180, True, True),
}
"""Every edition that is read and written, by name."""


def read_template(data: bytes) -> MinutiaeRecord:
    """The record, whatever its edition. Two editions share each beginning: the one that holds to the last byte is meant.

    Raises: TemplateInvalid where none holds (with what each found), or where two do.
    """
    found: dict[str, MinutiaeRecord] = {}
    faults: list[str] = []
    for name, edition in EDITIONS.items():
        try:
            record = edition.read(data)
        except TemplateInvalid as fault:
            if ", magic:" not in str(fault):
                faults.append(str(fault))
            continue
        if record.edition == name:
            found[name] = record
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise TemplateInvalid(f"a record that is valid as {' and as '.join(found)}. It was not read. Name the edition.")
    raise TemplateInvalid(" ".join(faults) or f"{len(data)} bytes that begin as no finger minutiae record. Not read.")


def write_template(record: MinutiaeRecord) -> bytes:
    """The bytes of the record in its own edition. Raises TemplateInvalid where the edition can't hold it."""
    return _edition(record.edition).write(record)


def converted(record: MinutiaeRecord, edition: str) -> MinutiaeRecord:
    """The record in another edition, angles rounded to its steps.

    What the other edition can't hold is left out: extended data between families (their block types differ), date, device,
    certificates and further scores towards editions before 2009. Raises TemplateInvalid for an unknown edition, or for
    views of different size towards an edition with one size.
    """
    source, target = _edition(record.edition), _edition(edition)
    if record.edition == edition:
        return record
    for view in record.views:
        _check_angles(view, source.steps, record.edition)
    views = tuple(
        _fitted(turned(view, steps=source.steps, to_steps=target.steps), target, edition) for view in record.views
    )
    product = (record.product or (UNKNOWN_VENDOR, 0)) if target.product else None
    device = record.device if edition != iso_19794_2_2011.EDITION else 0
    return MinutiaeRecord(edition, views, product, record.compliant and bool(device), device)


def minutiae_by_finger(record: MinutiaeRecord, *, unknown_quality: int) -> dict[tuple[int, int], Minutiae]:
    """Our minutiae by (position, view number), at 500 ppi. unknown_quality: 0 to 100, for what has no reported quality.

    Raises TemplateInvalid for an angle outside the edition's turn.
    """
    steps = _edition(record.edition).steps
    for view in record.views:
        _check_angles(view, steps, record.edition)
    return {
        (view.position, view.view): minutiae_of(view, steps=steps, unknown_quality=unknown_quality)
        for view in record.views
    }


def record_of(fingers: Iterable[FingerTemplate], edition: str) -> MinutiaeRecord:
    """Our templates as a record of an edition. Raises TemplateInvalid for none, or an unknown edition."""
    target = _edition(edition)
    views = [view_of(f.minutiae, position=f.position, quality=f.quality, steps=target.steps) for f in fingers]
    if not views:
        raise TemplateInvalid("a record without fingers. Nothing was written.")
    if not target.modern:  # one size stands for all views: the largest holds every minutia
        width, height = max(view.width for view in views), max(view.height for view in views)
        views = [replace(view, width=width, height=height) for view in views]
    product = (UNKNOWN_VENDOR, 0) if target.product else None
    return MinutiaeRecord(edition, tuple(_fitted(view, target, edition) for view in views), product)


def _fitted(view: FingerView, target: Edition, edition: str) -> FingerView:
    """The view without what the edition can't hold; its angles are in the edition's steps already."""
    capture = iso_19794_2_2011.UNKNOWN_CAPTURE if edition == iso_19794_2_2011.EDITION else b""
    points = view.minutiae if target.modern else tuple(replace(p, quality=_older(p.quality)) for p in view.minutiae)
    return replace(
        view, extended=b"", capture=capture, certificates=None, ending=0, six=True, minutiae=points,
        qualities=_scores(view.qualities, target, edition),
    )  # fmt: skip


def _scores(notes: tuple[QualityNote, ...], target: Edition, edition: str) -> tuple[QualityNote, ...]:
    """The scores that the other edition holds: all in ISO 2011, else the first; before 2009 a number without origin."""
    if edition == iso_19794_2_2011.EDITION:
        return notes
    first = notes[0] if notes else QualityNote(NOT_REPORTED)
    if target.modern:
        return (first,)
    return (QualityNote(0 if first.score >= NOT_REPORTED else first.score),)


def _older(quality: int) -> int:
    """A minutia's quality before 2009: 0 means not reported there, so the worst is 1, and a failed one not reported."""
    return NOT_REPORTED if quality in (NOT_REPORTED, FAILED) else max(1, quality)


def _check_angles(view: FingerView, steps: int, edition: str) -> None:
    """INCITS 378-2004 files with angles of the ISO unit exist; they are carried whole, but never understood."""
    worst = max((point.angle for point in view.minutiae), default=0)
    if worst >= steps:
        raise TemplateInvalid(
            f"{edition}: angle {worst} of a minutia of finger position {view.position}; allowed: 0 to {steps - 1}. It was not "
            "converted. The writer has used another unit of angles; export the template again."
        )


def _edition(name: str) -> Edition:
    if name not in EDITIONS:
        raise TemplateInvalid(f"edition {name!r}; allowed: {', '.join(EDITIONS)}. Nothing was done.")
    return EDITIONS[name]
