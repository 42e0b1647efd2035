"""What is known of charges and convictions, and the levels that a policy computed from them [domain 3.4 G3;
design 5].
"""

from __future__ import annotations

from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral import roles
from tenprint.refer.referral.commands import CodeCharge, RecordHistory, RecordLevel, Refused
from tenprint.refer.referral.state import CaseState, Charge
from tenprint.refer.referral.status import DEFAULT_OFFENSE
from tenprint.refer.referral.tasks import raise_task

LEVEL_ONE: Final = "1"
"""The level that needs a second look by another person. Source: domain 3.4 G3."""
_SEVERITIES: Final = frozenset({"felony", "misdemeanor", "infraction", "unknown"})


def code_charge(state: CaseState, command: CodeCharge) -> list[Event] | Refused:
    """ChargeCoded. Level 1 awaits another person's code of the same charge;
    if it differs, a supervisor codes and decides.
    """
    coded = command.ncic is None or (len(command.ncic) == 4 and command.ncic.isdigit())
    if not coded or (command.ncic, command.word) == (None, None) or command.severity not in _SEVERITIES:
        return Refused(
            "CHARGE_INVALID",
            "A charge has a four-digit NCIC code, or a word of a policy of words, and a severity of the list.",
            "domain 2.1, 2.2",
        )
    if command.code_source not in {"coded", "defaulted"}:
        return Refused("CHARGE_INVALID", "A code is coded or defaulted.", "domain 1.5, OFF")
    if command.code_source == "defaulted" and (command.ncic != DEFAULT_OFFENSE or command.suggested_level is not None):
        return Refused("DEFAULT_HAS_NO_LEVEL", "A default is 0399 and never has a level.", "domain 1.5, OFF")
    if command.max_penalty_days is not None and command.max_penalty_days < 0:
        return Refused("CHARGE_INVALID", "The longest penalty is a number of days from 0, or not known.", "domain 2.2")
    before = next((c for c in state.charges if c.id == command.charge), None)
    look = _look(before, command)
    if isinstance(look, Refused):
        return look
    event = Event(
        type=e.CHARGE_CODED,
        effective_at=command.at,
        public={
            "charge": command.charge,
            "ncic": command.ncic,
            "code_source": command.code_source,
            "severity": command.severity,
            "max_penalty_days": command.max_penalty_days,
            "second_look": look,
            "coder": command.by.id,
            "suggested_level": command.suggested_level,
            "word": command.word,
        },
        private={"literal": command.literal, "reason": command.reason},
    )
    wanted = {"awaited": "second_look", "differs": "resolve_charge"}.get(look)
    return [event] if wanted is None else [event, raise_task(state, wanted, at=command.at, why="level_one")]


def _look(before: Charge | None, command: CodeCharge) -> str | Refused:
    supervisor = command.by.role == roles.SUPERVISOR
    if before is not None and before.second_look in {"awaited", "differs"}:
        if command.by.id in before.coders:
            return Refused("SECOND_LOOK_BY_SAME_PERSON", "Another person gives the second look.", "domain 3.4 G3")
        if before.second_look == "differs":
            return (
                "resolved"
                if supervisor
                else Refused("NEEDS_SUPERVISOR", "Two codes differ: a supervisor decides.", "domain 3.4 G3")
            )
        if supervisor:
            return Refused(
                "NOTHING_TO_RESOLVE", "A supervisor codes a charge only where two codes differ.", "domain 3.4 G3"
            )
        given = (command.ncic or "", command.code_source, command.word or "")
        return "agreed" if given == (before.ncic, before.code_source, before.word) else "differs"
    if supervisor:
        return Refused(
            "NOTHING_TO_RESOLVE", "A supervisor codes a charge only where two codes differ.", "domain 3.4 G3"
        )
    return "awaited" if command.suggested_level == LEVEL_ONE else "none"


def record_history(state: CaseState, command: RecordHistory) -> list[Event] | Refused:
    """HistoryRecorded. Unknown is not none: each says something else, and neither may carry a conviction."""
    if command.known not in {"yes", "none", "unknown"}:
        return Refused(
            "HISTORY_INVALID",
            "Convictions are known (yes), known to be none, or unknown.",
            "design 5, Criminal history",
        )
    if (command.known == "yes") != (command.convictions > 0):
        return Refused(
            "HISTORY_CONTRADICTS",
            "yes goes with at least one conviction; none and unknown with no conviction.",
            "design 5",
        )
    if command.present_charge and command.known != "yes":
        return Refused("HISTORY_CONTRADICTS", "A conviction of the present charge is a known conviction.", "design 5")
    if command.as_of > command.local_day:
        return Refused("AS_OF_IN_FUTURE", "The record's day lies after the act.", "design 5, Criminal history")
    if command.corrects is not None and not any(h.number == command.corrects for h in state.histories):
        return Refused(
            "NOTHING_TO_CORRECT", f"There is no record {command.corrects} to correct.", "design 5, Criminal history"
        )
    for item in command.items:
        if not all(item.get(key) for key in ("source", "as_of", "asserter")):
            return Refused(
                "ITEM_WITHOUT_SOURCE", "Each item names its source, as_of and asserter.", "design 5, Criminal history"
            )
    recorded = [
        Event(
            type=e.HISTORY_RECORDED,
            effective_at=command.at,
            public={
                "known": command.known,
                "convictions": command.convictions,
                "source": command.source,
                "as_of": command.as_of.isoformat(),
                "asserter": command.asserter,
                "corrects": command.corrects,
                "record": len(state.histories) + 1,
                "present_charge": command.present_charge,
            },
            private={"items": [dict(item) for item in command.items], "reason": command.reason},
        )
    ]
    if state.levels:
        recorded.append(raise_task(state, "history_changed", at=command.at, why=f"record_{command.known}"))
    return recorded


def record_level(state: CaseState, command: RecordLevel) -> list[Event] | Refused:
    """LevelEvaluated, beside all earlier ones. The inputs of the last one again add nothing;
    the same inputs with another level are refused.
    """
    if command.basis not in {"charge", "conviction"} or command.conviction_known not in {"yes", "none", "unknown"}:
        return Refused(
            "LEVEL_INVALID",
            "A level rests on a charge or a conviction; convictions are yes, none or unknown.",
            "design 5, Level",
        )
    if command.level == LEVEL_ONE and command.basis == "charge" and not _looked_at_twice(state):
        return Refused(
            "SECOND_LOOK_AWAITED",
            "Level 1 by charge needs a charge that two people coded alike. No level was recorded.",
            "domain 3.4 G3",
        )
    if command.basis == "conviction" and command.conviction_known != "yes" and command.level.isdigit():
        return Refused(
            "NO_CONVICTION_KNOWN", "No conviction is known: there is no level by conviction.", "design 5, Level"
        )
    key = (command.policy, command.policy_version, command.basis, command.stage, command.inputs_hash)
    series = [
        level for level in state.levels if key[:4] == (level.policy, level.policy_version, level.basis, level.stage)
    ]
    if any(level.inputs_hash == command.inputs_hash and level.level != command.level for level in series):
        return Refused("LEVEL_CONTRADICTS", "The same policy gave another level on the same inputs.", "design 5, Level")
    if series and series[-1].inputs_hash == command.inputs_hash:
        return []
    return [
        Event(
            type=e.LEVEL_EVALUATED,
            effective_at=command.at,
            public={
                "policy": command.policy,
                "policy_version": command.policy_version,
                "basis": command.basis,
                "stage": command.stage,
                "level": command.level,
                "evidence": command.evidence,
                "inputs_hash": command.inputs_hash,
                "reasons": list(command.reasons),
                "on": command.on.isoformat(),
                "conviction_known": command.conviction_known,
                "after": command.after,
            },
        )
    ]


def _looked_at_twice(state: CaseState) -> bool:
    looks = {charge.second_look for charge in state.charges}
    return bool(looks & {"agreed", "resolved"}) and not looks & {"awaited", "differs"}
