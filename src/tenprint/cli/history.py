"""Criminal history at the command line: what one source says, its correction, findings, and what changed by it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.case import CaseArgument, ReasonOption, app, carry_out
from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show
from tenprint.ids import CaseId
from tenprint.workflow import charges, history
from tenprint.workflow.court_text import adopt_rap_sheet


@app.command("statement")
def statement(
    case: CaseArgument,
    kind: Annotated[str, typer.Option(help="arrest, charge, disposition or sentence")],
    source: Annotated[str, typer.Option(help="Source as a code, such as court or rap_sheet")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="As of which day the source speaks")],
    reason: ReasonOption,
    outcome: Annotated[
        str | None,
        typer.Option(
            help="Of a disposition: convicted, acquitted, dismissed, not_prosecuted, vacated, deferred, pending; or withdrawn"
        ),
    ] = None,
    charge: Annotated[str | None, typer.Option(help="Number of the booking's charge that it disposes of")] = None,
    about: Annotated[int | None, typer.Option(help="Number of the statement a sentence belongs to")] = None,
    offence: Annotated[
        str | None,
        typer.Option(
            help="NCIC[:felony|misdemeanor][:max penalty days], coded by you; where the policy in force has no codes (2008), its word for it"
        ),
    ] = None,
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the matter itself")] = None,
    days: Annotated[int | None, typer.Option(help="Days of a sentence")] = None,
    literal: Annotated[str | None, typer.Option(help="The source's own words; kept sealed")] = None,
    corrects: Annotated[int | None, typer.Option(help="Number of the statement that this corrects")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """State one arrest, charge, disposition or sentence. Nothing is overwritten; levels are evaluated again by appending."""
    item = {
        **(charges.coded_offence(offence, sentence=False) if offence else {}),
        "date": date.date().isoformat() if date else None,
        "days": days,
        "literal": literal,
    }
    carry_out(data, key, as_json, lambda h, by: history.state_history(
        h, CaseId(case), kind=kind, source=source, as_of=as_of.date(), reason=reason, outcome=outcome, charge=charge, about=about,
        item=item, corrects=corrects, by=by))  # fmt: skip


@app.command("rap-sheet")
def rap_sheet(
    case: CaseArgument,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An SRE that answers this case's booking")],
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the rap sheet (2.075) of an answer as literal text; a person codes it by `case statement --corrects`."""
    carry_out(
        data, key, as_json, lambda h, by: adopt_rap_sheet(h, CaseId(case), file.read_bytes(), reason=reason, by=by)
    )


@app.command("finding")
def finding(
    case: CaseArgument,
    found: Annotated[bool, typer.Option("--aggravated-felony/--no-aggravated-felony", help="What you conclude")],
    clause: Annotated[str, typer.Option(help="Letter of the clause of INA 101(a)(43), A to U")],
    reason: ReasonOption,
    statement: Annotated[int | None, typer.Option(help="Number of the statement of the conviction")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Conclude whether a known conviction is an aggravated felony: your own legal conclusion, never drawn from a code."""
    carry_out(data, key, as_json, lambda h, by: history.find_aggravated_felony(
        h, CaseId(case), found=found, clause=clause, reason=reason, statement=statement, by=by))  # fmt: skip


@app.command("withdraw-finding")
def withdraw_finding(
    case: CaseArgument,
    finding: Annotated[int, typer.Option(help="Number of the finding, from 1")],
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a finding about an aggravated felony no longer stands."""
    carry_out(
        data,
        key,
        as_json,
        lambda h, by: history.withdraw_finding(h, CaseId(case), finding=finding, reason=reason, by=by),
    )


@app.command("review-change")
def review_change(
    case: CaseArgument,
    reason: ReasonOption,
    told: Annotated[bool, typer.Option("--person-told/--person-not-told", help="The person, or counsel, was told")],
    language: Annotated[str | None, typer.Option(help="Language of the notice, ISO 639")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that you looked at what a changed history changes, and whether the person was told."""
    carry_out(data, key, as_json, lambda h, by: history.review_change(
        h, CaseId(case), person_told=told, language=language, reason=reason, by=by))  # fmt: skip


@app.command("show-history")
def show_history(
    case: CaseArgument, data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False
) -> None:
    """Records, statements, findings, and every level with the change that caused it."""
    with house_at(data) as house:
        show(history.show_history(house, CaseId(case), by=acting(house, key)), as_json=as_json, title=f"History {case}")
