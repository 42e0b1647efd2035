"""Is everything whole? The check after a crash, a restore or a doubt."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show
from tenprint.workflow import auditing, wallclock


def doctor(
    fsck: Annotated[bool, typer.Option("--fsck", help="Check every event, object, gallery file and log entry")] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="With --fsck: destroy sealed objects that nothing refers to")
    ] = False,
    accept_clock: Annotated[
        str | None,
        typer.Option(
            "--accept-clock",
            metavar="REASON",
            help="Say that the machine's wall clock is right again after it was moved, and how you know (an operator)",
        ),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what this installation is made of; with --fsck check all of it and exit 1 if anything does not hold."""
    with house_at(data) as house:
        if accept_clock is not None:
            behind_s = wallclock.accept_clock(house, reason=accept_clock, by=acting(house, key))
            show({"accepted": True, "stands_still_s": behind_s}, as_json=as_json)
            return
        report = auditing.describe(house)
        if fsck:
            report["problems"] = auditing.fsck(house, sweep=sweep)
            report["sound"] = not report["problems"]
        show(report, as_json=as_json)
        if fsck and report["problems"]:
            sys.exit(1)
