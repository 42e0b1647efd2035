"""What was searched for an agency, and that nothing was: the list with its proofs, and the stranger's check of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.desk import (
    DEFAULT_DATA,
    DataOption,
    JsonOption,
    KeyOption,
    acting,
    error_console,
    house_at,
    show,
    show_rows,
)
from tenprint.cli.participation import app
from tenprint.errors import UsageError
from tenprint.workflow import searches as use
from tenprint.workflow.signed_copy import verify_copy

DAY = ["%Y-%m-%d"]
COLUMNS = ["submission", "received", "cri", "repository", "answer", "reason", "basis", "state", "searches", "indices"]


@app.command("searches")
def searches(
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day of receipt, at the place")],
    last: Annotated[datetime, typer.Option("--to", formats=DAY, help="Last day of receipt, included")],
    ori: Annotated[str | None, typer.Option(help="Controlling agency (2.073), whole or its beginning")] = None,
    county: Annotated[str | None, typer.Option(help="County, as in 'Suffolk, MA'")] = None,
    state: Annotated[str | None, typer.Option(help="State, as in MA")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the folder that a stranger can check")] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was received, what the gate said, and what was searched: for any agency and period, with proofs.

    An agency asks for its own ORIs, an auditor for all. Counts close: received = permitted + refused + needs a person +
    undecided; permitted = issued = spent + voided + open; searched = spent. As of the published checkpoint.
    """
    named = [(kind, name) for kind, name in (("ori", ori), ("county", county), ("state", state)) if name]
    if len(named) != 1:
        raise UsageError("give exactly one of --ori, --county and --state; nothing was read")
    with house_at(data) as house:
        question = use.question_for(house, *named[0], first=first.date(), last=last.date())
        by = acting(house, key)
        found = (
            use.export_searches(house, question, out, by=by)
            if out
            else use.searches(house, question, by=by, proofs=False)
        )
        if as_json:
            show({**found.predicate, "lines": list(found.lines), "door": list(found.refused_at_the_door), "folder": str(out) if out else None},
                 as_json=True)  # fmt: skip
            return
        show_rows(found.lines, columns=COLUMNS, as_json=False, name="lines")
        for sentence in found.predicate["says"]:
            print(sentence)
        print(f"Refused at the door, nothing taken in: {found.predicate['refused_at_the_door']}.")
        print(f"Not under the published checkpoint yet: {found.predicate['awaiting_publication']} transactions.")
        if out:
            error_console.print(f"Written: {out}. Check it: tenprint participation verify {out} --keys KEYS.json")


@app.command("verify")
def verify(
    folder: Annotated[
        Path,
        typer.Argument(help="A folder that `searches --out` wrote, or a file that `show --out` wrote", exists=True),
    ],
    keys: Annotated[
        Path | None,
        typer.Option(
            help="Public keys that you trust, as /public/keys.json gives them; without it, the folder's own",
            exists=True,
        ),
    ] = None,
    promise: Annotated[
        list[Path] | None,
        typer.Option(
            help="A receipt that the agency holds (JSON): its entry must be in the list; repeat",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check such a folder, or a document's signatures, as a stranger would: no database, no secret key. Names the first thing that
    does not hold.
    """
    if folder.is_file():
        _verify_document(folder, keys=keys, as_json=as_json)
        return
    report = use.verify(folder, keys=keys, promises=promise or ())
    if as_json:
        show(report, as_json=True)
        return
    print("The list holds.")
    for sentence in [*report["says"], *(f"NOTE: {note}" for note in report["notes"])]:
        print(sentence)
    shown = (
        "keys_from",
        "signed_by",
        "log_origin",
        "log_size",
        "entries_opened",
        "authorities",
        "promises",
        "awaiting_publication",
    )
    show({name: report[name] for name in shown} | {"repositories": report["repositories"]}, as_json=False)
    print("What this can't show:")
    for sentence in report["can_not_check"]:
        print(f"  - {sentence}")


def _verify_document(file: Path, *, keys: Path | None, as_json: bool) -> None:
    if keys is None:
        raise UsageError(
            "a document's signatures are verified with keys you trust: give --keys FILE; nothing was verified"
        )
    report = verify_copy(file, keys=use.keys_from(keys))
    if as_json:
        show(report, as_json=True)
        return
    document = report["document"]
    print("The signatures hold.")
    print(
        f"{document['record']} {document['status']} of {document['scope']} from {document['in_force_from']}: {document['document']}"
    )
    for one in report["signatures"]:
        key = (
            f"key {one['fingerprint']}, registered in entry {one['registered_in_entry']}"
            if "registered_in_entry" in one
            else "a key of the house"
        )
        print(f"  - {one['party']}, {one['made']}, taken on {one['taken_on']}: {key}")
    print(f"Proved under the checkpoint of {report['log_origin']}, {report['log_size']} entries.")
    print("What this can't show:")
    for sentence in report["can_not_check"]:
        print(f"  - {sentence}")
