"""`tenprint demo`: the whole product with no outside data, then served to look at."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tenprint.cli.desk import JsonOption, error_console
from tenprint.cli.serve import serve_house
from tenprint.clock import OffsetClock
from tenprint.wiring import open_house

SHOWN: tuple[tuple[str, str], ...] = (
    ("submissions", "submissions"), ("immigration_searches", "searched"), ("not_searched", "not searched"), ("matches", "matches"),
    ("detainers_issued", "detainers"), ("arrests", "custody"), ("removals", "removals"), ("us_citizens", "citizens"),
)  # fmt: skip
"""Columns of the month's table that the demonstration prints, one a line, with what they are called."""


def demo(
    data: Annotated[
        Path, typer.Option("--data", help="Folder of the demonstration; made, and remade if it was cut off")
    ] = Path("demo-data"),
    seed: Annotated[int, typer.Option(help="Another seed, other people")] = 20110606,
    port: Annotated[int, typer.Option(help="Port to serve on afterwards", min=0, max=65535)] = 8750,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages afterwards, until Ctrl-C")] = True,
    as_json: JsonOption = False,
) -> None:
    """Rehearse June 2011 with synthetic people and simulated staff; print a journey, the month's table and its verification; then serve it.

    Everything goes through the same doors as real work: files over HTTP, the gate, examiners, the log. Nothing is downloaded, no person is real.
    """
    from tenprint.api.application import create_app  # heavy, and no other command rehearses
    from tenprint.lab.rehearsal import story
    from tenprint.lab.rehearsal.demo import MARK, is_finished, rehearse

    begun = time.perf_counter()
    if is_finished(data):
        result = json.loads((data / MARK).read_text())["result"]
        error_console.print(
            f"{data} holds a finished demonstration; it is shown as it is. Remove the folder for a fresh one."
        )
    else:
        result = rehearse(data, seed=seed, console=error_console, application=partial(create_app, with_worker=False))
        error_console.print(f"done in {time.perf_counter() - begun:.0f} s")
    if as_json:
        print(json.dumps(result, indent=1, default=str))
    else:
        _show(result)
    if serve and not as_json:
        serve_house(open_house(data, clock=OffsetClock(story.ENDS)), host="127.0.0.1", port=port)


def _show(result: dict[str, Any]) -> None:
    console = Console()
    _show_journey(console, result)
    show_month(console, result["table"])
    checked = result["verification"]
    console.print(f"verified: {checked['rows_opened']} rows opened, {checked['rows_counted']} counted, {checked['cells']} cells recomputed, "
                  f"{checked['suppressed']} of them suppressed")  # fmt: skip
    console.print(f"problems found by the check of everything: {len(result['problems'])}")
    console.print("time by step: " + "; ".join(f"{title} {took:.0f} s" for title, took in result["seconds"].items()))
    console.print(f"verify it yourself: .venv/bin/tenprint stats verify {result['release']}", soft_wrap=True)
    console.print(f"sign in at /sign-in as one of: {', '.join(result['staff']['names'])}")
    console.print(f"their password in this rehearsal: {result['staff']['password']}")


def show_month(console: Console, cells: Mapping[str, Mapping[str, int | None]]) -> None:
    """The month with the places across, so that it fits 80 columns: five places have longer names than numbers."""
    shown = {place: numbers for place, numbers in cells.items() if numbers["submissions"] is not None}
    for part in _parts(list(shown)):
        table = Table(
            title="June 2011, as a stranger computes it from the opened rows\n(S: suppressed, could tell of fewer than 11)"
        )
        table.add_column("", no_wrap=True)
        for place in part:
            table.add_column(_head(place), justify="right")
        for key, says in SHOWN:
            table.add_row(says, *("S" if shown[place][key] is None else str(shown[place][key]) for place in part))
        console.print(table)


def _parts(places: list[str]) -> list[list[str]]:
    """The nation and the states in one table, the places in the next."""
    wide = [place for place in places if place == "nation" or place.startswith("state")]
    return [part for part in (wide, [place for place in places if place not in wide]) if part]


def _head(place: str) -> str:
    """``state/MA`` as ``MA, whole state``; a place's county and state each on a line of its own."""
    return f"{place[6:]}, whole\nstate" if place.startswith(("state/", "state:")) else place.replace(", ", ",\n")


def _show_journey(console: Console, result: dict[str, Any]) -> None:
    """One booking from its receipt to its outcome, as the log has it: no names, no scores, no private half."""
    journey = result["journey"]
    if journey is None:
        return
    table = Table(title=f"A journey: submission {journey['submission'][:8]}…, case {journey['case'][:8]}…", box=None)
    for head in ("when (UTC)", "by", "what", ""):
        table.add_column(head, no_wrap=head == "when (UTC)", overflow="fold")
    for step in journey["steps"]:
        rests = f" [{step['rests_on']}]" if step["rests_on"] else ""
        table.add_row(step["at"][:16].replace("T", " "), step["by"], step["event"], Text(step["facts"] + rests))
    console.print(table)
