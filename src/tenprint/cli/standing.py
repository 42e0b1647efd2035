"""More of `participation`: the timeline, what is owed, what "active" covers, and the counts that were published."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.cli.participation import app
from tenprint.workflow import coverage as covering
from tenprint.workflow import obligations as owing
from tenprint.workflow.participation import profile_of
from tenprint.workflow.views.timeline import Moment, timeline

DAY = ["%Y-%m-%d"]
StateOption = Annotated[str | None, typer.Option(help="Only this state, as in MA")]


@app.command("timeline")
def show_timeline(state: StateOption = None, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Who claimed what, when, under what authority, and what the gate did on that day under each profile."""
    with house_at(data) as house:
        moments = timeline(house, state=state)
        rows = [asdict(moment) for moment in moments] if as_json else [_row(moment) for moment in moments]
        show_rows(
            rows, columns=["day", "record", "status", "scope", "claimed_by", "authority", "document", "gate", "evidence"], as_json=as_json,
            name="timeline", title=f"{state or 'Everywhere'}; profile in use: {profile_of(house)}",
        )  # fmt: skip


def _row(moment: Moment) -> dict[str, Any]:
    shown = []
    for profile in dict.fromkeys(one.profile for one in moment.gate):
        answers = Counter(
            one.answer if one.before == one.answer else f"{one.before}→{one.answer}"
            for one in moment.gate
            if one.profile == profile
        )
        shown.append(f"{profile}: " + ", ".join(f"{answer} {count}" for answer, count in sorted(answers.items())))
    return {"day": moment.day, "record": moment.record, "status": moment.status, "scope": moment.scope, "claimed_by": moment.claimed_by,
            "authority": moment.authority_claimed or None, "document": moment.document, "gate": "; ".join(shown) or None,
            "evidence": moment.evidence}  # fmt: skip


@app.command("obligations")
def obligations(
    on: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Day asked about (default: today by the programme's clock)")
    ] = None,
    state: StateOption = None,
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """What parties owe under memoranda: when it falls due, what was delivered, and what is overdue."""
    with house_at(data) as house:
        found = owing.obligations(house, on=on.date() if on else None, state=state)
        if as_json:
            show(found, as_json=True)
            return
        show_rows(found["obligations"], columns=["obligation", "party", "artefact", "due", "status", "overdue_days", "evidence"], as_json=False,
                  name="obligations", title=f"On {found['on']}")  # fmt: skip
        print(", ".join(f"{status}: {count}" for status, count in found["counts"].items()))


@app.command("fulfil")
def fulfil(
    obligation: Annotated[str, typer.Argument(help="As `participation obligations` names it")],
    due: Annotated[datetime, typer.Option(formats=DAY, help="The date on which it fell due")],
    document: Annotated[str, typer.Option(help="What was delivered, in words")],
    source: Annotated[str, typer.Option(help="Where it can be read")],
    evidence: Annotated[str, typer.Option(help="Evidence mark")] = "secondary",
    file: Annotated[
        Path | None, typer.Option("--file", exists=True, dir_okay=False, help="The document itself: kept sealed")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record the document that shows what was owed to have been delivered, signed with your party's key."""
    with house_at(data) as house:
        done = owing.fulfil(house, obligation, due=due.date(), document=document, source=source, evidence=evidence,
                            by=acting(house, key), content=file.read_bytes() if file else None)  # fmt: skip
        show({"recorded": done.id, "obligation": obligation, "due": due.date().isoformat()}, as_json=as_json)


@app.command("report-bookings")
def report_bookings(
    ori: Annotated[str, typer.Argument(help="The agency, nine characters")],
    month: Annotated[str, typer.Option(help="YYYY-MM, over")],
    made: Annotated[int, typer.Option(min=0, help="Bookings made")],
    not_forwarded: Annotated[int, typer.Option(min=0, help="Of these, not forwarded here")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """An agency tells how many bookings it made in a month and did not forward; a later report corrects an earlier one."""
    with house_at(data) as house:
        done = covering.report_bookings(
            house, ori=ori, month=month, made=made, not_forwarded=not_forwarded, by=acting(house, key)
        )
        show({"recorded": done.id, "ori": ori, "month": month, "corrects": done.public["corrects"]}, as_json=as_json)


@app.command("coverage")
def coverage(
    month: Annotated[str, typer.Option(help="YYYY-MM")], data: DataOption = DEFAULT_DATA, as_json: JsonOption = False
) -> None:
    """What "active" covers: agencies active and agencies that sent, bookings not forwarded, states in the NFF. Small counts are withheld."""
    columns = ["jurisdiction", "nff", "agencies", "agencies_active", "agencies_that_sent", "agencies_that_reported", "received",
               "bookings_made", "not_forwarded"]  # fmt: skip
    with house_at(data) as house:
        show_rows(covering.coverage(house, month), columns=columns, as_json=as_json, name="coverage", title=month)


@app.command("counts")
def counts(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """How many jurisdictions were said to be active, by day, as published, with how each count is meant."""
    with house_at(data) as house:
        rows = [{**asdict(one), "source": str(one.source)} for one in covering.published_counts(house)]
        show_rows(
            rows,
            columns=["day", "jurisdictions", "up_to", "states", "exactness", "source", "evidence"],
            as_json=as_json,
            name="counts",
        )
