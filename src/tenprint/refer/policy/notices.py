"""What is owed to whom and by when, as dated data: notices, decisions with a time of their own, replies to the person.

A due time obliges a named role; it holds nobody, and moves no release clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import sheets
from tenprint.refer.policy.rules import RULE_ID, Scope

ON: Final = (
    "detainer_issued", "release_eligible", "charges_ended", "custody_transferred", "claim_raised", "asked_identity",
    "asked_level", "asked_hold",
)  # fmt: skip
"""What can make something due. Source: domain 1.10, 3.2, 3.5; a closed list, since each needs an event that tells of it."""

WHAT: Final = (
    "form_copy", "release_to_ice", "custody_decision", "consular_right", "charges_ended", "claim_decision",
    "reply_identity", "reply_level", "reply_hold",
)  # fmt: skip
"""What can be owed; public codes. Source: domain 1.9, 3.2, 3.5."""

TO: Final = ("person", "counsel", "field-office", "agency")
"""To whom, as roles; never a person's data."""

BY: Final = ("jail-officer", "field-officer", "supervisor")
"""Who owes it; the case's roles of these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """One thing that is owed. within: from what makes it due (0 is at once). forms: families of forms, empty for any."""

    id: str
    what: str
    on: str
    to: str
    by: str
    within: timedelta
    forms: tuple[str, ...]
    scope: Scope
    in_force: InForce
    source: Source
    evidence: str
    why: str


def owed(
    rules: Sequence[NoticeRule], *, trigger: str, on: date, form: str | None, place: Scope
) -> tuple[NoticeRule, ...]:
    """The rules that make something due now: of several for one thing the one with the shortest time.

    form: family and edition of the case's detainer, None without one; a rule for named forms then stays silent. A rule
    whose place is not known to be elsewhere counts: telling too much harms nobody.
    """
    family = None if form is None else form.split(" ", 1)[0]
    found: dict[str, NoticeRule] = {}
    for rule in rules:
        if rule.on != trigger or on not in rule.in_force or rule.scope.covers(place)[0] is False:
            continue
        if rule.forms and family not in rule.forms:
            continue
        known = found.get(rule.what)
        if known is None or rule.within < known.within:
            found[rule.what] = rule
    return tuple(found.values())


def read_notices(path: Path) -> tuple[NoticeRule, ...]:
    """From a file with the one key ``notices``; a programme without the file owes none. Raises RuleInvalid."""
    if not path.is_file():
        return ()
    found = []
    for sheet in sheets(path, key="notices"):
        source = Source.read(sheet.table("source"))
        rule = NoticeRule(
            id=sheet.text("id"),
            what=sheet.text("what", choices=WHAT),
            on=sheet.text("on", choices=ON),
            to=sheet.text("to", choices=TO),
            by=sheet.text("by", choices=BY),
            within=timedelta(minutes=sheet.whole("within_minutes")),
            forms=sheet.texts("forms"),
            scope=Scope.read(sheet.table("scope")),
            in_force=InForce.read(sheet.table("in_force")),
            source=source,
            evidence=evidence_of(sheet, source),
            why=sheet.text("why"),
        )
        sheet.finish()
        if not RULE_ID.match(rule.id):
            raise sheet.wrong("id", rule.id, "topic/version, such as notice/form-copy/1")
        found.append(rule)
    ids = [rule.id for rule in found]
    if len(set(ids)) != len(ids):
        raise RuleInvalid(f"{path}: an id stands twice; nothing was loaded. Give each rule its own version.")
    return tuple(found)
