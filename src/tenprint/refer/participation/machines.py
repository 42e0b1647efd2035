"""How each record of participation may go from one state to the next (the memoranda's life, domain 4.1).

consent      NONE → NEGOTIATING → SIGNED → TERMINATION_NOTICE → TERMINATED (30 days after receipt); NONE → REFUSED;
             SIGNED → SUSPENDED → SIGNED | TERMINATED
activation   NOT_SCHEDULED → SCHEDULED → ACTIVE → DEACTIVATED
override     DECLARED → WITHDRAWN
second_response   RECEIVES ↔ DECLINES

A document that has lapsed (its ``until`` has come and nothing else was recorded) leaves its record as if there were no
document: what follows begins anew, so that a place whose activation lapsed is scheduled before it is active again.
Source: domain 4.1 draws no arrow into ACTIVE but from SCHEDULED, and a lapse is nobody's act.

A step that is not drawn is a refusal, and nothing is recorded. Statements have no machine: they decide nothing, so an
agency's rescission changes nothing of a state's record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tenprint.refer.participation.documents import (
    ACTIVATION,
    CONSENT,
    OVERRIDE,
    SECOND_RESPONSE,
    Document,
    first_day_ended,
)

NOTHING: Final = "no document"
"""State of a record of which no document is in force."""

_CONSENT: Final[Mapping[str, tuple[str, ...]]] = {
    NOTHING: ("NONE", "NEGOTIATING", "REFUSED"),
    "NONE": ("NEGOTIATING", "REFUSED"),
    "NEGOTIATING": ("SIGNED", "REFUSED", "NONE"),
    "REFUSED": ("NEGOTIATING",),
    "SIGNED": ("SUSPENDED", "TERMINATION_NOTICE"),
    "SUSPENDED": ("SIGNED", "TERMINATION_NOTICE", "TERMINATED"),
    "TERMINATION_NOTICE": ("SIGNED", "SUSPENDED", "TERMINATED"),
    "TERMINATED": ("NEGOTIATING",),
}
_ACTIVATION: Final[Mapping[str, tuple[str, ...]]] = {
    NOTHING: ("NOT_SCHEDULED", "SCHEDULED", "UNKNOWN"),
    "NOT_SCHEDULED": ("SCHEDULED",),
    "SCHEDULED": ("ACTIVE", "NOT_SCHEDULED"),
    "ACTIVE": ("DEACTIVATED",),
    "DEACTIVATED": ("SCHEDULED", "NOT_SCHEDULED"),
    "UNKNOWN": ("NOT_SCHEDULED", "SCHEDULED", "ACTIVE", "DEACTIVATED"),
}

MACHINES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    CONSENT: _CONSENT,
    ACTIVATION: _ACTIVATION,
    OVERRIDE: {NOTHING: ("DECLARED",), "DECLARED": ("WITHDRAWN",), "WITHDRAWN": ("DECLARED",)},
    SECOND_RESPONSE: {
        NOTHING: ("RECEIVES", "DECLINES"),
        "RECEIVES": ("DECLINES",),
        "DECLINES": ("RECEIVES",),
    },
}
"""Record -> state -> the states that may follow. Source: domain 4.1; a state that negotiates may refuse (Massachusetts,
3 June 2011), and a notice may be withdrawn by signing again."""

_GAPS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    CONSENT: {NOTHING: ("SIGNED",), "NONE": ("SIGNED",), "TERMINATED": ("SIGNED",), "SIGNED": ("SIGNED",)},
    ACTIVATION: {
        NOTHING: ("ACTIVE",),
        "NOT_SCHEDULED": ("ACTIVE", "NOT_SCHEDULED", "UNKNOWN"),
        "ACTIVE": ("ACTIVE",),
        "SCHEDULED": ("SCHEDULED",),
        "UNKNOWN": ("UNKNOWN",),
        "DEACTIVATED": ("ACTIVE",),
    },
}
"""Steps that are accepted in a history which was written down later: the document in between was not found. What is
recorded as it happens has no such excuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRefused:
    """A step that the record's machine does not draw. state: before it; event: what was asked; allowed: what may follow."""

    record: str
    scope: str
    state: str
    event: str
    allowed: tuple[str, ...]
    why: str = ""

    def __str__(self) -> str:
        may = ", ".join(self.allowed) or "nothing"
        more = f" {self.why}" if self.why else ""
        return (
            f"{self.record} of {self.scope} is {self.state}; {self.event} can't follow. Allowed: {may}.{more} "
            "Nothing was recorded."
        )


def transition(
    state: str | None, document: Document, *, notice: Document | None = None, in_history: bool = False
) -> TransitionRefused | None:
    """None when ``document`` may follow, else the refusal.

    state: of the record for that scope on the day before, None when no document tells. notice: the notice of
    termination that stood then, if any. in_history: for documents of the past, gathered afterwards; see `_GAPS`.
    """
    machine = MACHINES.get(document.record)
    if machine is None:
        return None
    before = state or NOTHING
    allowed = machine.get(before, ())
    if in_history:
        allowed = (*allowed, *_GAPS.get(document.record, {}).get(before, ()))
    if document.status not in allowed:
        return TransitionRefused(
            record=document.record, scope=str(document.scope), state=before, event=document.status, allowed=allowed
        )
    if notice is None or document.status != "TERMINATED":
        return None
    ends = first_day_ended(notice.in_force.since)
    if document.in_force.since >= ends:
        return None
    return TransitionRefused(
        record=document.record,
        scope=str(document.scope),
        state=before,
        event=document.status,
        allowed=tuple(name for name in allowed if name != "TERMINATED"),
        why=f"The notice was received on {notice.in_force.since}: the memorandum ends on {ends}, not on "
        f"{document.in_force.since}.",
    )
