"""A card whose prints contradict each other: list what waits, look, say what it is, and ask for the card again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.errors import UsageError
from tenprint.ids import SubmissionId
from tenprint.workflow.cards import Examined, ask_retake, examine_card, pairs_of
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor
from tenprint.workflow.views.cards import CardPage, CardRow, Doubt, card_page, cards_page, impression_png

app = typer.Typer(
    help="Cards with fingers in doubt: an examiner says what a card out of order is, once and by name; a supervisor asks for it again.",
    no_args_is_help=True,
)

CardArgument = Annotated[str, typer.Argument(help="Submission id of the card (see `tenprint card list`)")]


@app.command("list")
def list_cards(
    everything: Annotated[bool, typer.Option("--all", help="Examined and settled cards too")] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cards that wait for an examiner or a supervisor, your own first.

    Example: tenprint card list --key examiner.key
    """
    with house_at(data) as house:
        page = cards_page(house, by=acting(house, key), everything=everything)
        show_rows(
            [_row(row) for row in page.rows],
            columns=["card", "jurisdiction", "raised", "in_doubt", "state", "waits", "finding", "follows"],
            as_json=as_json,
            name="cards",
        )


@app.command("show")
def show_card(
    card: CardArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Write the prints in doubt as PNG: rolled_02.png, plain_02.png … Files of that name are replaced.",
        ),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """One card: which fingers are in doubt and why, which prints are there to be looked at, what was found and what follows.

    Each print that is written is logged as shown to you. It is personal data: keep it no longer than you look. Points of a
    comparison are told after the finding only: they are no identification.

    Example: tenprint card show CARD --out prints --key examiner.key
    """
    with house_at(data) as house:
        by = acting(house, key)
        page = card_page(house, SubmissionId(card), by=by)
        written = [] if out is None else _write(house, page, out, by=by)
    told = _told(page) | ({} if out is None else {"written": written})
    if not as_json:
        told |= {"in_doubt": "\n".join(map(_in_words, page.doubts)), "swapped": ", ".join(page.swapped) or None}
        told |= {} if out is None else {"written": "\n".join(written)}
    show(told, as_json=as_json, title=f"Card {card}")


@app.command("examine")
def examine(
    card: CardArgument,
    finding: Annotated[str, typer.Option(help="as_stands, swapped, mirrored or cannot_say")],
    reason: Annotated[str, typer.Option(help="What you saw, in your words; kept sealed with the booking")],
    pair: Annotated[
        list[str] | None,
        typer.Option(
            "--pair",
            help="Fingers in each other's boxes, such as 2-3 (1 right thumb, 6 left thumb); with swapped only; repeat",
        ),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an examiner's finding on a card, once. It says nothing about who the person is.

    **as_stands**: nothing follows. **swapped**: a submission without an answer is answered with a reject that names the fingers, and
    its open searches are given up; one that was answered is asked for again. **mirrored**, or of the other hand: the same. **cannot_say**:
    a supervisor asks the agency to take the card again. Nothing is put in another order or turned round, and nothing is
    searched again. A refusal of the rules ends with exit code 9.

    Example: tenprint card examine CARD --finding swapped --pair 2-3 --reason "The whorl is in box 3." --key examiner.key
    """
    with house_at(data) as house:
        done = examine_card(
            house, SubmissionId(card), finding=finding, pairs=pairs_of(",".join(pair or ())), reason=reason,
            by=acting(house, key),
        )  # fmt: skip
    _end(card, done, as_json=as_json)


@app.command("ask-retake")
def retake(
    card: CardArgument,
    reason: Annotated[str, typer.Option(help="How the agency was asked; kept sealed with the booking")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record, as a supervisor, that the agency was asked to take the card again under a new control number.

    The answer that the submission had stands. If the record was kept in the wrong order, ask for its deletion (`tenprint retention ask`).
    """
    with house_at(data) as house:
        done = ask_retake(house, SubmissionId(card), reason=reason, by=acting(house, key))
    _end(card, done, as_json=as_json)


def _end(card: str, done: Examined, *, as_json: bool) -> None:
    """Print what was recorded; a refusal of the rules is printed with its rule and exits with 9."""
    if done.refused is None:
        show({"card": card, "follows": done.follows}, as_json=as_json)
        return
    show(
        {"card": card, "refused": done.refused.code, "why": done.refused.why, "rule": done.refused.rule},
        as_json=as_json,
    )
    sys.exit(9)


def _row(row: CardRow) -> dict[str, Any]:
    return {
        "card": row.submission, "jurisdiction": row.place, "raised": row.raised_at.isoformat(), "state": row.state,
        "in_doubt": ", ".join(f"{code} {count}" for code, count in row.codes), "waits": row.waits or None,
        "finding": row.finding or None, "follows": row.follows or None,
    }  # fmt: skip


def _told(page: CardPage) -> dict[str, Any]:
    return _row(page.row) | {
        "in_doubt": [_doubt(one) for one in page.doubts],
        "prints_shown": page.shown,
        "you_may": page.offer or None,
        "swapped": list(page.swapped),
        "examined": page.examined_at.isoformat() if page.examined_at else None,
        "reason": page.reason or None,
    }


def _doubt(doubt: Doubt) -> dict[str, Any]:
    return {
        "code": doubt.code or None,
        "says": doubt.sentence or None,
        "strong": doubt.certain,
        "points": doubt.points,
        "mirrored": doubt.mirrored or None,
        "fingers": [
            {
                "finger": one.finger,
                "like": one.like or None,
                "faults": list(one.conditions),
                "prints": [_name(image.kind, image.finger) for image in one.images if not image.turned],
            }
            for one in doubt.fingers
        ],
    }


def _in_words(doubt: Doubt) -> str:
    """One finding as a person reads it in a terminal."""
    pairs = [f"{one.finger:02d} is like {one.like:02d}" if one.like else f"{one.finger:02d}" for one in doubt.fingers]
    sure = ", strong" if doubt.certain else ""
    points = f", {doubt.points} points" if doubt.points is not None else ""
    which = f", the {doubt.mirrored} one mirrored by its loops" if doubt.mirrored else ""
    return f"{doubt.code or doubt.sentence}{sure}{points}{which}: {', '.join(pairs)}"


def _name(kind: str, finger: int) -> str:
    return f"{kind}_{finger:02d}.png"


def _write(house: House, page: CardPage, folder: Path, *, by: Actor) -> list[str]:
    """Every print in doubt, once. Raises UsageError where the folder can't be written."""
    wanted = {
        (image.kind, image.finger) for doubt in page.doubts for finger in doubt.fingers for image in finger.images
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, finger in sorted(wanted):
            content = impression_png(house, SubmissionId(page.row.submission), kind, finger, by=by)
            (folder / _name(kind, finger)).write_bytes(content)
    except OSError as error:
        raise UsageError(f"{error.filename}: can't be written ({error.strerror}). Nothing was recorded.") from None
    return [_name(kind, finger) for kind, finger in sorted(wanted)]
