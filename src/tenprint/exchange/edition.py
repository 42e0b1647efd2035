"""One edition of EBTS as data: which fields a transaction type must have, may have, and of what form.

The tables lie in ``rules/`` and are made by ``tools/import_ebts_rules.py``; nothing of them is written in code.
Source: EBTS 9.1 (IAFIS-DOC-01078-9.1, 25 May 2010); ANSI/NIST-ITL 1-2007 for what all transactions share.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from tenprint.errors import UsageError

EDITIONS: Final = ("9.1",)
"""Editions whose rules are here. Set by: the files in ``rules/``."""

BOOKING: Final = "criminal booking"
"""The one group of transaction types that the booking door takes: CAR and CNA. Source: design decision 1."""

PERSONAL_FIELDS: Final = frozenset(
    {14, 15, 16, 17, 18, 19, 20, 21, 22, 26, 39, 40, 41, 47, 51, 55, 56, 64, 71, 75, 81, 85, 88}
)
"""Type-2 fields that say who somebody is or what they are accused of: never shown unasked, never in an error's text.

Set by: EBTS 9.1, Type-2 fields; numbers of identity, names, birth, marks, addresses, charges, rap sheets.
"""

_CHARSETS: Final = {
    "N": r"[0-9]*",
    "A": r"[A-Za-z]*",
    "AN": r"[A-Za-z0-9]*",
    "NS": r"[0-9 !-/:-@\[-`{-~]*",
    "AS": r"[A-Za-z !-/:-@\[-`{-~]*",
    "ANS": r"[\t\n\r -~]*",
    "B1": r"",
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """The form of one field, or of one item of it (item counts from 1; 0 is the whole field).

    charset: N, A, AN, NS, AS or ANS; shortest, longest: characters (longest None: no limit); least, most: repeats (most
    None: no limit); items: fewest and most items of a subfield; everywhere: M or O for all types, else see
    mandatory, optional.
    """

    record_type: int
    field: int
    item: int
    mnemonic: str
    charset: str
    shortest: int
    longest: int | None
    least: int
    most: int | None
    items: tuple[int, int]
    everywhere: str
    mandatory: frozenset[str]
    optional: frozenset[str]
    values: frozenset[str]
    pattern: str
    forbidden: str

    def is_mandatory(self, tot: str) -> bool:
        """True when a transaction of this type must have it."""
        return self.everywhere == "M" or tot in self.mandatory

    def is_used(self, tot: str) -> bool:
        """True when a transaction of this type may have it."""
        return bool(self.everywhere) or tot in self.mandatory or tot in self.optional

    def holds(self, text: str, *, wide: bool = False) -> bool:
        """True when every character is of the set; ``wide`` allows letters beyond ASCII (1.015 DCS declares them)."""
        if wide and self.charset in {"A", "AS", "ANS", "AN"}:
            text = "".join("x" if c.isalpha() else c for c in text)
        return re.fullmatch(_CHARSETS[self.charset], text) is not None

    def lists(self, text: str) -> bool:
        """True when there is no list of values, or the text is on it; ``01`` and ``1`` are the same number."""
        if not self.values or text in self.values:
            return True
        return self.charset == "N" and text.isdigit() and str(int(text)) in self.values


@dataclass(frozen=True, slots=True)
class TransactionKind:
    """One type of transaction. group: what kind it is; twin_of: the type whose card-scanning twin it is, or empty;
    records: (record types, fewest, most) as far as the edition states them.
    """

    tot: str
    group: str
    twin_of: str
    records: tuple[tuple[tuple[int, ...], int, int], ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules of one edition. fields: (record type, field) -> rules, one for each set of transaction types;
    items: (record type, field, item) likewise; kinds: transaction type -> what it is.
    """

    name: str
    fields: Mapping[tuple[int, int], tuple[FieldRule, ...]]
    items: Mapping[tuple[int, int, int], tuple[FieldRule, ...]]
    kinds: Mapping[str, TransactionKind]

    def rule(self, record_type: int, field: int, tot: str) -> FieldRule | None:
        """The rule of a field for a transaction type, or None when that type does not use the field."""
        return next((r for r in self.fields.get((record_type, field), ()) if r.is_used(tot)), None)

    def item_rule(self, record_type: int, field: int, item: int, tot: str) -> FieldRule | None:
        """The rule of one item (from 1) of a field for a transaction type, or None when there is none."""
        return next((r for r in self.items.get((record_type, field, item), ()) if r.is_used(tot)), None)

    def mnemonic(self, record_type: int, field: int) -> str | None:
        """The short name of a field, such as ``CRI``, or None when the edition does not know the field."""
        rules = self.fields.get((record_type, field))
        return rules[0].mnemonic if rules else None

    def mandatory(self, record_type: int, tot: str) -> tuple[FieldRule, ...]:
        """Every field that a record of that type must have in a transaction of that type, ascending."""
        found = (
            r for rules in self.fields.values() for r in rules if r.record_type == record_type and r.is_mandatory(tot)
        )
        return tuple(sorted(found, key=lambda r: r.field))


@cache
def rules_of(edition: str) -> Edition:
    """The rules of an edition, ``9.1``. Raises UsageError for an edition whose rules are not here."""
    if edition not in EDITIONS:
        raise UsageError(f"no rules of EBTS {edition!r} here; there are: {', '.join(EDITIONS)}. Nothing was checked.")
    fields: dict[tuple[int, int], list[FieldRule]] = {}
    items: dict[tuple[int, int, int], list[FieldRule]] = {}
    for row in _rows(f"ebts-{edition}-fields.csv"):
        rule = _rule(row)
        if rule.item:
            items.setdefault((rule.record_type, rule.field, rule.item), []).append(rule)
        else:
            fields.setdefault((rule.record_type, rule.field), []).append(rule)
    kinds = {row["tot"]: _kind(row) for row in _rows(f"ebts-{edition}-transactions.csv")}
    return Edition(edition, {k: tuple(v) for k, v in fields.items()}, {k: tuple(v) for k, v in items.items()}, kinds)


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("tenprint.exchange") / "rules" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _rule(row: dict[str, str]) -> FieldRule:
    record_type, field = row["tag"].split(".")
    fewest, _, most_items = (row["items"] or "1-1").partition("-")
    return FieldRule(
        record_type=int(record_type),
        field=int(field),
        item=int(row["item"]),
        mnemonic=row["mnemonic"],
        charset=row["charset"],
        shortest=int(row["shortest"]),
        longest=int(row["longest"]) if row["longest"] else None,
        least=int(row["least"]),
        most=int(row["most"]) if row["most"] else None,
        items=(int(fewest), int(most_items)),
        everywhere=row["everywhere"],
        mandatory=frozenset(row["mandatory"].split()),
        optional=frozenset(row["optional"].split()),
        values=frozenset(row["values"].split()),
        pattern=row["pattern"],
        forbidden=row["forbidden"],
    )


def _kind(row: dict[str, str]) -> TransactionKind:
    records = []
    for part in row["records"].split():
        types, _, count = part.partition(":")
        fewest, _, most = count.partition("-")
        records.append((tuple(int(t) for t in types.split("|")), int(fewest), int(most)))
    return TransactionKind(row["tot"], row["group"], row["twin_of"], tuple(records))
