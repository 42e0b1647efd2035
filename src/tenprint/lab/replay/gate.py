"""The gate over columns: every different question is put to the gate itself once, and each case gets its answer.

The gate looks at documents, not at conditions over facts, and few questions differ: agency, day, type, repository, age.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenprint.lab.replay.columns import CaseColumns, Coded
from tenprint.refer.participation.gate import decide_gate
from tenprint.refer.participation.history import ParticipationHistory

GATE: Final = "gate"
"""What a row asks when the gate decided: its facts are ``repository.name``, ``submission.tot`` and ``person.juvenile``,
its place's ORI the booking station's.
"""

SAID: Final = ("permitted", "refused", "needs_person")
"""What the gate may say; in columns, an index into these."""


def gate(history: ParticipationHistory, profile: str, cases: CaseColumns) -> NDArray[np.int8]:
    """The gate's answer for every case under a profile, index into `SAID`, shape (n,). Raises UsageError for no profile."""
    columns = [
        cases.place["ori"],
        *(_column(cases, name) for name in ("submission.tot", "repository.name", "person.juvenile")),
    ]
    if not len(cases):
        return np.zeros(0, dtype=np.int8)
    asked = np.stack([cases.days, *(column.codes.astype(np.int32) for column in columns)], axis=1)
    different, which = np.unique(asked, axis=0, return_inverse=True)
    said = []
    for day, *codes in different.tolist():
        cri, tot, repository, juvenile = (_value(column, code) for column, code in zip(columns, codes, strict=True))
        found = decide_gate(
            history=history, profile=profile, tot=str(tot or ""), cri=str(cri or ""), on=date.fromordinal(day),
            repository=str(repository or ""), juvenile=juvenile if isinstance(juvenile, bool) else None,
        )  # fmt: skip
        said.append(SAID.index(found.answer))
    answers: NDArray[np.int8] = np.array(said, dtype=np.int8)[which.reshape(-1)]
    return answers


def _column(cases: CaseColumns, fact: str) -> Coded:
    return cases.facts.get(fact) or Coded(np.zeros(len(cases), dtype=np.uint8), ())


def _value(column: Coded, code: int) -> object:
    return None if code == len(column.values) else column.values[code]
