"""June 2011 by events alone: two open places and two closed ones, without any print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tenprint.ids import CaseId, KeyId, SubmissionId, fresh
from tenprint.infra.store.cases import CaseFile
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.journal import tell_log

LA, BOSTON, COOK, HARRIS = ("Los Angeles, CA", "CA"), ("Suffolk, MA", "MA"), ("Cook, IL", "IL"), ("Harris, TX", "TX")
OPEN = (LA, HARRIS)


def a_submission(
    house: House, place: tuple[str, str], at: datetime, *, match: bool = False, removed: str | None = None
) -> None:
    """The events of one submission, its search and its case as the main job records them."""
    submission, case, authority = SubmissionId(fresh()), CaseId(fresh()), fresh()
    key = KeyId(submission)
    house.vault.create_key(key)
    where = {"jurisdiction": place[0], "state": place[1]}
    story = [
        Event(type=events.SUBMISSION_RECEIVED, effective_at=at, public={
            **where, "ori": "XX0000000", "cri": "XX0000000", "tot": "CAR", "ret": False, "juvenile": False, "images": 10}),
        Event(type=events.AUTHORITY_SPENT, effective_at=at, public={
            "authority": authority, "repository": "immigration", "repository_log_hash": "0" * 64, "attempts": 1}),
    ][: 2 if place in OPEN else 1]  # fmt: skip
    tale = [Event(type=events.CASE_OPENED, effective_at=at, public={
        **where, "submission": submission, "repository": "immigration", "ori": "XX0000000", "cohort": at.strftime("%Y-%m"), "zone": "strong",
        "juvenile": False})]  # fmt: skip
    tale.append(
        Event(type=events.IDENTITY_ESTABLISHED, effective_at=at, public={"repository": "immigration", "examiners": 2})
    )
    if removed is not None:
        tale.append(Event(type=events.OUTCOME_RECORDED, effective_at=at + timedelta(days=3),
                          public={"outcome": "removal", "conviction_known": removed}))  # fmt: skip
    tale.append(
        Event(
            type=events.CASE_CLOSED,
            effective_at=at + timedelta(days=4),
            public={"reason_code": "done", "disposition": "none"},
        )
    )
    with house.store.unit_of_work() as work:
        for stream, stream_id, told in (
            (events.SUBMISSION, submission, story),
            (events.CASE, case, tale if match else []),
        ):
            if told:
                work.append(
                    stream,
                    stream_id,
                    told,
                    expected=0,
                    actor=SYSTEM.id,
                    role="system",
                    purpose="booking",
                    recorded_at=at,
                    key=key,
                )
        if match:
            work.cases.add(CaseFile(id=case, submission=submission, repository="immigration", jurisdiction=place[0], key_id=key,
                                    stage="closed", opened_at=at, zone="strong", updated_at=at, closed_at=at))  # fmt: skip


def a_month(house: House) -> None:
    """Los Angeles 40 submissions with 14 matches, Harris 30 with 24 matches and removals; Boston and Cook, small and closed."""
    start = datetime(2011, 6, 8, 15, tzinfo=UTC)
    for n in range(40):
        a_submission(house, LA, start + timedelta(hours=n), match=n < 14)
    for n in range(30):
        a_submission(
            house,
            HARRIS,
            start + timedelta(hours=n),
            match=n < 24,
            removed=("none" if n % 2 else "yes") if n < 24 else None,
        )
    for n in range(5):
        a_submission(house, COOK, start + timedelta(hours=n))
    for n in range(8):
        a_submission(house, BOSTON, start + timedelta(hours=n))
    tell_log(house)
