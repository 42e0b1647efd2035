"""One recorded question as a row: what was known then, where and when, what was asked, and what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from tenprint.model.facts import FactValue
from tenprint.refer.policy.levels import Basis, Offence, Stage
from tenprint.refer.policy.rules import Scope

LEVEL: Final = "level"
"""What a row asks when a level was evaluated; every other text in ``asked`` but `PRIORITY` is a question of the rules."""

PRIORITY: Final = "priority"
"""What a row asks when an officer said under a policy of priorities, grounds or discretion which classes apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCase:
    """One evaluation or one question, with its facts as they were known when it was asked. None is "not known".

    day: the local day it was asked for. place: its None parts are not known. facts: glossary facts (``model.facts``).
    offences, basis, stage, conviction_known, aggravated_felony, charges_ended: the inputs of a level. aggravated_felony is
    what a person found, None where nobody did; charges_ended: every coded charge ended without a conviction. asked:
    ``level``, ``priority``, and questions of the rules. labels: what it is counted by and what was recorded then, texts; never an id or a
    name.
    """

    day: date
    place: Scope = field(default_factory=Scope)
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    offences: tuple[Offence, ...] = ()
    basis: Basis = "conviction"
    stage: Stage = "match"
    conviction_known: str | None = None
    aggravated_felony: bool | None = None
    charges_ended: bool = False
    asked: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
