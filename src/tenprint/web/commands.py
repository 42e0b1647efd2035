"""The forms of a case's page: what each asks, and which use case it calls. The rules decide; a form only carries words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from tenprint.errors import UsageError
from tenprint.ids import CaseId, ClaimId, DetainerId
from tenprint.workflow import charges, desk
from tenprint.workflow.casework import Acted
from tenprint.workflow.history import evaluate_level
from tenprint.workflow.house import House
from tenprint.workflow.notices import ask_redress, give_notice
from tenprint.workflow.people import Actor
from tenprint.workflow.priorities import decide_priority
from tenprint.workflow.views.case_page import CasePage

Choose: TypeAlias = Callable[[CasePage], tuple[str, ...]]

SHOWN_CHOICES: Final[Mapping[str, Choose]] = {
    "candidate": lambda page: tuple(one.person for one in page.candidates or ()),
    "form": lambda page: page.forms,
    "boxes": lambda page: page.boxes,
    "policy": lambda page: page.policies,
    "priority_policy": lambda page: page.priority_policies,
    "open_claim": lambda page: page.open_claims,
    "open_notice": lambda page: tuple(one.notice for one in page.notices if one.given is None),
    "word": lambda page: page.words,
}
"""Lists that depend on the case."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. kind: text, area, choice, check, checks, date, time, number or password; choices: name of the list."""

    name: str
    kind: str = "text"
    choices: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One command. grave: a person's liberty may hang on it, so the page says what will follow."""

    command: str
    fields: tuple[Field, ...]
    call: Callable[[House, CaseId, Answers, Actor], Acted]
    grave: bool = False


class Answers:
    """What a person wrote, read as the fields say. Raises UsageError naming the field."""

    def __init__(self, given: Mapping[str, str], page: CasePage) -> None:
        self._given = given
        self.page: Final = page
        """The case as it was when the form was sent."""

    def text(self, name: str) -> str:
        """The words, without the blanks around them; empty when nothing was written."""
        return self._given.get(name, "").replace("\r\n", "\n").strip()

    def some(self, name: str) -> str | None:
        """The words, or None when nothing was written."""
        return self.text(name) or None

    def many(self, name: str) -> tuple[str, ...]:
        """One answer a line, or several ticked boxes."""
        return tuple(part.strip() for part in self.text(name).replace("\n", ",").split(",") if part.strip())

    def yes(self, name: str) -> bool:
        """Whether the box was ticked."""
        return self.text(name) == "yes"

    def day(self, name: str) -> date | None:
        """A day, or None when nothing was written."""
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise UsageError(f"{name}: {text!r} is no date; write YYYY-MM-DD. Nothing was recorded.") from None

    def number(self, name: str) -> int | None:
        """A whole number, or None when nothing was written."""
        text = self.text(name)
        if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise UsageError(f"{name}: {text!r} is no whole number. Nothing was recorded.")
        return int(text) if text else None

    def time(self, name: str) -> datetime | None:
        """A time on the clock of the place, or None when nothing was written."""
        text = self.text(name)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self.page.tz or UTC) if text else None
        except ValueError:
            raise UsageError(f"{name}: {text!r} is no time; write YYYY-MM-DDTHH:MM. Nothing was recorded.") from None

    def detainer(self) -> DetainerId:
        """The case's open detainer. Raises UsageError when there is none."""
        if self.page.open_detainer is None:
            raise UsageError("no detainer is open in this case; nothing was recorded")
        return DetainerId(self.page.open_detainer)


def _conclude(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.conclude(
        house, case, conclusion=a.text("conclusion"), reasons=a.text("reasons"), candidate=a.some("candidate"), by=by
    )


def _query(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.query(
        house, case, attention=a.text("attention"), offense=a.some("offense"), in_custody=a.yes("in_custody"), by=by
    )


def _respond(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.respond(house, case, status=a.text("status"), as_of=a.day("status_as_of"), stale=a.yes("stale"),
                        removable=a.text("removable"), citizenship_evidence=a.text("citizenship_evidence"), text=a.text("text"),
                        sources=a.many("sources"), by=by)  # fmt: skip


def _code_charge(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return charges.code_charge(house, case, charge=a.text("charge"), ncic=a.some("ncic"), reason=a.text("reason"), severity=a.text("severity"),
                            max_penalty_days=a.number("max_penalty_days"), word=a.some("word"), by=by)  # fmt: skip


def _history(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    as_of = a.day("as_of")
    if as_of is None:
        raise UsageError("as_of: a record of history has a date. Nothing was recorded.")
    return charges.record_history(house, case, known=a.text("known"), source=a.text("source"), as_of=as_of, reason=a.text("reason"),
                               convictions=a.many("convictions"), corrects=a.number("corrects"), by=by)  # fmt: skip


def _level(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return evaluate_level(house, case, policy=a.text("policy"), basis=a.text("basis"), stage=a.text("stage"), by=by)


def _priority(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return decide_priority(
        house, case, policy=a.text("priority_policy"), basis=a.text("priority_basis"), stage=a.text("stage"), classes=a.many("classes"),
        rests_on=a.many("rests_on"), reason_code=a.text("reason_code"), reason=a.text("reason"), asserted=a.many("asserted"), by=by,
    )  # fmt: skip


def _dispose(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.dispose(house, case, disposition=a.text("disposition"), reason_code=a.text("reason_code"), reason=a.text("reason"),
                        removability_ground=a.text("removability_ground"), asserted=a.many("asserted"), by=by)  # fmt: skip


def _issue(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.issue_detainer(
        house, case, form=a.text("form"), officer_class=a.text("officer_class"), boxes=a.many("boxes"), warrant=a.text("warrant"),
        recipient=a.text("recipient"), reason_code=a.text("reason_code"), reason=a.text("reason"), conditional=a.yes("conditional"),
        supersedes=a.page.open_detainer, asserted=a.many("asserted"), by=by,
    )  # fmt: skip


def _answer(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.answer_detainer(house, case, a.detainer(), answer=a.text("detainer_answer"), reason_code=a.text("reason_code"),
                                reason=a.text("reason"), asserted=a.many("asserted"), by=by)  # fmt: skip


def _resolve_claim(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    claim = a.some("open_claim") or (a.page.open_claims[0] if len(a.page.open_claims) == 1 else "")
    if a.text("upheld") not in {"upheld", "not_upheld"}:
        raise UsageError("upheld: say whether the claim is upheld. Nothing was recorded.")
    return desk.resolve_claim(
        house, case, ClaimId(claim), upheld=a.text("upheld") == "upheld", reason=a.text("reason"), by=by
    )


def _outcome(house: House, case: CaseId, a: Answers, by: Actor) -> Acted:
    return desk.record_outcome(
        house, case, outcome=a.text("outcome"), conviction_known=a.text("known"), reason=a.text("reason"), by=by
    )


_REASON: Final = Field("reason", "area")
_CODE: Final = Field("reason_code")
_ASSERTED: Final = Field("asserted", "area", optional=True)

FORMS: Final[Mapping[str, Form]] = {
    form.command: form
    for form in (
        Form("conclude", (Field("conclusion", "choice", "conclusion"), Field("candidate", "choice", "candidate", optional=True),
                          Field("reasons", "area")), _conclude, grave=True),
        Form("query", (Field("attention"), Field("offense", optional=True), Field("in_custody", "check", optional=True)), _query),
        Form("acknowledge", (), lambda h, case, _, by: desk.acknowledge(h, case, by=by)),
        Form("respond", (Field("status", "choice", "status"), Field("status_as_of", "date", optional=True),
                         Field("stale", "check", optional=True), Field("removable", "choice", "removable"),
                         Field("citizenship_evidence", "choice", "citizenship_evidence"), Field("text", "area"),
                         Field("sources", "area", optional=True)), _respond, grave=True),
        Form("code_charge", (Field("charge"), Field("ncic", optional=True), Field("word", "choice", "word", optional=True),
                             Field("severity", "choice", "severity"),
                             Field("max_penalty_days", "number", optional=True), _REASON), _code_charge),
        Form("record_history", (Field("known", "choice", "known"), Field("source"), Field("as_of", "date"),
                                Field("convictions", "area", optional=True), Field("corrects", "number", optional=True), _REASON), _history),
        Form("evaluate_level", (Field("policy", "choice", "policy"), Field("basis", "choice", "basis"), Field("stage", "choice", "stage")),
             _level),
        Form("dispose", (Field("disposition", "choice", "disposition"), _CODE, Field("removability_ground", "area", optional=True),
                         _ASSERTED, _REASON), _dispose, grave=True),
        Form("decide_priority", (Field("priority_policy", "choice", "priority_policy"), Field("priority_basis", "choice", "priority_basis"),
                                 Field("stage", "choice", "stage"), Field("classes", "area", optional=True),
                                 Field("rests_on", "area", optional=True), _CODE, _ASSERTED, _REASON), _priority),
        Form("issue_detainer", (Field("form", "choice", "form"), Field("officer_class", "choice", "officer_class"),
                                Field("boxes", "checks", "boxes", optional=True), Field("warrant", "choice", "warrant"), Field("recipient"),
                                Field("conditional", "check", optional=True), _CODE, _ASSERTED, _REASON), _issue, grave=True),
        Form("serve_detainer", (Field("language"),), lambda h, case, a, by: desk.serve_detainer(h, case, a.detainer(),
                                                                                              language=a.text("language"), by=by)),
        Form("answer_detainer", (Field("detainer_answer", "choice", "detainer_answer"), _CODE, _ASSERTED, _REASON), _answer, grave=True),
        Form("mark_eligible", (Field("why_eligible", "choice", "why_eligible"), Field("eligible_at", "time", optional=True)),
             lambda h, case, a, by: desk.mark_eligible(h, case, why=a.text("why_eligible"), eligible_at=a.time("eligible_at"), by=by)),
        Form("lift_detainer", (_CODE, _REASON), lambda h, case, a, by: desk.lift_detainer(
            h, case, a.detainer(), reason_code=a.text("reason_code"), reason=a.text("reason"), by=by)),
        Form("claim", (Field("evidence", "area", optional=True),),
             lambda h, case, a, by: desk.claim(h, case, evidence=a.text("evidence"), by=by)),
        Form("resolve_claim", (Field("open_claim", "choice", "open_claim"), Field("upheld", "choice", "upheld"), _REASON), _resolve_claim,
             grave=True),
        Form("protect", (Field("asserted_by"), Field("verified", "check", optional=True), Field("source")),
             lambda h, case, a, by: desk.protect(h, case, asserted_by=a.text("asserted_by"), verified=a.yes("verified"),
                                                 source=a.text("source"), by=by)),
        Form("give_notice", (Field("open_notice", "choice", "open_notice"), Field("notice_outcome", "choice", "notice_outcome"),
                             Field("language", optional=True), Field("note", "area", optional=True)),
             lambda h, case, a, by: give_notice(h, case, a.text("open_notice"), outcome=a.text("notice_outcome"),
                                                language=a.some("language"), note=a.text("note"), by=by)),
        Form("ask_redress", (Field("about", "choice", "about"), _REASON),
             lambda h, case, a, by: ask_redress(h, case, about=a.text("about"), reason=a.text("reason"), by=by)),
        Form("record_release", (Field("released_at", "time", optional=True),),
             lambda h, case, a, by: desk.record_release(h, case, released_at=a.time("released_at"), by=by)),
        Form("transfer", (Field("other_key", "password"),),
             lambda h, case, a, by: desk.transfer(h, case, other_key=a.text("other_key"), by=by), grave=True),
        Form("record_outcome", (Field("outcome", "choice", "outcome"), Field("known", "choice", "known"), _REASON), _outcome),
        Form("close", (_CODE, _REASON), lambda h, case, a, by: desk.close(
            h, case, reason_code=a.text("reason_code"), reason=a.text("reason"), by=by)),
    )
}  # fmt: skip
"""Command -> its form; the same commands as `workflow.views.offers.COMMANDS`."""


def choices_of(field: Field, page: CasePage, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The values that a field offers in this case."""
    chosen = SHOWN_CHOICES.get(field.choices)
    return chosen(page) if chosen else lists.get(field.choices, ())


def sent(given: Mapping[str, str]) -> dict[str, Any]:
    """What a person wrote, to be shown again after a refusal; no keys or passwords."""
    return {name: value for name, value in given.items() if name not in {"csrf", "other_key"}}
