"""What somebody is charged with, and what is known of convictions, in the codes and words of the level policies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tenprint.errors import UsageError
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor
from tenprint.model.canonical import Value
from tenprint.refer.policy.levels import Offence
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.casework import Acted, act
from tenprint.workflow.deciding import place_of
from tenprint.workflow.history import evaluated_again, stream_of
from tenprint.workflow.house import House
from tenprint.workflow.offences import CODE_TABLE, SEVERITIES, WORD, charges_of, severity_of, with_mapping, word_policy
from tenprint.workflow.participation import day_at


def code_charge(
    house: House,
    case: CaseId,
    *,
    charge: str,
    ncic: str | None,
    reason: str,
    severity: str,
    max_penalty_days: int | None,
    by: Actor,
    word: str | None = None,
) -> Acted:
    """Give a charge its code, its word, or both; if that would make Level 1 under any policy, a second person must look.

    word: a class of the level policy in force that day, if that goes by words. Raises UsageError for a word of none.
    """

    def make(who: c.Actor, at: datetime, _: CaseState) -> c.Command:
        place = place_of(house, case)[0]
        if word is not None:
            word_policy(house.programme.rules, word, on=day_at(place, at))
        coded = Offence(
            basis="charge", ncic=ncic, severity=severity_of(severity), max_penalty_days=max_penalty_days, word=word
        )
        others = charges_of(stream_of(house, case), but=charge)
        suggested = _suggested(house, coded, others, day_at(place, at))
        return c.CodeCharge(by=who, at=at, charge=charge, ncic=ncic, code_source="coded", severity=severity, literal=f"charge {charge}",  # type: ignore[arg-type]
                            reason=reason, max_penalty_days=max_penalty_days, suggested_level=suggested, word=word)  # fmt: skip

    return act(house, case, kind=c.CodeCharge, by=by, make=make)


def _suggested(house: House, coded: Offence, others: Sequence[Offence], on: date) -> str | None:
    """What the policies would say of this charge: only to know whether a second look is due; a suggestion, not a level.

    The code table speaks for the charge alone, also when it is out of force; the policies in force for all charges together.
    """
    levels = []
    for policy in house.programme.rules.level_policies:
        day = min(max(on, policy.in_force.since), (policy.in_force.until or date.max) - timedelta(days=1))
        if policy.id != CODE_TABLE and day != on:
            continue
        if policy.id == CODE_TABLE and coded.ncic is None:
            continue  # a word is no code
        offences = [coded] if policy.id == CODE_TABLE else [coded, *others]
        found = policy.evaluate(
            offences, basis="charge", on=day, stage="match", aggravated_felony=None, conviction_known=None
        )
        if policy.id == CODE_TABLE or found.level == "1":
            levels.append(found.level)
    return "1" if "1" in levels else next(iter(levels), None)


def record_history(
    house: House, case: CaseId, *, known: str, source: str, as_of: date, reason: str, convictions: tuple[str, ...], corrects: int | None,
    present_charge: bool = False, by: Actor,
) -> Acted:  # fmt: skip
    """Criminal history from one source; convictions as ``NCIC[:severity][:max penalty days][:sentence days]``, or by a word of the level
    policy in force in place of the code, which then stands with the policy that the acting person took it from.

    present_charge: a conviction of the present charge is among them, for which a conditional detainer waits. Raises UsageError.
    """
    told: dict[str, Value] = {"kind": "conviction", "source": source, "as_of": as_of.isoformat(), "asserter": by.id}
    items = tuple({**told, **coded_offence(text, sentence=True)} for text in convictions)

    def make(who: c.Actor, at: datetime, _: CaseState) -> c.Command:
        day = day_at(place_of(house, case)[0], at)
        mapped = tuple(with_mapping(house.programme.rules, item, on=day) for item in items)
        return c.RecordHistory(by=who, at=at, day=day, known=known, source=source, as_of=as_of, asserter=who.role, reason=reason,  # type: ignore[arg-type]
                               convictions=len(mapped), items=mapped, corrects=corrects, present_charge=present_charge)  # fmt: skip

    return act(house, case, kind=c.RecordHistory, by=by, make=make, follow=evaluated_again(house, case))


def coded_offence(text: str, *, sentence: bool) -> dict[str, Value]:
    """``NCIC[:severity][:max penalty days]``, and ``[:sentence days]`` where ``sentence``, by name; None for what is not given. A word of a
    policy that has no codes may stand in place of the code, such as ``robbery:felony``; whether it is one, `with_mapping` asks.

    Raises UsageError.
    """
    given = text.split(":")
    most = 4 if sentence else 3
    ncic, severity, *days = [*given, "", "", ""][:most]
    coded = len(ncic) == 4 and ncic.isascii() and ncic.isdigit()
    numbers = all(part == "" or (part.isascii() and part.isdigit()) for part in days)
    worded = WORD.fullmatch(ncic) is not None
    if len(given) > most or not (coded or worded) or not numbers or severity not in {"", *SEVERITIES}:
        form = "NCIC or word[:severity][:max penalty days]" + ("[:sentence days]" if sentence else "")
        raise UsageError(
            f"{text!r} is no coded offence; write {form}, severity one of {', '.join(SEVERITIES)}. Nothing was recorded."
        )
    named = ("max_penalty_days", "sentence_days")[: most - 2]
    return {
        "ncic": ncic if coded else None,
        **({"word": ncic} if worded else {}),
        "severity": severity or None,
        **{n: int(d) if d else None for n, d in zip(named, days, strict=True)},
    }
