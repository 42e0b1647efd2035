"""Sealing and deletion at the command line: ask, decide, carry out, answer; and what a court reader may read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.workflow import reception, retention
from tenprint.workflow.sealed import read_sealed

app = typer.Typer(
    help="Seal, unseal or delete the record of a booking: asked, decided by one person, done by another.",
    no_args_is_help=True,
)

RequestArgument = Annotated[str, typer.Argument(help="Request id (see `tenprint retention list`)")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Why, in your words; kept sealed, and destroyed with the record")
]


def _told(result: Mapping[str, Any], *, as_json: bool, title: str = "") -> None:
    show(result, as_json=as_json, title=title)
    if "refused" in result:
        sys.exit(9)


@app.command("ask")
def ask(
    submission: Annotated[str, typer.Argument(help="Submission id of the booking")],
    act: Annotated[str, typer.Option(help="delete, seal or unseal")],
    origin: Annotated[str, typer.Option(help="agency (it owns the arrest), order (a court's) or person")],
    reason: ReasonOption,
    order: Annotated[str | None, typer.Option(help="Code of the court's order, such as a docket number")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a booking's record to be sealed, unsealed or deleted. A supervisor decides; nothing is done yet."""
    with house_at(data) as house:
        _told(retention.request(house, submission, act=act, origin=origin, reason=reason, order=order, by=acting(house, key)),
              as_json=as_json, title="Request")  # fmt: skip


@app.command("list")
def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Decided and carried out too")] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Requests, what the rules said of them, where they stand, and when they are due."""
    with house_at(data) as house:
        rows = retention.listing(house, by=acting(house, key), open_only=not everything)
        show_rows(rows, columns=["request", "act", "submission", "origin", "answer", "evidence", "stands", "due"], as_json=as_json,
                  name="requests")  # fmt: skip


@app.command("decide")
def decide(
    request: RequestArgument,
    granted: Annotated[bool, typer.Option("--grant/--refuse", help="What you decide")],
    reason_code: Annotated[str, typer.Option("--reason-code", help="Why, as a code that is counted")],
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grant or refuse, as a supervisor who did not ask."""
    with house_at(data) as house:
        _told(retention.decide(house, request, granted=granted, reason_code=reason_code, reason=reason, by=acting(house, key)),
              as_json=as_json)  # fmt: skip
        reception.answer_deletions(house)


@app.command("execute")
def execute(
    request: RequestArgument, data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False
) -> None:
    """Carry out what was granted, as the repository's owner, and print the receipt. Keep it: it can't be made again."""
    with house_at(data) as house:
        done = retention.execute(house, request, by=acting(house, key))
        reception.answer_deletions(house)
        _told(done, as_json=as_json, title="Receipt")


@app.command("read")
def read(
    submission: Annotated[str, typer.Argument(help="Submission id of a sealed booking")],
    order: Annotated[str, typer.Option(help="Code of the court's order")],
    reason: Annotated[str, typer.Option(help="Why, in your words; kept sealed with the record")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a sealed record as a court reader; that you did is an event of its own."""
    with house_at(data) as house:
        show(read_sealed(house, submission, order=order, reason=reason, by=acting(house, key)), as_json=as_json)


@app.command("compose")
def compose(
    file: Annotated[Path, typer.Argument(help="Where the CDEL is written")],
    ori: Annotated[str, typer.Option(help="1.008, who sends it")],
    cri: Annotated[str, typer.Option(help="2.073, who controls the arrest")],
    tcn: Annotated[str, typer.Option(help="1.009, a new control number")],
    tcr: Annotated[str, typer.Option(help="1.010, the control number of the booking")],
    arrest_date: Annotated[str, typer.Option(help="2.045, CCYY-MM-DD")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Write a CDEL for an agency without a system of its own; `tenprint take-in` sends it."""
    with house_at(data) as house:
        file.write_bytes(reception.compose_deletion(house, ori=ori, cri=cri, tcn=tcn, tcr=tcr, arrest_date=arrest_date))
        show({"file": str(file)}, as_json=as_json)
