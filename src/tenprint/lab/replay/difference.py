"""What would have been said, beside what was recorded: counts by what both said, by place or by outcome.

Levels of two policies stand in two columns, each under its policy's name; nothing here says that one is more than the
other. Only answers to one question, and the gate's, are also counted as the same or not the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.account.statistics.columns import ANY, K
from tenprint.errors import UsageError
from tenprint.lab.replay import answers, levels, priorities
from tenprint.lab.replay.cases import LEVEL, PRIORITY
from tenprint.lab.replay.columns import CaseColumns, Coded
from tenprint.lab.replay.gate import GATE, SAID, gate
from tenprint.lab.replay.publication import merge_small
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.priority_policies import PriorityPolicy
from tenprint.refer.policy.rules import Rule

By: TypeAlias = Literal["level", "jurisdiction", "outcome"]

BY: Final[tuple[By, ...]] = ("level", "jurisdiction", "outcome")
"""How the tables may be broken down; ``level`` is what was said alone."""

RECORDED: Final = "recorded"
"""Label: what was recorded then: a level's name, an answer, ``no_answer``."""

UNDER: Final = "under"
"""Label: under what it was recorded: policy, version, basis and stage; or the profile."""

UNKNOWN: Final = "unknown"
"""How a label is shown that a case does not bear."""

PERSON: Final = frozenset({"needs_person", "no_rule", "conflict", "no_answer"})
"""What sends a case to a person: the engine asks for one, or gives no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """What the cases are replayed under; None leaves a part out.

    policy: of levels, or of priorities, as if it had been in force on every day. rules: of the other programme. history, profile: what
    the gate goes by.
    """

    policy: LevelPolicy | PriorityPolicy | None = None
    rules: Sequence[Rule] | None = None
    history: ParticipationHistory | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of counts. lines: values of ``columns`` -> cases. public: small counts are merged into ``*``.

    cases: None where they are too few to be told. needs_person: cases of the lines that a person must look at, as recorded
    and as replayed.
    """

    name: str
    columns: tuple[str, ...]
    lines: Mapping[tuple[str, ...], int]
    cases: int | None
    needs_person: Mapping[str, int]
    public: bool
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "name": self.name, "columns": [*self.columns, "cases"], "lines": [[*values, count] for values, count in self.lines.items()],
            "cases": self.cases, "needs_person": dict(self.needs_person), "suppressed": self.public, "notes": list(self.notes),
        }  # fmt: skip


def compare(cases: CaseColumns, other: Other, *, by: str, public: bool) -> list[Table]:
    """A table for the level, for each question of the rules that was asked, and for the gate, as far as ``other`` has them.

    public: counts under eleven are merged (`merge_small`). Raises UsageError for another ``by``.
    """
    if by not in BY:
        raise UsageError(f"no breakdown by {by!r}; allowed: {', '.join(BY)}. Nothing was replayed.")
    tables = []
    if isinstance(other.policy, LevelPolicy):
        tables.append(_levels(cases.where(cases.asking(LEVEL)), other.policy, by=by, public=public))
    elif other.policy is not None:
        tables += _priorities(cases.where(cases.asking(LEVEL)), other.policy, by=by, public=public)
    spoken = cases.where(cases.asking(PRIORITY))
    if len(spoken) and isinstance(other.policy, PriorityPolicy):
        tables += _priorities(spoken, other.policy, by=by, public=public, recorded=PRIORITY)
    elif len(spoken) and other.policy is not None:
        tables.append(_officers(spoken, by=by, public=public))
    if other.rules is not None:
        for question in sorted(set(cases.asked) - {LEVEL, GATE, PRIORITY}):
            tables += _answers(cases.where(cases.asking(question)), question, other.rules, by=by, public=public)
    if other.history is not None and other.profile is not None:
        asked = cases.where(cases.asking(GATE))
        said = gate(other.history, other.profile, asked)
        columns = ("recorded under", "repository", "recorded", f"under {other.profile}")
        keys = [
            _label(asked, UNDER),
            _texts(asked.facts.get("repository.name"), len(asked)),
            _label(asked, RECORDED),
            _named(SAID, said),
        ]
        tables.append(_table(GATE, columns, keys, asked, by=by, public=public))
    return tables


def _levels(cases: CaseColumns, policy: LevelPolicy, *, by: str, public: bool) -> Table:
    found = levels.levels(policy, cases, as_if_in_force=True)
    columns = ("recorded under", "recorded", f"under {policy.id}/{policy.version}")
    keys = [_label(cases, UNDER), _label(cases, RECORDED), _named(levels.NAMES, found)]
    note = "levels of two policies stand side by side; they are not compared, and neither is more than the other"
    return _table(LEVEL, columns, keys, cases, by=by, public=public, notes=(note,))


def _officers(cases: CaseColumns, *, by: str, public: bool) -> Table:
    """What officers said under policies of priorities: counted, and not replayed under a policy of levels."""
    keys = [_label(cases, UNDER), _label(cases, RECORDED)]
    note = "said by named officers; a policy of levels says nothing of them, and nothing follows from a class"
    return _table(
        PRIORITY, ("recorded under", "recorded"), keys, cases, by=by, public=public, notes=(note,), replayed=False
    )


def _priorities(
    cases: CaseColumns, policy: PriorityPolicy, *, by: str, public: bool, recorded: str = LEVEL
) -> list[Table]:
    found = priorities.priorities(policy, cases, as_if_in_force=True)
    columns = ("recorded under", f"recorded {recorded}", f"{policy.kind} under {policy.id}/{policy.version}")
    keys = [_label(cases, UNDER), _label(cases, RECORDED), _named(priorities.VALUES, found.value)]
    note = "what is replayed is no level: it sorts persons, not offences, and the two columns are not compared"
    name: str = policy.kind
    if recorded == PRIORITY:
        name = f"{PRIORITY} said by officers, {policy.kind}"
        note = "what officers said, beside what the policy's conditions give on the facts of that moment; nothing follows from either"
    table = _table(name, columns, keys, cases, by=by, public=public, notes=(note,))
    return [table, _missing(name, found.missing, public=public)]


def _answers(cases: CaseColumns, question: str, rules: Sequence[Rule], *, by: str, public: bool) -> list[Table]:
    found = answers.ask(question, rules, cases)
    said = _named(answers.KINDS, found.kind)
    table = _table(question, ("recorded", "replayed"), [_label(cases, RECORDED), said], cases, by=by, public=public)
    return [table, _missing(question, answers.missing(question, rules, cases), public=public)]


def _missing(name: str, absent: Mapping[str, NDArray[np.bool_]], *, public: bool) -> Table:
    counts: dict[tuple[str, ...], int] = {(fact,): int(where.sum()) for fact, where in absent.items()}
    notes = ["cases that need a person for want of the fact, under what is replayed; a case may miss several"]
    if public:  # such counts overlap and can be subtracted from the others: only the facts' names are told
        often = [fact for (fact,), count in counts.items() if count >= K]
        notes.append(f"each missing in at least {K} cases: {', '.join(often) or 'none'}; counts are for an auditor")
        counts = {}
    return Table(
        name=f"{name}: facts missing", columns=("fact",), lines=counts, cases=None, needs_person={}, public=public,
        notes=tuple(notes),
    )  # fmt: skip


def _table(
    name: str, columns: Sequence[str], keys: Sequence[NDArray[np.str_]], cases: CaseColumns, *, by: str, public: bool,
    notes: tuple[str, ...] = (), replayed: bool = True,
) -> Table:  # fmt: skip
    grouped = [] if by == "level" else [_label(cases, by)]
    counts: Mapping[tuple[str, ...], int] = Counter(zip(*(key.tolist() for key in (*grouped, *keys)), strict=True))
    lines = merge_small(counts) if public else dict(sorted(counts.items()))
    told = (f"{ANY}: values with fewer than {K} cases, together; needs_person: at least so many",) if public else ()
    return Table(
        name=name,
        columns=((by,) if grouped else ()) + tuple(columns),
        lines=lines,
        cases=None if public and not lines else len(cases),
        # from the lines that are shown: a total beside merged lines would tell what they hide
        needs_person={side: _persons(lines, at) for side, at in (("recorded", -2), ("replayed", -1))}
        if replayed
        else {},
        public=public,
        notes=(*notes, *told),
    )


def _persons(lines: Mapping[tuple[str, ...], int], column: int) -> int:
    return sum(count for values, count in lines.items() if values[column] in PERSON)


def _label(cases: CaseColumns, name: str) -> NDArray[np.str_]:
    return _texts(cases.labels.get(name), len(cases))


def _texts(column: Coded | None, n: int) -> NDArray[np.str_]:
    if column is None:
        return np.full(n, UNKNOWN)
    found: NDArray[np.str_] = np.array(column.texts(unknown=UNKNOWN))[column.codes]
    return found


def _named(names: Sequence[str], codes: NDArray[np.int8]) -> NDArray[np.str_]:
    found: NDArray[np.str_] = np.array(names)[codes]
    return found
