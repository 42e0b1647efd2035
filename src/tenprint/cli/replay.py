"""``tenprint policy replay``: what another policy, other rules or another profile would have said of recorded cases."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Lines

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, error_console, show
from tenprint.cli.policy import app
from tenprint.wiring import open_archive
from tenprint.workflow import replaying as use

DAY = ["%Y-%m-%d"]


@app.command("replay")
def replay(
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy", help="A policy of levels or priorities, such as morton-2011, as if it had been in force"
        ),
    ] = None,
    programme: Annotated[
        Path | None,
        typer.Option("--programme", help="A programme's folder: its rules and documents instead of those in use"),
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="consent or historical: what the gate would have honoured")
    ] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First day, at the place")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last day, included")] = None,
    by: Annotated[str, typer.Option("--by", help="level (what was said alone), jurisdiction or outcome")] = "level",
    full: Annotated[
        bool, typer.Option("--full", help="Counts under eleven too, and the cases with --out; for auditors")
    ] = False,
    cases: Annotated[
        Path | None, typer.Option("--cases", help="A file of cases instead of a data directory; needs no key")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder for the tables, and with --full for the cases")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay recorded cases under another policy, other rules or another profile, without touching them.

    Levels, detainers issued and answered, and gate decisions are looked at again with the facts known at that moment. The data
    directory is only read. Levels of two policies stand side by side and are not compared. What was never asked for is not known:
    then a person would have had to look, and such cases are counted apart. Without --full no line stands for 1 to 10 cases; publish
    one breakdown of the same cases, not several.

    Example: tenprint policy replay --policy morton-2011 --from 2011-01-01 --to 2011-06-30 --by jurisdiction
    """
    asked = use.WhatIf(policy=policy, programme=programme, profile=profile, first=first.date() if first else None,
                       last=last.date() if last else None, by=by)  # fmt: skip
    if cases is not None:
        found = use.replay_file(cases, asked, full=full)
    else:
        archive = open_archive(data)
        try:
            found = use.replay_archive(archive, asked, by=acting(archive, key), full=full)
        finally:
            archive.close()
    written = use.write(found, out) if out is not None else []
    if as_json:
        print(json.dumps({**found.as_json(), "written": written}, indent=1, sort_keys=True, default=str))
        return
    _print(found, written)


def _print(found: use.Replayed, written: list[str]) -> None:
    show(dict(found.about), as_json=False, title="What was replayed, and under what")
    for table in found.tables:
        shown = Lines(
            title=f"{table.name}: {'fewer than eleven' if table.cases is None else table.cases} cases",
            title_justify="left",
        )
        for column in (*table.columns, "cases"):
            shown.add_column(column, justify="right" if column == "cases" else "left")
        for values, count in table.lines.items():
            row: list[Any] = [*values, str(count)]
            shown.add_row(*row)
        Console().print(shown)
        for note in table.notes:
            print(note)
        if table.needs_person:
            print(
                f"needs a person: {table.needs_person['recorded']} as recorded, {table.needs_person['replayed']} as replayed"
            )
    for name in written:
        error_console.print(f"written: {name}")
