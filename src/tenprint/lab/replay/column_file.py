"""Columns of cases in one file, so that a researcher replays without a store and gets the same tables.

NumPy's ``.npz`` without pickles: codes as integers, values as JSON text. What is read is checked before it is used.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import TenprintError, UsageError
from tenprint.lab.replay.columns import PLACE_PARTS, CaseColumns, Coded, OffenceColumns, narrow
from tenprint.model.facts import GLOSSARY, FactValue, check
from tenprint.refer.policy.levels import BASES, STAGES, Offence

FORMAT: Final = "tenprint-cases-1"
"""Name and version of the file's layout; another one is refused."""

Arrays = Mapping[str, NDArray[Any]]


def save(path: Path, cases: CaseColumns, *, about: Mapping[str, Any]) -> str:
    """Write the columns with what they are about (JSON); returns their SHA-256, hex, which does not depend on the file."""
    arrays = _arrays(cases)
    header = json.dumps({"format": FORMAT, "about": about, "sha256": digest(cases)}, sort_keys=True, default=str)
    with path.open("wb") as file:
        np.savez_compressed(file, header=_bytes(header), **arrays)  # type: ignore[arg-type]
    return digest(cases)


def load(path: Path) -> tuple[CaseColumns, dict[str, Any]]:
    """The columns of a file, and what it says it is about. Raises UsageError naming what does not hold; nothing is replayed."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("header").tobytes())
        if header.get("format") != FORMAT:
            raise UsageError(f"{path}: format {header.get('format')!r}; allowed: {FORMAT}. Nothing was replayed.")
        cases = _cases(arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as fault:
        raise UsageError(f"{path}: no file of cases ({type(fault).__name__}: {fault}); nothing was replayed") from None
    except UsageError:
        raise
    except TenprintError as fault:
        raise UsageError(f"{path}: {fault}") from None
    if header.get("sha256") != digest(cases):
        raise UsageError(
            f"{path}: the cases are not those that the file names by hash; nothing was replayed. Get it again."
        )
    return cases, dict(header["about"])


def digest(cases: CaseColumns) -> str:
    """SHA-256, hex, over every column's name, type, shape and bytes, by name: names the cases of a run."""
    sum_ = hashlib.sha256(FORMAT.encode())
    for name, array in sorted(_arrays(cases).items()):
        sum_.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        sum_.update(np.ascontiguousarray(array).tobytes())
    return sum_.hexdigest()


def _arrays(cases: CaseColumns) -> dict[str, NDArray[Any]]:
    offences = cases.offences
    found: dict[str, NDArray[Any]] = {
        "days": cases.days, "basis": cases.basis, "stage": cases.stage, "finding": cases.finding, "charges_ended": cases.charges_ended,
        "offences/offsets": offences.offsets, "offences/basis": offences.basis, "offences/defaulted": offences.defaulted,
        "offences/sentence": offences.sentence, "offences/penalty": offences.penalty,
    }  # fmt: skip
    coded = {
        "conviction_known": cases.conviction_known, "offences/ncic": offences.ncic, "offences/severity": offences.severity,
        **({} if offences.word is None else {"offences/word": offences.word}),
        **{f"place/{name}": column for name, column in cases.place.items()},
        **{f"facts/{name}": column for name, column in cases.facts.items()},
        **{f"labels/{name}": column for name, column in cases.labels.items()},
    }  # fmt: skip
    for name, column in coded.items():
        found[f"{name}:codes"] = column.codes
        found[f"{name}:values"] = _bytes(json.dumps([_as_json(value) for value in column.values]))
    return found | {f"asked/{name}": column for name, column in cases.asked.items()}


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _as_json(value: FactValue) -> object:
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value


def _cases(arrays: Arrays) -> CaseColumns:
    days = _numbers(arrays, "days", np.int32, least=1, most=date.max.toordinal())
    n = len(days)
    facts = {name: _coded(arrays, f"facts/{name}", n, fact=name) for name in _names(arrays, "facts")}
    return CaseColumns(
        days=days,
        place={part: _coded(arrays, f"place/{part}", n) for part in PLACE_PARTS},
        facts=facts,
        labels={name: _coded(arrays, f"labels/{name}", n) for name in _names(arrays, "labels")},
        asked={
            name.removeprefix("asked/"): _numbers(arrays, name, np.bool_, n=n, most=1)
            for name in arrays
            if name.startswith("asked/")
        },
        basis=_numbers(arrays, "basis", np.uint8, n=n, most=len(BASES) - 1),
        stage=_numbers(arrays, "stage", np.uint8, n=n, most=len(STAGES) - 1),
        conviction_known=_coded(arrays, "conviction_known", n),
        finding=_numbers(arrays, "finding", np.int8, n=n, least=-1, most=1),
        charges_ended=_numbers(arrays, "charges_ended", np.bool_, n=n, most=1),
        offences=_offences(arrays, n),
    )


def _offences(arrays: Arrays, n: int) -> OffenceColumns:
    offsets = _numbers(arrays, "offences/offsets", np.int64, n=n + 1, most=2**40)
    basis = _numbers(arrays, "offences/basis", np.uint8, most=len(BASES) - 1)
    total = len(basis)
    if offsets[0] != 0 or offsets[-1] != total or (np.diff(offsets) < 0).any():
        raise ValueError(f"offences/offsets do not run from 0 to {total} without a step back")
    word = _coded(arrays, "offences/word", total) if "offences/word:codes" in arrays else None
    columns = OffenceColumns(
        offsets=offsets,
        basis=basis,
        ncic=_coded(arrays, "offences/ncic", total),
        severity=_coded(arrays, "offences/severity", total),
        defaulted=_numbers(arrays, "offences/defaulted", np.bool_, n=total, most=1),
        sentence=_numbers(arrays, "offences/sentence", np.int32, n=total, least=-1, most=2**31 - 1),
        penalty=_numbers(arrays, "offences/penalty", np.int32, n=total, least=-1, most=2**31 - 1),
        word=word,
    )
    for code in columns.ncic.values:
        Offence(basis="charge", ncic=str(code))  # refuses what is no code
    if not set(columns.severity.values) <= {"felony", "misdemeanor", "infraction"}:
        raise ValueError(f"offences/severity holds {', '.join(map(str, columns.severity.values))}")
    return columns


def _names(arrays: Arrays, kind: str) -> list[str]:
    return sorted(
        name[len(kind) + 1 : -len(":codes")]
        for name in arrays
        if name.startswith(f"{kind}/") and name.endswith(":codes")
    )


def _numbers(
    arrays: Arrays, name: str, kind: type[np.generic], *, n: int | None = None, least: int = 0, most: int
) -> NDArray[Any]:
    found = arrays[name]
    if found.dtype != kind or found.ndim != 1 or (n is not None and len(found) != n):
        raise ValueError(f"{name} is {found.dtype} of shape {found.shape}; wanted {np.dtype(kind)} of shape ({n},)")
    if len(found) and not (least <= found.min() and found.max() <= most):
        raise ValueError(f"{name} has values from {found.min()} to {found.max()}; allowed: {least} to {most}")
    return found


def _coded(arrays: Arrays, name: str, n: int, *, fact: str | None = None) -> Coded:
    listed = json.loads(arrays[f"{name}:values"].tobytes())
    values = tuple(_read(fact, value) for value in listed)
    if len(set(values)) != len(values):
        raise ValueError(f"{name} lists a value twice")
    kind = narrow(np.zeros(0, dtype=np.int32), len(values)).dtype.type
    return Coded(_numbers(arrays, f"{name}:codes", kind, n=n, most=len(values)), values)


def _read(fact: str | None, value: Any) -> FactValue:
    """One value as it was; a fact's is checked against the glossary. Raises FactInvalid, ValueError."""
    if fact is None:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text")
        return value
    kind = GLOSSARY[fact].kind if fact in GLOSSARY else ""
    read: FactValue = date.fromisoformat(value) if kind == "date" else tuple(value) if kind == "set" else value
    check({fact: read})
    return read
