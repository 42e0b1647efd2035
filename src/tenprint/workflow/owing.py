"""What the data of a day make due: notices, decisions and replies in a case of one agency, and how long a task may wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tenprint.refer.policy.notices import NoticeRule, owed
from tenprint.refer.policy.spans import spans_on
from tenprint.refer.referral.notices import Owed
from tenprint.workflow.deciding import scope_of
from tenprint.workflow.house import House
from tenprint.workflow.participation import day_at, history_of


def owed_at(house: House, cri: str) -> Owed:
    """What is owed in the cases of an agency, by the rules of the agency's own day."""
    place = history_of(house).jurisdiction(cri)

    def ask(trigger: str, at: datetime, form: str | None) -> Sequence[NoticeRule]:
        rules = house.programme.rules.notices
        return owed(rules, trigger=trigger, on=day_at(place, at), form=form, place=scope_of(house, place, cri))

    return ask


def claim_due(house: House, cri: str, at: datetime, *, otherwise: timedelta) -> datetime:
    """When a claim of citizenship raised at ``at`` is due: by the shortest rule of that day, else after ``otherwise``."""
    spans = [rule.within for rule in owed_at(house, cri)("claim_raised", at, None)]
    return at + min([*spans, otherwise])


def spans_at(house: House, at: datetime) -> Mapping[str, timedelta]:
    """Kind of task -> how long it may wait, by the programme's data of that day (of UTC: a span is no rule of a place)."""
    return spans_on(house.programme.rules.task_spans, at.date())


def task_due(house: House, kind: str, at: datetime) -> datetime:
    """When a task raised at ``at`` is due; at once where no span is in force."""
    return at + spans_at(house, at).get(kind, timedelta(0))
