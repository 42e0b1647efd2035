"""A case at the desk: look at it, and decide what your role may decide. Every decision names a person and a reason."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.ids import CaseId
from tenprint.workflow import charges, desk
from tenprint.workflow.casework import Acted
from tenprint.workflow.history import evaluate_level
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor

app = typer.Typer(
    help="Cases: from a candidate to an outcome, each step decided by a named person.", no_args_is_help=True
)

CaseArgument = Annotated[str, typer.Argument(help="Case id (see `tenprint case list`)")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in your words; kept sealed with the case")]
ReasonCodeOption = Annotated[str, typer.Option("--reason-code", help="Why, as a code that is counted")]
FactOption = Annotated[
    list[str] | None, typer.Option("--fact", help="Assert a fact that the case does not hold: name=value; repeat")
]


def carry_out(data: Path, key: Path | None, as_json: bool, act: Callable[[House, Actor], Acted]) -> None:
    """Carry out one decision; a refusal of the rules is printed with its rule and exits with 9."""
    with house_at(data) as house:
        done = act(house, acting(house, key))
        result: dict[str, Any] = {"case": done.case, "recorded": [e.type for e in done.events]}
        if done.refused is not None:
            result |= {"refused": done.refused.code, "why": done.refused.why, "rule": done.refused.rule}
        else:
            result |= {"stage": desk.stage(house, done.case)}
        show(result, as_json=as_json)
        if done.refused is not None:
            sys.exit(9)


@app.command("list")
def list_cases(
    everything: Annotated[bool, typer.Option("--all", help="Closed cases too")] = False,
    repository: Annotated[str | None, typer.Option(help="criminal or immigration")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cases with their stage."""
    with house_at(data) as house:
        rows = desk.cases(house, by=acting(house, key), open_only=not everything, repository=repository)
        show_rows(
            rows,
            columns=["case", "repository", "jurisdiction", "stage", "zone", "opened", "submission"],
            as_json=as_json,
            name="cases",
        )


@app.command("tasks")
def tasks(data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """What waits for a person, by role and due time."""
    with house_at(data) as house:
        rows = desk.tasks(house, by=acting(house, key))
        show_rows(rows, columns=["task", "kind", "role", "due", "case", "submission"], as_json=as_json, name="tasks")


@app.command("show")
def show_case(
    case: CaseArgument, data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False
) -> None:
    """One case: candidates (for examiners), timeline, clocks, levels, and the rule beside each decision."""
    with house_at(data) as house:
        show(desk.show_case(house, CaseId(case), by=acting(house, key)), as_json=as_json, title=f"Case {case}")


@app.command("conclude")
def conclude(
    case: CaseArgument,
    conclusion: Annotated[str, typer.Option(help="SOURCE_IDENTIFICATION, SOURCE_EXCLUSION or INCONCLUSIVE")],
    reasons: Annotated[str, typer.Option(help="What you saw")],
    candidate: Annotated[str | None, typer.Option(help="Person id of the candidate an identification names")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an examiner's conclusion. Two different examiners must identify the same candidate; one alone never suffices."""
    carry_out(
        data,
        key,
        as_json,
        lambda h, by: desk.conclude(
            h, CaseId(case), conclusion=conclusion, reasons=reasons, candidate=candidate, by=by
        ),
    )


@app.command("conflict")
def conflict(
    case: CaseArgument,
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that repositories, or name and print, disagree about who this is: a supervisor must resolve it."""
    carry_out(data, key, as_json, lambda h, by: desk.raise_conflict(h, CaseId(case), reason=reason, by=by))


@app.command("query")
def query(
    case: CaseArgument,
    attention: Annotated[str, typer.Option(help="Name of the accountable person on the query")],
    offense: Annotated[
        str | None, typer.Option(help="NCIC code of the most serious charge; without it 0399, marked as defaulted")
    ] = None,
    in_custody: Annotated[bool, typer.Option("--in-custody/--not-in-custody")] = True,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the immigration alien query (IAQ). Only after two examiners established the identity in immigration."""
    carry_out(
        data,
        key,
        as_json,
        lambda h, by: desk.query(h, CaseId(case), attention=attention, offense=offense, in_custody=in_custody, by=by),
    )


@app.command("acknowledge")
def acknowledge(
    case: CaseArgument, data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False
) -> None:
    """Record that the status desk acknowledged the query: not an answer."""
    carry_out(data, key, as_json, lambda h, by: desk.acknowledge(h, CaseId(case), by=by))


@app.command("respond")
def respond(
    case: CaseArgument,
    status: Annotated[str, typer.Option(help="USC, LPR, overstay, removal_order, no_record, unable_to_determine …")],
    text: Annotated[str, typer.Option(help="The response in words")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the newest record underneath")
    ] = None,
    stale: Annotated[
        bool, typer.Option("--stale/--fresh", help="The records underneath are too old to rely on")
    ] = False,
    removable: Annotated[
        str, typer.Option(help="yes, no or undetermined: an indication, not probable cause")
    ] = "undetermined",
    citizenship_evidence: Annotated[
        str, typer.Option(help="none, claimed, derived, acquired, naturalised, us_birth")
    ] = "none",
    source: Annotated[list[str] | None, typer.Option(help="System checked; repeat")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record the status response (IAR) of a specialist. USC stops the case and lifts any detainer at once."""
    carry_out(data, key, as_json, lambda h, by: desk.respond(
        h, CaseId(case), status=status, as_of=as_of.date() if as_of else None, stale=stale, removable=removable,
        citizenship_evidence=citizenship_evidence, text=text, sources=tuple(source or ()), by=by))  # fmt: skip


@app.command("code-charge")
def code_charge(
    case: CaseArgument,
    charge: Annotated[str, typer.Option(help="Number of the charge in the booking, from 1")],
    reason: ReasonOption,
    ncic: Annotated[str | None, typer.Option(help="NCIC code, four digits")] = None,
    word: Annotated[
        str | None,
        typer.Option(help="Class in the words of the policy in force, where that has no codes (2008), such as robbery"),
    ] = None,
    severity: Annotated[str, typer.Option(help="felony, misdemeanor, infraction or unknown")] = "unknown",
    max_penalty_days: Annotated[int | None, typer.Option(help="Maximum penalty, days")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a charge its NCIC code, its word, or both. What would be Level 1 needs a second look by another person."""
    carry_out(data, key, as_json, lambda h, by: charges.code_charge(
        h, CaseId(case), charge=charge, ncic=ncic, reason=reason, severity=severity, max_penalty_days=max_penalty_days,
        word=word, by=by))  # fmt: skip


@app.command("history")
def history(
    case: CaseArgument,
    known: Annotated[str, typer.Option(help="yes, none or unknown; unknown is not none")],
    source: Annotated[str, typer.Option(help="Source as a code, such as rap_sheet")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="As of which day")],
    reason: ReasonOption,
    conviction: Annotated[
        list[str] | None,
        typer.Option(
            help="NCIC[:felony|misdemeanor][:max penalty days][:sentence days]; where the policy in force has no codes (2008), its word "
            "for the NCIC; one per conviction; repeat"
        ),
    ] = None,
    corrects: Annotated[int | None, typer.Option(help="Number of an earlier record that this corrects, from 1")] = None,
    present_charge: Annotated[
        bool, typer.Option("--present-charge", help="A conviction of the present charge is among them")
    ] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record criminal history from one source, as of one day; levels are evaluated again by appending."""
    carry_out(data, key, as_json, lambda h, by: charges.record_history(
        h, CaseId(case), known=known, source=source, as_of=as_of.date(), reason=reason, convictions=tuple(conviction or ()),
        corrects=corrects, present_charge=present_charge, by=by))  # fmt: skip


@app.command("level")
def level(
    case: CaseArgument,
    policy: Annotated[str, typer.Option(help="sc-sop-2009 or morton-2011")],
    basis: Annotated[str, typer.Option(help="charge or conviction")],
    stage: Annotated[str, typer.Option(help="match, arrest or removal")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate the level under one policy and basis, from the charges or convictions on record; it is appended, never overwritten."""
    carry_out(data, key, as_json, lambda h, by: evaluate_level(
        h, CaseId(case), policy=policy, basis=basis, stage=stage, by=by))  # fmt: skip


@app.command("decide")
def decide(
    case: CaseArgument,
    disposition: Annotated[
        str, typer.Option(help="no_action, interview, notification_request, charging_document or detainer")
    ],
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    removability_ground: Annotated[
        str, typer.Option(help="Ground by conviction, needed where the status is lawful")
    ] = "",
    fact: FactOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Dispose of the status response, also when nothing follows: no action needs its reason too."""
    carry_out(data, key, as_json, lambda h, by: desk.dispose(
        h, CaseId(case), disposition=disposition, reason_code=reason_code, reason=reason, removability_ground=removability_ground,
        asserted=fact or [], by=by))  # fmt: skip


@app.command("close")
def close(
    case: CaseArgument,
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a case: it has a disposition and a reason."""
    carry_out(
        data, key, as_json, lambda h, by: desk.close(h, CaseId(case), reason_code=reason_code, reason=reason, by=by)
    )


@app.command("outcome")
def outcome(
    case: CaseArgument,
    outcome: Annotated[
        str, typer.Option(help="removal, return, relief, terminated, released, usc_found, died, other …")
    ],
    conviction_known: Annotated[str, typer.Option(help="yes, none or unknown, at this time")],
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what came of it."""
    carry_out(data, key, as_json, lambda h, by: desk.record_outcome(
        h, CaseId(case), outcome=outcome, conviction_known=conviction_known, reason=reason, by=by))  # fmt: skip
