"""Backups of keys and of data, apart from each other, and the restore that brings them together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show
from tenprint.wiring import open_house
from tenprint.workflow import backup, restoring

app = typer.Typer(help="Backups: keys and what they open never lie together.", no_args_is_help=True)


@app.command("keys")
def keys(
    to: Annotated[Path, typer.Option("--to", help="Folder for the sealed file; never one with data backups")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every key as one sealed file. It can be opened for 30 days at most: its wrapping key is destroyed then."""
    with house_at(data) as house:
        show(backup.back_up_keys(house, to, by=acting(house, key)), as_json=as_json, title="Key backup")


@app.command("data")
def data_(
    to: Annotated[Path, typer.Option("--to", help="Folder for the backup's folder; never one with key backups")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write database, objects, cold records, log and releases, without keys, as of one moment. The server may run."""
    with house_at(data) as house:
        show(backup.back_up_data(house, to, by=acting(house, key)), as_json=as_json, title="Data backup")


@app.command("restore")
def restore(
    data_backup: Annotated[Path, typer.Option("--from", help="A data backup's folder")],
    key_backup: Annotated[Path, typer.Option("--keys", help="A key backup's file, or a folder: the newest in it")],
    wrapping: Annotated[Path, typer.Option("--wrapping", help="The wrapping key's file, or a folder of them")],
    checkpoint: Annotated[Path, typer.Option("--checkpoint", help="The last published checkpoint")],
    expunged: Annotated[
        Path, typer.Option("--expunged", help="The current list of expungements, from beside the log's mirror")
    ],
    to: Annotated[Path, typer.Option("--to", help="The new data directory")],
    mirror: Annotated[
        Path | None, typer.Option("--mirror", help="Copy of the log's public files, for entries that the backup lacks")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new data directory; refused until its log reaches the checkpoint, and every expungement is carried out again."""
    restored = restoring.restore(
        to, data=data_backup, keys=key_backup, wrapping=wrapping, checkpoint=checkpoint, expunged=expunged, mirror=mirror,
        open_at=open_house,
    )  # fmt: skip
    show(restored, as_json=as_json, title="Restored")
