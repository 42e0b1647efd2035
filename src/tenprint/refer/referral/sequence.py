"""Fingers in doubt: a named examiner says whether a card's fingers stand in their own boxes, and what follows.

    in doubt ──▶ as it stands ──▶ nothing follows
            ├──▶ swapped, or mirrored ──▶ not answered yet: refused, and nothing more is searched as it was sent
            │          └──▶ answered already: the card is asked for again
            └──▶ can't say ──▶ the card is asked for again

Nothing is put in another order or turned round, and nothing is searched again: a search has one authority, and that was for the card as sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from tenprint.model import events as e
from tenprint.model.events import Event, Recorded
from tenprint.refer.referral.commands import Actor, Refused

Finding = Literal["as_stands", "swapped", "mirrored", "cannot_say"]

FINDINGS: Final[tuple[Finding, ...]] = ("as_stands", "swapped", "mirrored", "cannot_say")
"""What an examiner can find, the least consequential first."""

NOTHING: Final = "nothing"
"""What follows of a card that stands as it was sent."""

REFUSED: Final = "refused"
"""The submission is answered with a reject, since nobody has answered it yet."""

TAKE_AGAIN: Final = "take_again"
"""A supervisor asks the agency to take the card again; what was answered stays answered."""

FINGERS: Final = range(1, 11)
"""Finger positions. Source: ANSI/NIST-ITL 1, friction ridge positions 1 (right thumb) to 10 (left little finger)."""

RULE: Final = "design decisions 3 and 9"
"""Where the refusals of this file are written: a person decides, and one search has one authority."""


@dataclass(frozen=True, slots=True)
class CardState:
    """A card as its submission's events tell it. doubted: its prints contradict each other; answered: it has its answer.

    finding: of the examiner, empty before; follows: what followed of it; asked: the agency was asked to take it again.
    """

    doubted: bool = False
    answered: bool = False
    finding: str = ""
    follows: str = ""
    examiner: str = ""
    asked: bool = False


def replay_card(stream: Iterable[Recorded]) -> CardState:
    """The card that a submission's events tell; ``CardState()`` of one that was never in doubt."""
    state = CardState()
    for event in stream:
        facts = event.public
        if event.type == e.SEQUENCE_CHECKED:
            counts = facts.get("findings")
            told = set(counts) if isinstance(counts, dict) else set()
            state = replace(state, doubted=bool(told - {"not_confirmed"}))
        elif event.type == e.ANSWER_ISSUED:
            state = replace(state, answered=True)
        elif event.type == e.SEQUENCE_EXAMINED:
            state = replace(
                state, finding=str(facts["finding"]), follows=str(facts["follows"]), examiner=str(event.actor)
            )
        elif event.type == e.RETAKE_ASKED:
            state = replace(state, asked=True)
    return state


def examine(
    state: CardState, *, by: Actor, finding: str, pairs: Sequence[tuple[int, int]], shown: bool, reason: str, at: datetime
) -> Event | Refused:  # fmt: skip
    """SequenceExamined, once. pairs: fingers that lie in each other's boxes; shown: the images are there to be looked at."""
    del by
    if not state.doubted:
        return Refused("NOT_IN_DOUBT", "No fingers of this card are in doubt.", RULE)
    if state.finding:
        return Refused("EXAMINED", "An examiner has said what they found; it stands.", RULE)
    if finding not in FINDINGS:
        return Refused("FINDING_INVALID", f"A finding is one of {', '.join(FINDINGS)}.", RULE)
    if not shown and finding != "cannot_say":
        return Refused("IMAGES_GONE", "The images are not there to be looked at: nobody can say.", RULE)
    wrong = _pairs(pairs)
    if (finding == "swapped") != bool(pairs) or wrong:
        return Refused("PAIRS_INVALID", wrong or "Fingers are named where they are swapped, and nowhere else.", RULE)
    if not reason.strip():
        return Refused("REASON_MISSING", "A finding has its reason in words.", RULE)
    follows = {"as_stands": NOTHING, "cannot_say": TAKE_AGAIN}.get(finding, TAKE_AGAIN if state.answered else REFUSED)
    return Event(
        type=e.SEQUENCE_EXAMINED, effective_at=at, public={"finding": finding, "pairs": len(pairs), "follows": follows},
        private={"swapped": [f"{one:02d}-{other:02d}" for one, other in pairs], "reason": reason},
    )  # fmt: skip


def ask_retake(state: CardState, *, reason: str, at: datetime) -> Event | Refused:
    """RetakeAsked, once, where a finding leads to it: somebody told the agency."""
    if state.follows != TAKE_AGAIN:
        return Refused("NO_RETAKE", "No finding asks for this card to be taken again.", RULE)
    if state.asked:
        return Refused("ASKED", "The agency was asked already.", RULE)
    if not reason.strip():
        return Refused("REASON_MISSING", "Say in words how the agency was asked.", RULE)
    return Event(type=e.RETAKE_ASKED, effective_at=at, private={"reason": reason})


def _pairs(pairs: Sequence[tuple[int, int]]) -> str:
    """What is wrong with the pairs, or nothing."""
    named = [finger for pair in pairs for finger in pair]
    if any(finger not in FINGERS for finger in named):
        return "Fingers are numbered 1 to 10."
    if len(set(named)) != len(named):
        return "A finger lies in one other box only; name each once."
    return ""
