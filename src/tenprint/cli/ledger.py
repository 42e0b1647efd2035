"""The log: verify it from its files, publish a checkpoint, write proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show
from tenprint.ids import EventId
from tenprint.workflow import auditing, journal

app = typer.Typer(help="The tamper-evident log of every event.", no_args_is_help=True)


@app.command("verify")
def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="A log's folder or a mirror of it; without it, the data directory's own")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="JSON file: key name -> base64 public key; without it, the data directory's")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Recompute every tile, entry and checkpoint; fail at the first byte that does not hold, and say where."""
    if folder is not None:
        show(auditing.verify_log_folder(folder, keys=keys), as_json=as_json, title="The log holds")
        return
    with house_at(data) as house:
        show(auditing.verify_log(house), as_json=as_json, title="The log holds")


@app.command("publish")
def publish(data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Publish a checkpoint of all that is logged, at most once an hour."""
    with house_at(data) as house:
        note = journal.publish(house, by=acting(house, key))
        show({"published": note is not None, "checkpoint": note, "note": None if note else "published within the last hour already"},
             as_json=as_json)  # fmt: skip


@app.command("proof")
def proof(event: str, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Print the tlog-proof of one event's entry (after publication)."""
    with house_at(data) as house:
        text = journal.proof_for(house, EventId(event))
        print(json.dumps({"event": event, "proof": text}) if as_json else text, end="\n" if as_json else "")
