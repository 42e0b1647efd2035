"""The detainer forms by edition: what each asks of whom, and from when to when it was used [domain 3.2].

A form is data: its words of hold, its duty of notice, its boxes. The sources give months for most editions, so
neighbouring editions overlap in their month of change. Where the words of hold were not read, no hold is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read

Hold: TypeAlias = Literal["48_without_weekends_and_holidays", "48_beyond_release", "none", "not_read"]
Notice: TypeAlias = Literal["no_duty", "copy_to_person", "served_to_take_effect"]

HOLDS: Final[tuple[Hold, ...]] = ("48_without_weekends_and_holidays", "48_beyond_release", "none", "not_read")
"""What the form's text says of a hold, as a class. ``not_read``: the shorter result is taken, no hold."""

NOTICES: Final[tuple[Notice, ...]] = ("no_duty", "copy_to_person", "served_to_take_effect")
"""What the person must get. ``served_to_take_effect``: the request has no effect before a copy is served."""

WARRANTS: Final = ("none", "administrative", "judicial", "criminal")
"""Warrants that may come with a form. Source: domain 3.7, atom warrant_type."""

FORM_FAULTS: Final = ("FORM_NOT_IN_USE", "BASIS_BOXES", "WARRANT_UNKNOWN", "WARRANT_REQUIRED", "NOT_CONDITIONAL")
"""What may be wrong with a filled form, in the order in which it is looked for."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box that may be ticked. group: boxes of one group state one thing (`Form.needs`)."""

    code: str
    group: str
    says: str


@dataclass(frozen=True, slots=True)
class FormFault:
    """Why a form can't be issued as filled. code: of `FORM_FAULTS`; why: for the person who fills it."""

    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One edition. id: as events name it. family: the part before a space; ``edition``: as printed.

    all_boxes: what may be ticked. needs: alternatives, each a set of groups of which every one needs a ticked box.
    must_tick: boxes that every issue needs. languages: ISO 639 codes of the printed notice, None where not known.
    """

    id: str
    edition: str
    title: str
    in_force: InForce
    hold: Hold
    notice: Notice
    languages: tuple[str, ...] | None
    all_boxes: tuple[Box, ...]
    needs: tuple[frozenset[str], ...]
    must_tick: frozenset[str]
    warrant_required: bool
    conditional: bool
    source: Source
    evidence: str
    why: str
    path: Path

    @property
    def used_from(self) -> date:
        """The first day of its use."""
        return self.in_force.since

    @property
    def used_until(self) -> date | None:
        """The first day on which it is no longer used; None while it is."""
        return self.in_force.until

    @property
    def boxes(self) -> frozenset[str]:
        """The codes of the boxes that may be ticked."""
        return frozenset(box.code for box in self.all_boxes)

    @property
    def requests_hold(self) -> bool:
        """True if the form asks that the person be held; never where its words were not read."""
        return self.hold in ("48_without_weekends_and_holidays", "48_beyond_release")

    @property
    def serve_to_take_effect(self) -> bool:
        """True if the form has no effect before a copy is served on the person."""
        return self.notice == "served_to_take_effect"

    def in_use(self, on: date) -> bool:
        """True if the edition was in use on that day."""
        return on in self.in_force

    def fault(self, *, on: date, boxes: frozenset[str], warrant: str, conditional: bool) -> FormFault | None:
        """None if it may be issued so filled on that day; else the first thing that is wrong."""
        if not self.in_use(on):
            return FormFault("FORM_NOT_IN_USE", f"Form {self.id!r} was not in use on {on}.")
        if not self._filled(boxes):
            has, needs = ", ".join(sorted(self.boxes)), self._wanted()
            ticked = ", ".join(sorted(boxes)) or "none"
            return FormFault("BASIS_BOXES", f"Ticked: {ticked}. {self.id} has {has}; it needs {needs}.")
        if warrant not in WARRANTS:
            return FormFault("WARRANT_UNKNOWN", f"A warrant is {', '.join(WARRANTS[:-1])} or {WARRANTS[-1]}.")
        if self.warrant_required and warrant == "none":
            return FormFault("WARRANT_REQUIRED", f"{self.id} must come with a signed warrant.")
        if conditional and not self.conditional:
            return FormFault("NOT_CONDITIONAL", f"{self.id} has no option 'operative only upon conviction'.")
        return None

    def _filled(self, boxes: frozenset[str]) -> bool:
        groups = {box.group for box in self.all_boxes if box.code in boxes}
        listed = boxes <= self.boxes and self.must_tick <= boxes
        return bool(boxes) and listed and any(wanted <= groups for wanted in self.needs)

    def _wanted(self) -> str:
        ways = [" and ".join(f"one of {group}" for group in sorted(wanted)) for wanted in self.needs]
        return "; ".join([*sorted(self.must_tick), " or ".join(ways)])


def read_form(path: Path) -> Form:
    """One edition from its file. Raises RuleInvalid, naming the file and what is wrong in it."""
    sheet = Sheet(read(path), str(path))
    source = Source.read(sheet.table("source"))
    notice = sheet.table("notice")
    form = Form(
        id=sheet.text("id"),
        edition=sheet.text("edition"),
        title=sheet.text("title"),
        in_force=InForce.read(sheet.table("in_force")),
        hold=next(h for h in HOLDS if h == sheet.text("hold", choices=HOLDS)),
        notice=next(n for n in NOTICES if n == notice.text("duty", choices=NOTICES)),
        languages=notice.texts("languages") if notice.has("languages") else None,
        all_boxes=tuple(_box(one) for one in sheet.tables("boxes")),
        needs=tuple(frozenset(one.texts("groups")) for one in sheet.tables("needs")),
        must_tick=frozenset(sheet.texts("must_tick")),
        warrant_required=sheet.text("warrant", choices=("not_required", "required")) == "required",
        conditional=sheet.flag("conditional", absent=False),
        source=source,
        evidence=evidence_of(sheet, source),
        why=sheet.text("why"),
        path=path,
    )
    notice.value("languages")
    notice.finish()
    sheet.finish()
    _whole(sheet, form)
    return form


def _box(sheet: Sheet) -> Box:
    box = Box(sheet.text("code"), sheet.text("group"), sheet.text("says"))
    sheet.finish()
    return box


def _whole(sheet: Sheet, form: Form) -> None:
    if len(form.boxes) != len(form.all_boxes) or not form.all_boxes:
        raise sheet.wrong("boxes", [box.code for box in form.all_boxes], "at least one box, each once")
    groups = {box.group for box in form.all_boxes}
    if not form.needs or not all(wanted and wanted <= groups for wanted in form.needs):
        raise sheet.wrong("needs", [sorted(wanted) for wanted in form.needs], f"groups of {', '.join(sorted(groups))}")
    if not form.must_tick <= form.boxes:
        raise sheet.wrong("must_tick", sorted(form.must_tick), ", ".join(sorted(form.boxes)))


def read_forms(paths: Sequence[Path]) -> Mapping[str, Form]:
    """Form id -> edition, by first day of use, then by id. Raises RuleInvalid when an id stands twice."""
    found = sorted((read_form(path) for path in paths), key=lambda form: (form.used_from, form.id))
    forms = {form.id: form for form in found}
    if len(forms) != len(found):
        raise RuleInvalid(f"a form's edition stands twice: {', '.join(form.id for form in found)}; nothing was loaded")
    return forms
