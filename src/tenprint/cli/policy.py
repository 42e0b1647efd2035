"""The rules: check them, and ask them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.desk import JsonOption, show
from tenprint.workflow import rules

app = typer.Typer(help="Rules as dated, cited data.", no_args_is_help=True)


@app.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="A programme's folder; without it, the shipped Secure Communities")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every rule: source, dates, facts of the glossary, cases on both sides of each date, no conflict. Exits 1 on a fault.

    A conflict is searched over the values at which the conditions change their mind, and shown with facts, day and place. Warnings
    (a rule that can never speak) do not fail.
    """
    found = rules.check(folder)
    show({"sound": not found.faults, "faults": list(found.faults), "warnings": list(found.warnings)}, as_json=as_json)
    if found.faults:
        sys.exit(1)
