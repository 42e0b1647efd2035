"""Invented cases for a bench, all from a seed: places, days and facts that the programme's own rules look at, 0 to 8 offences.

No share in it says anything about people: it only makes every branch of the rules work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenprint.lab.replay.cases import LEVEL
from tenprint.lab.replay.columns import PLACE_PARTS, CaseColumns, Coded, OffenceColumns, narrow
from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.policy.conditions import Condition, FactIs
from tenprint.refer.policy.programme import Programme

BEGINS: Final = date(2008, 10, 27)
"""First day of the invented cases. Source: domain 2.0, the first activation."""

ENDS: Final = date(2014, 12, 31)
"""Their last day. Source: domain 2.0, the last days of the first programme."""

KNOWN: Final = 0.85
"""Share of cases in which a fact is known. Set by: most are, and the unknown ones must weigh too."""

OFFENCES: Final = (14, 30, 20, 12, 8, 6, 4, 3, 3)
"""Weights of 0 to 8 offences a case: 2.3 on average. Set by: the bench asks for 0 to 8, few more often than many."""


def invented_cases(programme: Programme, *, number: int, seed: int, questions: Sequence[str]) -> CaseColumns:
    """``number`` cases in order of day, each asking for a level and every one of ``questions``."""
    draw = Random(seed)  # noqa: S311 - a bench is repeatable on purpose
    days = BEGINS.toordinal() + _among(draw, number, ENDS.toordinal() - BEGINS.toordinal() + 1)
    return CaseColumns(
        days=np.sort(days).astype(np.int32),
        place=_places(draw, programme, number),
        facts={name: _coded(draw, number, values) for name, values in _values(programme, questions)},
        labels={},
        asked={what: np.ones(number, dtype=np.bool_) for what in (LEVEL, *questions)},
        basis=_among(draw, number, 2).astype(np.uint8),
        stage=np.zeros(number, dtype=np.uint8),
        conviction_known=_coded(draw, number, ("yes", "none", "unknown")),
        finding=(_among(draw, number, 20) == 0).astype(np.int8) * 2 - 1,
        charges_ended=_among(draw, number, 20) == 0,
        offences=_offences(draw, programme, number),
    )


def _among(draw: Random, number: int, choices: int) -> NDArray[np.int32]:
    """``number`` numbers from 0 to ``choices`` - 1, evenly."""
    chance = np.frombuffer(draw.randbytes(4 * number), dtype=np.uint32)
    return ((chance.astype(np.uint64) * np.uint64(choices)) >> np.uint64(32)).astype(np.int32)


def _coded(draw: Random, number: int, values: Sequence[FactValue], known: float = KNOWN) -> Coded:
    codes = _among(draw, number, len(values))
    codes[_among(draw, number, 1000) >= known * 1000] = len(values)
    return Coded(narrow(codes, len(values)), tuple(values))


def _places(draw: Random, programme: Programme, number: int) -> dict[str, Coded]:
    """One of the programme's places each; a few are not known."""
    places = programme.jurisdictions.all()
    chosen = _among(draw, number, len(places) + 1)
    columns = {part: _nothing(number) for part in PLACE_PARTS}
    columns["programme"] = Coded(np.zeros(number, dtype=np.uint8), (programme.id,))
    for part, found in (
        ("state", [place.state for place in places]),
        ("county", [place.county for place in places]),
        ("ori", [place.ori_prefix + "0100" for place in places]),
    ):
        values: tuple[FactValue, ...] = tuple(dict.fromkeys(found))
        codes = np.array([*(values.index(text) for text in found), len(values)], dtype=np.int32)
        columns[part] = Coded(narrow(codes[chosen], len(values)), values)
    return columns


def _nothing(number: int) -> Coded:
    return Coded(np.zeros(number, dtype=np.uint8), ())


def _values(programme: Programme, questions: Sequence[str]) -> Iterator[tuple[str, Sequence[FactValue]]]:
    """Every fact that the rules of these questions name, with the values that their conditions tell apart."""
    named: dict[str, list[FactValue]] = {}
    for rule in programme.rules.rules:
        if rule.question in questions:
            for leaf in _leaves(rule.when):
                several = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
                named.setdefault(leaf.fact, []).extend(several)
    for name, operands in sorted(named.items()):
        yield name, _drawn_from(name, operands)


def _leaves(condition: Condition) -> Iterator[FactIs]:
    if isinstance(condition, FactIs):
        yield condition
    else:
        for part in condition.parts:
            yield from _leaves(part)


def _drawn_from(name: str, operands: Sequence[FactValue]) -> Sequence[FactValue]:
    fact = GLOSSARY[name]
    texts = sorted({text for text in operands if isinstance(text, str)})
    if fact.choices:
        return fact.choices
    if fact.kind == "bool":
        return (True, False)
    if fact.kind == "int":
        return tuple(range(16))
    if fact.kind == "set":
        return ((), *((text,) for text in texts), tuple(texts))
    if fact.kind == "date":
        return tuple(value for value in operands if isinstance(value, date)) or (BEGINS, ENDS)
    return (*texts, "another")


def _offences(draw: Random, programme: Programme, number: int) -> OffenceColumns:
    """0 to 8 offences a case; the codes are those of the programme's tables, and one that no table has."""
    shares = np.cumsum(OFFENCES)
    counts = np.searchsorted(shares, _among(draw, number, int(shares[-1])), side="right")
    total = int(counts.sum())
    codes = sorted({code for policy in programme.rules.level_policies for code in getattr(policy, "table", {})})
    days = np.array([-1, 0, 30, 180, 364, 365, 366, 730, 3650], dtype=np.int32)
    return OffenceColumns(
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)]),
        basis=_among(draw, total, 2).astype(np.uint8),
        ncic=_coded(draw, total, (*codes, "9999"), known=0.98),
        severity=_coded(draw, total, ("felony", "misdemeanor", "infraction")),
        defaulted=_among(draw, total, 50) == 0,
        sentence=days[_among(draw, total, len(days))],
        penalty=days[_among(draw, total, len(days))],
    )
