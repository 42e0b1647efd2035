"""The month's numbers: close, publish, verify."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.workflow import closing, releasing

app = typer.Typer(help="Statistics that a stranger can recompute and verify.", no_args_is_help=True)


@app.command("months")
def months(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Months that have events."""
    with house_at(data) as house:
        found = closing.months(house)
        if as_json:
            show({"months": found}, as_json=True)
        else:
            show_rows([{"month": m} for m in found], columns=["month"], as_json=False, name="months")


@app.command("close")
def close(
    month: Annotated[str, typer.Option(help="YYYY-MM; events that no close has taken yet go with it")],
    before_its_end: Annotated[
        bool, typer.Option("--before-its-end", help="Close the running month; what comes later goes to the next one")
    ] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a month: append its rows to the log, and write its signed release."""
    with house_at(data) as house:
        by = acting(house, key)
        closed = closing.close_month(house, month, by=by, before_its_end=before_its_end)
        path = releasing.publish_month(house, month, by=by)
        show({"month": month, "rows": closed.rows, "deferred_to_next_close": closed.deferred, "release": str(path) if path else None,
              "note": None if path else "fewer than 11 events: nothing was released, they wait for the next close"}, as_json=as_json)  # fmt: skip


@app.command("releases")
def releases(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """The releases that were published."""
    with house_at(data) as house:
        show_rows(releasing.releases(house), columns=["month", "vintage", "path"], as_json=as_json, name="releases")


@app.command("verify")
def verify(
    release: Annotated[Path, typer.Argument(help="A release's folder", exists=True, file_okay=False)],
    keys: Annotated[
        Path | None,
        typer.Option(
            help="JSON file like a release's keys.json (name -> hexadecimal public key) with keys that you trust; without it, those in the release"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute a release as a stranger would: signatures, rows in the log, every cell of the table. Needs no data directory.

    Prints how many rows it opened and counted, fails on none, and says what a stranger can't check.
    """
    found = releasing.verify(release, keys=keys)
    if as_json:
        show(found, as_json=True)
        return
    for one in found.get("releases", [found]):
        _tell(one)


def _tell(found: Mapping[str, Any]) -> None:
    """What was verified, for a person: without the cells, which no screen holds."""
    said = {name: value for name, value in found.items() if name not in {"table", "can_not_check"}}
    show(said, as_json=False, title="The release holds")
    print("\nNobody outside can check:")
    for one in found["can_not_check"]:
        print(f"- {one}")
    print("\nEvery cell: the same command with --json, or table.csv in the release.")
