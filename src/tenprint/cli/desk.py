"""What every command shares: where the data is, who is acting, and how results are printed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from tenprint.errors import UsageError
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow.archive import Archive
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor, actor_with

DataOption: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--data", envvar="TENPRINT_DATA", help="Data directory; made on first use.", show_default="tenprint-data"
    ),
]
"""Where everything is kept."""

JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
"""Machine-readable output."""

KeyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--key",
        help="File with the acting person's key. Without it: TENPRINT_KEY, else the local operator's key in the data directory.",
    ),
]
"""Who acts: a file that holds a credential."""

DEFAULT_DATA = Path("tenprint-data")
"""Data directory when none is given."""

ID = re.compile(r"[0-9a-f]{32}")
"""How the random ids look: 128 bits in hexadecimal. Source: tenprint.ids."""

error_console = Console(stderr=True)
"""Progress and tables' notes go to stderr, so that stdout stays clean."""


@contextmanager
def house_at(data: Path) -> Iterator[House]:
    """The programme in a data directory, opened and closed."""
    house = open_house(data)
    try:
        yield house
    finally:
        house.close()


def acting(house: House | Archive, key: Path | None) -> Actor:
    """Who acts, by credential. Raises UsageError when there is none, NotAuthenticated when it is not valid."""
    if key is not None:
        token = key.read_text().strip()
    elif os.environ.get("TENPRINT_KEY"):
        token = os.environ["TENPRINT_KEY"]
    elif (house.root / OPERATOR_TOKEN).exists():
        token = (house.root / OPERATOR_TOKEN).read_text().strip()
    else:
        raise UsageError("nobody is acting: give --key FILE, or set TENPRINT_KEY. Nothing was done.")
    return actor_with(house, token)


def show(result: Mapping[str, Any], *, as_json: bool, title: str = "") -> None:
    """Print a flat result: JSON, or two columns for a person."""
    if as_json:
        print(json.dumps(result, indent=1, sort_keys=True, default=str))
        return
    table = Table(title=title or None, show_header=False, box=None, pad_edge=False)
    for key, value in result.items():
        shown = (
            json.dumps(value, default=str) if isinstance(value, dict | list) else "—" if value is None else str(value)
        )
        table.add_row(f"[bold]{key}[/bold]", shown)
    Console().print(table)


def show_rows(
    rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str], as_json: bool, name: str, title: str = ""
) -> None:
    """Print a list: JSON as ``{name: [...]}``, or a table for a person."""
    if as_json:
        print(json.dumps({name: list(rows)}, indent=1, sort_keys=True, default=str))
        return
    table = Table(title=title or None)
    for column in columns:
        whole = any(ID.fullmatch(str(row.get(column))) for row in rows)  # an id that is cut can't be typed again
        table.add_column(column, no_wrap=whole, min_width=32 if whole else None)
    for row in rows:
        table.add_row(*("—" if row.get(c) is None else str(row.get(c)) for c in columns))
    Console().print(table)
