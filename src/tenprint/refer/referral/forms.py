"""The detainer forms by edition: what each asks, and when it was used [domain 3.2].

The sources give months for most editions, so neighbouring editions overlap in their month of change; where a source
does
not state a hold, the shorter result is taken: no hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

OFFICER_CLASSES: Final = frozenset({
    "border_patrol_agent", "special_agent", "deportation_officer", "immigration_inspector", "adjudications_officer",
    "enforcement_agent", "supervisor", "designated_officer",
})  # fmt: skip
"""Who may issue a detainer. Source: 8 CFR 287.7(b), a closed list; the last is "others designated"."""

_PROBABLE_CAUSE: Final = frozenset(
    {"final_order", "pending_proceedings", "biometrics_and_records", "statements_or_evidence"}
)
_OLD_BOXES: Final = frozenset({"investigation_initiated", "nta_served", "warrant_served", "removal_order"})
_CATEGORIES: Final = frozenset({
    "reason_to_believe_removable", "felony", "three_misdemeanors", "listed_misdemeanor", "illegal_entry",
    "illegal_reentry", "immigration_fraud", "significant_risk",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One edition. used: from the first day until the first day no longer used (None: still). boxes: what may be
    ticked.

    must_tick: boxes that every issue needs, if any. serve_to_take_effect: not in effect before a copy is served on the
    person.
    """

    id: str
    used_from: date
    used_until: date | None
    requests_hold: bool
    serve_to_take_effect: bool
    boxes: frozenset[str]
    must_tick: frozenset[str] = frozenset()
    warrant_required: bool = False
    conditional: bool = False
    evidence: str = "secondary_source"

    def in_use(self, on: date) -> bool:
        """True if the edition was in use on that day."""
        return self.used_from <= on and (self.used_until is None or on < self.used_until)


_ROWS: Final = (
    Form(id="I-247 (08/10)", used_from=date(2010, 8, 1), used_until=date(2012, 1, 1), requests_hold=True,
         serve_to_take_effect=False, boxes=_OLD_BOXES),
    Form(id="I-247 (12/11)", used_from=date(2011, 12, 1), used_until=date(2013, 1, 1), requests_hold=True,
         serve_to_take_effect=False, boxes=_OLD_BOXES, conditional=True),
    Form(id="I-247 (12/12)", used_from=date(2012, 12, 1), used_until=date(2015, 8, 1), requests_hold=True,
         serve_to_take_effect=False, boxes=_OLD_BOXES | _CATEGORIES,
         must_tick=frozenset({"reason_to_believe_removable"}),
         conditional=True),
    Form(id="I-247D", used_from=date(2015, 5, 1), used_until=date(2017, 4, 2), requests_hold=True,
         serve_to_take_effect=True, boxes=_PROBABLE_CAUSE | {"dhs_transfer"}),
    Form(id="I-247N", used_from=date(2015, 5, 1), used_until=date(2017, 4, 2), requests_hold=False,
         serve_to_take_effect=False, boxes=frozenset({"suspected_priority"})),
    Form(id="I-247X", used_from=date(2015, 5, 1), used_until=date(2017, 4, 2), requests_hold=False,
         serve_to_take_effect=False, boxes=_PROBABLE_CAUSE, evidence="hold text not read: shorter result taken"),
    Form(id="I-247A", used_from=date(2017, 4, 2), used_until=None, requests_hold=True,
         serve_to_take_effect=True, boxes=_PROBABLE_CAUSE | {"dhs_transfer"}, warrant_required=True),
)  # fmt: skip

FORMS: Final[Mapping[str, Form]] = {form.id: form for form in _ROWS}
"""Form id -> edition. Before 1 August 2010 no edition is on record here, so none can be issued. Source: domain 3.2."""


def forms_in_use(on: date) -> tuple[Form, ...]:
    """The editions in use on that day, oldest first; empty if none is on record."""
    return tuple(form for form in _ROWS if form.in_use(on))
