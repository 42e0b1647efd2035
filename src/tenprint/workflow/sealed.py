"""A sealed record: what everyone sees of it (that it is sealed), and what a court reader may read under an order."""

from __future__ import annotations

from typing import Any

from tenprint.clock import to_text
from tenprint.errors import KeySealed, NotFound, UsageError
from tenprint.ids import CaseId, KeyId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.retention import CODE
from tenprint.workflow.casework import stage_of
from tenprint.workflow.erasing import booking_at_rest
from tenprint.workflow.house import House
from tenprint.workflow.journal import tell_log


def refuse_if_sealed(house: House, file: CaseFile) -> None:
    """Raises KeySealed for a case whose record is sealed: nobody but a court reader sees more than that."""
    if house.vault.is_held_back(KeyId(file.key_id)):
        raise KeySealed(
            f"case {file.id} is sealed by law; nothing was shown. A court reader with an order may read it (`tenprint retention read`)."
        )


def refuse_sealed_booking(house: House, row: Submission) -> None:
    """Raises KeySealed for a booking whose record is sealed, as `refuse_if_sealed` for its cases."""
    if house.vault.is_held_back(KeyId(row.key_id)):
        raise KeySealed(f"submission {row.id} is sealed by law; nothing was shown")


def read_sealed(house: House, submission: str, *, order: str, reason: str, by: Actor) -> dict[str, Any]:
    """What a sealed booking's cases hold, for a court reader with an order; that it was read is an event.

    order: the order's code. Raises NotPermitted, NotFound for a record that is not sealed, UsageError without code or reason.
    """
    role = require(by, "read_sealed", purpose="court_order")
    if not CODE.fullmatch(order) or not reason.strip():
        raise UsageError(
            "a sealed record is read under an order, named by its code, and for a reason in words. Nothing was read."
        )
    row = booking_at_rest(house, submission)
    key, at = KeyId(row.key_id), house.clock.now()
    if not house.vault.is_held_back(key):
        raise NotFound(f"submission {submission} is not sealed; nothing was read")
    seen = Event(type=events.SEALED_RECORD_READ, effective_at=at, public={"order": order}, private={"reason": reason})
    with house.vault.under_order(key), house.store.unit_of_work() as work:
        work.append(events.SUBMISSION, row.id, [seen], expected=work.version(events.SUBMISSION, row.id), actor=by.id, role=role,
                    purpose="court_order", recorded_at=at, key=key)  # fmt: skip
        cases = [
            _shown(work.stream(events.CASE, file.id, private=True), CaseId(file.id))
            for file in work.cases.for_submission(row.id)
        ]
    tell_log(house)
    return {"submission": submission, "order": order, "cases": cases}


def _shown(stream: list[Any], case: CaseId) -> dict[str, Any]:
    state = replay(stream)
    return {
        "case": case, "stage": stage_of(state), "repository": state.repository, "identity": state.identity,
        "conviction_known": state.conviction_known,
        "timeline": [{"at": to_text(e.effective_at), "event": e.type, "by_role": e.role, **e.public, **(e.private or {})} for e in stream],
    }  # fmt: skip
