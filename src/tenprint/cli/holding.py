"""What the clocks say of those who are held: `tenprint custody …`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.workflow import closings
from tenprint.workflow.views import overdue as views

app = typer.Typer(
    help="Those who are held: who should be free by now. No command extends a hold.", no_args_is_help=True
)


@app.command("overdue")
def overdue(data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Every person who is held although release is due: facility, seconds overdue, and why release is due."""
    with house_at(data) as house:
        lines = views.overdue_releases(house, by=acting(house, key))
        rows = [views.as_row(line) for line in lines]
        by_facility = views.summary(lines)
        if as_json:
            print(
                json.dumps({"overdue": rows, "facilities": by_facility, "persons": len(rows)}, indent=1, sort_keys=True)
            )
            return
        show_rows(
            rows,
            columns=["facility", "ori", "case", "reason", "due", "overdue_s", "alerts"],
            as_json=False,
            name="overdue",
            title=f"{len(rows)} held past the instant of release",
        )
        if rows:
            show_rows(
                [{"facility": name, **sums} for name, sums in by_facility.items()],
                columns=["facility", "persons", "overdue_s"],
                as_json=False,
                name="facilities",
            )


@app.command("closing")
def closing(
    ori: Annotated[str, typer.Option(help="ORI of the agency that holds, nine characters")],
    ends_at: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="When its holds end at the latest, with UTC offset"),
    ],
    kind: Annotated[str, typer.Option(help="special_closing, emergency, court_closure or evacuation")],
    document: Annotated[str, typer.Option(help="Code that names the document, such as order/2011-06-10")],
    source: Annotated[str, typer.Option(help="Where it can be read")],
    reason: Annotated[str, typer.Option(help="Why, in your words; kept sealed")],
    evidence: Annotated[str, typer.Option(help="Evidence mark of the document")] = "primary",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="When it is over; without it, until further notice"),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a closing or emergency: holds of that agency end sooner. It excludes no day, and can make no hold longer."""
    with house_at(data) as house:
        done = closings.record_closing(
            house, ori=ori, ends_at=ends_at, until=until, kind=kind, document=document, source=source,
            evidence=evidence, reason=reason, by=acting(house, key),
        )  # fmt: skip
        show({"recorded": True, "holds_looked_at": done.looked, "failed_and_tried_again": done.failed}, as_json=as_json)
