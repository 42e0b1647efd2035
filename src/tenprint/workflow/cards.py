"""Fingers in doubt: an examiner's finding on the order of a card is recorded, and what follows of it is done in the same breath.

Swapped fingers and mirrored images of a card that nobody has answered are answered with a reject (ERRT L0008, the one verified code); its open
authorities are voided. A card that was answered stays answered: a supervisor asks the agency to take it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.errors import ExtractionFailed, NotFound, UsageError
from tenprint.exchange.image_rejects import LOW_QUALITY
from tenprint.exchange.submission import read_booking
from tenprint.ids import KeyId, SubmissionId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import sequence
from tenprint.workflow.answering import issue, refuse_for_quality
from tenprint.workflow.house import House
from tenprint.workflow.intake import payload_of
from tenprint.workflow.journal import tell_log
from tenprint.workflow.owing import task_due
from tenprint.workflow.sealed import refuse_sealed_booking
from tenprint.workflow.steps import FINGERS_IN_DOUBT, settle_spent, void_open

TAKE_AGAIN: Final = "card/take_again"
"""Task of a supervisor: the agency is asked to take a card again."""


VOIDED_FOR: Final = {"swapped": "fingers_swapped", "mirrored": "images_mirrored"}
"""An examiner's finding -> the reason with which open authorities are voided."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was recorded: what follows of it; or why nothing was."""

    follows: str
    refused: c.Refused | None = None


def examine_card(
    house: House, submission: SubmissionId, *, finding: str, pairs: Sequence[tuple[int, int]], reason: str, by: Actor
) -> Examined:  # fmt: skip
    """An examiner's finding. pairs: fingers that lie in each other's boxes, numbered 1 to 10.

    Raises NotPermitted, NotFound, KeySealed, StreamMoved when another step took the submission meanwhile.
    """
    role, row = require(by, "examine_card"), booking_of(house, submission)
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, submission)
    found = sequence.examine(sequence.replay_card(stream), by=c.Actor(by.id, role), finding=finding, pairs=pairs,
                             shown=row.payload_object is not None, reason=reason, at=house.clock.now())  # fmt: skip
    if isinstance(found, c.Refused):
        return Examined("", found)
    follows = str(found.public["follows"])
    sealed = (
        house.vault.seal(KeyId(row.key_id), _reject(house, row, _wrong_by(finding, pairs)))
        if follows == sequence.REFUSED
        else None
    )
    with house.store.unit_of_work() as work:
        _append(work, row, [found], by=by, role=role, house=house, expected=len(stream))
        _done(work, row, FINGERS_IN_DOUBT, house=house)
        if follows == sequence.TAKE_AGAIN:
            work.tasks.add(kind=TAKE_AGAIN, role="supervisor", submission=row.id, raised_at=found.effective_at,
                           due=task_due(house, TAKE_AGAIN, found.effective_at))  # fmt: skip
        if sealed is not None:
            void_open(house, work, row, reason=VOIDED_FOR[finding])
            answer = Event(type=events.ANSWER_ISSUED, effective_at=found.effective_at, private={"answer": sealed},
                           public={"kind": "ERRT", "srf": None, "code": LOW_QUALITY.code})  # fmt: skip
            issue(house, work, row, answer, state="answered", answer=sealed)
    if sealed is not None:
        settle_spent(house, row)
    tell_log(house)
    return Examined(follows)


def ask_retake(house: House, submission: SubmissionId, *, reason: str, by: Actor) -> Examined:
    """A supervisor says that the agency was asked to take the card again. Raises as `examine_card`."""
    role, row = require(by, "ask_retake"), booking_of(house, submission)
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, submission)
    asked = sequence.ask_retake(sequence.replay_card(stream), reason=reason, at=house.clock.now())
    if isinstance(asked, c.Refused):
        return Examined("", asked)
    with house.store.unit_of_work() as work:
        _append(work, row, [asked], by=by, role=role, house=house, expected=len(stream))
        _done(work, row, TAKE_AGAIN, house=house)
    tell_log(house)
    return Examined(sequence.TAKE_AGAIN)


def pairs_of(text: str) -> list[tuple[int, int]]:
    """Fingers in each other's boxes as people write them: ``2-3, 7-8``. Raises UsageError for anything else."""
    found = []
    for part in (one.strip() for one in text.replace(";", ",").split(",")):
        one, _, other = part.partition("-")
        if part and not (
            one.strip().isascii() and one.strip().isdigit() and other.strip().isascii() and other.strip().isdigit()
        ):
            raise UsageError(f"pairs: {part!r} is no pair of fingers; write 2-3, 7-8. Nothing was recorded.")
        if part:
            found.append((int(one), int(other)))
    return found


def booking_of(house: House, submission: SubmissionId) -> Submission:
    """The booking. Raises NotFound for none or a deleted one, KeySealed for a sealed one."""
    with house.store.reader() as reader:
        row = reader.submissions.get(submission)
    if row is None or row.state == "expunged":
        raise NotFound(f"no booking {submission} whose card can be looked at; nothing was done")
    refuse_sealed_booking(house, row)
    return row


def _wrong_by(finding: str, pairs: Sequence[tuple[int, int]]) -> str:
    """What is wrong with a card, for its sender."""
    if finding == "mirrored":
        return "By an examiner's finding images of this card are mirrored, or of the other hand."
    named = ", ".join(f"{one:02d} and {other:02d}" for one, other in pairs)
    return f"By an examiner's finding these rolled fingers lie in each other's boxes: {named}."


def _reject(house: House, row: Submission, wrong: str) -> bytes:
    """The ERRT, with the sentence behind its code: what is wrong, and what to do."""
    error = ExtractionFailed(
        f"{LOW_QUALITY.text} {wrong} This is no finding of N. Take the card again and send it under a new TCN."
    )
    return refuse_for_quality(house, row, read_booking(payload_of(house, row)), error)


def _append(
    work: UnitOfWork, row: Submission, new: list[Event], *, by: Actor, role: str, house: House, expected: int
) -> None:
    work.append(events.SUBMISSION, row.id, new, expected=expected, actor=by.id, role=role, purpose="booking",
                recorded_at=house.clock.now(), key=KeyId(row.key_id))  # fmt: skip


def _done(work: UnitOfWork, row: Submission, kind: str, *, house: House) -> None:
    for task in work.tasks.list(submission=row.id):
        if task.kind == kind:
            work.tasks.done(task.id, at=house.clock.now())
