"""Which of several offences is the most serious under one level policy; unknown where the policy can't say.

It orders offences for what asks for one of them (the status query, a rule about the charge). It gives no level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.levels import LevelName, Offence

RANGE: Final[Mapping[LevelName, tuple[int, int]]] = {
    "1": (1, 1), "1-or-2": (1, 2), "2": (2, 2), "3": (3, 3), "none": (4, 4), "needs_person": (1, 4),
}  # fmt: skip
"""Level of an offence alone -> the most and the least serious place that it may have in the policy's order, 1 first.
``none``: a flag about a subject, or a default, behind every offence. Source: the order of the levels, domain 2.1 to 2.3.
"""


def most_serious(policy: LevelPolicy, offences: Sequence[Offence], *, on: date) -> int | None:
    """Index of the offence that no other can exceed under this policy; None where that is not known, or there is none.

    on: the day; outside the policy's days, its nearest day. Of equally serious ones the first. One alone needs no order.
    """
    if len(offences) < 2:
        return 0 if offences else None
    last = (policy.in_force.until or date.max) - timedelta(days=1)
    day = min(max(on, policy.in_force.since), last)
    places = [_place(policy, offence, day) for offence in offences]
    others = [min(first for at, (first, _) in enumerate(places) if at != one) for one in range(len(places))]
    return next((at for at, (_, least) in enumerate(places) if least <= others[at]), None)


def _place(policy: LevelPolicy, offence: Offence, day: date) -> tuple[int, int]:
    alone = replace(offence, basis="charge")
    found = policy.evaluate(
        [alone], basis="charge", on=day, stage="match", aggravated_felony=None, conviction_known=None
    )
    return RANGE[found.level]
