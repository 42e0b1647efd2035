"""What the clocks say of those who are held: `tenprint custody …`."""

from __future__ import annotations

import json

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show_rows
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
