"""Taking files in, doing the steps, looking at submissions, enrolling and expunging as a repository's owner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

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
from tenprint.clock import to_text
from tenprint.ids import PersonId, SubmissionId, fresh
from tenprint.workflow import submissions as reading
from tenprint.workflow.answering import state_of
from tenprint.workflow.enrolment import enroll_file, expunge_person
from tenprint.workflow.reception import receive
from tenprint.workflow.worker import resume_held, work_once


def take_in_files(
    files: Annotated[
        list[Path], typer.Argument(help="EBTS files in traditional encoding (CAR or CNA)", exists=True, dir_okay=False)
    ],
    work_now: Annotated[
        bool, typer.Option("--work/--no-work", help="Also do the steps, as far as they go without a person")
    ] = True,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take EBTS files in: each is read whole or refused with a code and field, and gets exactly one answer.

    The same file again gives the same submission. Refusals have an ERRT too, and are counted.
    """
    with house_at(data) as house:
        by = acting(house, key)
        taken: list[dict[str, Any]] = []
        for file in track(files, description="taking in", console=error_console, disable=as_json or len(files) < 2):
            receipt = receive(house, file.read_bytes(), by=by)
            taken.append({"file": str(file), "submission": receipt.submission, "state": receipt.state, "repeated": receipt.repeated,
                          "code": receipt.error_code, "field": receipt.error_field, "message": receipt.message or None})  # fmt: skip
        if work_now:
            work_once(house, worker=f"command-{fresh()[:8]}")
            for row in taken:
                row.update(state_of(house, SubmissionId(row["submission"]), by=by))
        show_rows(
            taken,
            columns=["file", "submission", "state", "answer", "code", "field", "message"],
            as_json=as_json,
            name="submissions",
        )


def work(
    resume: Annotated[
        str | None, typer.Option(help="Put a submission that was set aside after failures back to its step")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do every step that needs no person: gate, extract, search, answer, retain. `tenprint serve` does this by itself."""
    with house_at(data) as house:
        if resume:
            resume_held(house, SubmissionId(resume), by=acting(house, key))
        done = work_once(house, worker=f"command-{fresh()[:8]}")
        show(
            {"steps": done.steps, "waiting_for_a_person": done.waiting, "by_state": reading.counts(house)},
            as_json=as_json,
        )


def list_submissions(
    submission: Annotated[str | None, typer.Argument(help="Show one submission with what the gate said")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10000)] = 50,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest submissions, or one of them with every gate decision and its reason."""
    with house_at(data) as house:
        by = acting(house, key)
        if submission:
            show(state_of(house, SubmissionId(submission), by=by), as_json=as_json)
            return
        rows = [
            {"submission": r.id, "tot": r.tot, "ori": r.ori, "jurisdiction": r.jurisdiction, "state": r.state, "answer": r.answer_kind,
             "received": to_text(r.received_at)}
            for r in reading.listing(house, limit=limit, by=by)
        ]  # fmt: skip
        show_rows(
            rows,
            columns=["submission", "tot", "ori", "jurisdiction", "state", "answer", "received"],
            as_json=as_json,
            name="submissions",
        )


def enroll(
    files: Annotated[
        list[Path], typer.Argument(help="EBTS files whose prints are enrolled", exists=True, dir_okay=False)
    ],
    repository: Annotated[str, typer.Option(help="criminal or immigration")],
    person: Annotated[
        str | None, typer.Option(help="Add the encounter to this person (an id from an earlier enrolment)")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enrol prints as the repository's owner. Bookings never enrol in immigration; their RET=Y enrols in criminal by itself."""
    with house_at(data) as house:
        by = acting(house, key)
        rows = []
        for file in track(files, description=f"enrolling in {repository}", console=error_console, disable=as_json):
            done = enroll_file(house, file.read_bytes(), repository, by=by, person=PersonId(person) if person else None)
            rows.append(
                {"file": str(file), "person": done.person, "encounter": done.encounter, "fingers": done.fingers}
            )
        show_rows(rows, columns=["file", "person", "encounter", "fingers"], as_json=as_json, name="enrolled")


def expunge(
    person: Annotated[str, typer.Argument(help="Person id")],
    repository: Annotated[str, typer.Option(help="criminal or immigration")],
    reason: Annotated[str, typer.Option(help="Why, in a word or two; it is counted")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a person from a repository, destroy the keys of their encounters there, and print the receipt."""
    with house_at(data) as house:
        show(
            expunge_person(house, PersonId(person), repository, reason=reason, by=acting(house, key)),
            as_json=as_json,
            title="Receipt",
        )
