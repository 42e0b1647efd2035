"""Does a transaction follow its edition? Faults refuse it, warnings travel with it; nothing is corrected.

The order of faults is that of the file: what is said about the whole first, then record by record, field by field.
"""

from __future__ import annotations

import re
from typing import Final

from tenprint.errors import (
    ExchangeError,
    FieldCountWrong,
    FieldInvalid,
    FieldMissing,
    TransactionNotAuthorized,
    UnknownTransactionType,
    Where,
)
from tenprint.exchange import relations
from tenprint.exchange.edition import BOOKING, PERSONAL_FIELDS, Edition, FieldRule, TransactionKind, rules_of
from tenprint.exchange.records import Field, Record, Transaction

VERSIONS: Final = ("0400", "0500", "0501", "0502")
"""ITL versions whose transactions are checked. Source: ANSI/NIST-ITL 1-2007, 1-2011, and its updates of 2013 and 2015.

EBTS 9.1 itself names 0400 only; senders that moved on write later numbers over the same fields: a warning, no fault."""

FREE_RECORDS: Final = frozenset({1, 2, 4, 14})
"""Record types whose fields are checked here. Set by: all others are carried through byte for byte."""

_SHOWN: Final = 40
"""Longest value that an error repeats, characters. Set by: an error is one line of a 300 character message (2.060
MSG)."""


def check(transaction: Transaction, edition: str = "9.1") -> None:
    """Raise the first fault of a transaction, if it has one.

    FieldMissing, FieldInvalid, FieldCountWrong, FieldsInconsistent or UnknownTransactionType, with the place and the
    EFTS code.
    """
    found = faults(transaction, edition)
    if found:
        raise found[0]


def faults(transaction: Transaction, edition: str = "9.1") -> tuple[ExchangeError, ...]:
    """Every fault, in the order of the file; empty when the transaction follows the edition."""
    return findings(transaction, edition)[0]


def warnings(transaction: Transaction, edition: str = "9.1") -> tuple[str, ...]:
    """What is unusual but no fault: fields that this type does not use, values that will be clamped, fingers
    unaccounted for.
    """
    return findings(transaction, edition)[1]


def findings(transaction: Transaction, edition: str = "9.1") -> tuple[tuple[ExchangeError, ...], tuple[str, ...]]:
    """`faults` and `warnings` from one walk through the transaction."""
    seen = _examine(transaction, rules_of(edition))
    return tuple(seen.faults), tuple(seen.warnings)


def kind_of(transaction: Transaction, edition: str = "9.1") -> TransactionKind:
    """What kind of transaction it is. Raises FieldMissing without 1.004, UnknownTransactionType when it is not on
    the list.
    """
    rules = rules_of(edition)
    field = transaction.header.field(4)
    where = Where(1, 0, 4, field.offset if field else transaction.header.offset)
    tot = transaction.tot
    if tot is None:
        raise FieldMissing("the type of transaction (TOT) is absent", where=where, source=f"EBTS {edition}, 1.004")
    kind = rules.kinds.get(tot)
    if kind is None:
        raise UnknownTransactionType(
            f"{tot[:_SHOWN]!r} is no type of transaction",
            where=where,
            allowed=f"one of the {len(rules.kinds)} types of EBTS {edition}",
            source=f"EBTS {edition}, 1.004",
        )
    return kind


def require_booking(transaction: Transaction, edition: str = "9.1") -> None:
    """Raise TransactionNotAuthorized (A0004) unless it is CAR or CNA: no other type comes in as a booking.

    Raises FieldMissing or UnknownTransactionType where `kind_of` does.
    """
    kind = kind_of(transaction, edition)
    if kind.group == BOOKING and not kind.twin_of:
        return
    field = transaction.header.field(4)
    twin = f", the card-scanning twin of {kind.twin_of}" if kind.twin_of else ""
    raise TransactionNotAuthorized(
        f"{kind.tot} is a {kind.group} transaction{twin}; this door takes bookings",
        where=Where(1, 0, 4, field.offset if field else 0),
        allowed="CAR or CNA",
        source=f"EBTS {edition}, 1.004; programme, participation of bookings only",
        next_step="Send it to the system that it is meant for; a booking is sent as CAR or CNA under a new TCN.",
    )


class _Examination:
    """What was found while walking through one transaction. Written by one thread."""

    def __init__(self, transaction: Transaction, edition: Edition, tot: str) -> None:
        self.transaction = transaction
        self.edition = edition
        self.tot = tot
        self.source = f"EBTS {edition.name}"
        self.wide = bool(transaction.header.subfields(15))
        self.faults: list[ExchangeError] = []
        self.warnings: list[str] = []


def _examine(transaction: Transaction, edition: Edition) -> _Examination:
    try:
        kind: TransactionKind | None = kind_of(transaction, edition.name)
    except (FieldMissing, UnknownTransactionType) as error:
        only = _Examination(transaction, edition, "")
        only.faults.append(error)
        return only
    assert kind is not None
    seen = _Examination(transaction, edition, kind.tot)
    _check_version(seen)
    _check_record_counts(seen, kind)
    for index, record in enumerate(transaction.records):
        if record.type == 4:
            found = relations.binary_image_faults(record, index)
            seen.faults += found
        elif record.type in FREE_RECORDS:
            _check_record(seen, record, index)
    for told in relations.examine(transaction, kind):
        if isinstance(told, str):
            seen.warnings.append(told)
        else:
            seen.faults.append(told)
    # The walk is by concern; the sender reads by record. Python's sort is stable, so one record keeps its order.
    seen.faults.sort(key=lambda e: (e.where.record_index or 0, e.where.field or 0))
    return seen


def _check_version(seen: _Examination) -> None:
    version = seen.transaction.version
    if version is None:
        return  # told by the mandatory fields of the Type-1 record
    if version not in VERSIONS:
        field = seen.transaction.header.field(2)
        seen.faults.append(
            FieldInvalid(
                f"version {version[:_SHOWN]!r}",
                where=Where(1, 0, 2, field.offset if field else 0),
                allowed=", ".join(VERSIONS),
                source=f"{seen.source}, 1.002",
            )
        )
    elif version != VERSIONS[0]:
        seen.warnings.append(
            f"1.002 VER is {version}: checked by the rules of {seen.source}, which is written for {VERSIONS[0]}"
        )


def _check_record_counts(seen: _Examination, kind: TransactionKind) -> None:
    if not kind.records:
        return
    where = Where(1, 0, 3, (seen.transaction.header.field(3) or Field("1.003", 3, b"")).offset)
    allowed = {t for types, _, _ in kind.records for t in types}
    for types, fewest, most in kind.records:
        count = sum(1 for r in seen.transaction.records if r.type in types)
        if not fewest <= count <= most:
            name = " or ".join(f"Type-{t}" for t in types)
            seen.faults.append(
                FieldCountWrong(
                    f"{count} {name} records",
                    where=where,
                    allowed=f"{fewest} to {most} in a {kind.tot}",
                    source=seen.source,
                )
            )
    for other in sorted({r.type for r in seen.transaction.records} - allowed):
        seen.faults.append(
            FieldCountWrong(f"a Type-{other} record", where=where, allowed=f"none in a {kind.tot}", source=seen.source)
        )


def _check_record(seen: _Examination, record: Record, index: int) -> None:
    present = {field.number for field in record.fields if len(field.value)}
    for rule in seen.edition.mandatory(record.type, seen.tot):
        if rule.field not in present:
            field = record.field(rule.field)
            seen.faults.append(
                FieldMissing(
                    f"mandatory {rule.mnemonic} is absent or empty",
                    where=Where(record.type, index, rule.field, field.offset if field else record.offset),
                    source=f"{seen.source}, {rule.record_type}.{rule.field:03d} for {seen.tot}",
                )
            )
    for field in record.fields:
        if not len(field.value) or field.number == 999:
            continue
        rule_ = seen.edition.rule(record.type, field.number, seen.tot)
        if rule_ is not None:
            _check_field(seen, record, index, field, rule_)
            continue
        name = seen.edition.mnemonic(record.type, field.number)
        what = f"{name} is not used in a {seen.tot}" if name else f"no field of {seen.source}"
        seen.warnings.append(f"{record.type}.{field.number:03d} ({what}): carried, not read")


def _check_field(seen: _Examination, record: Record, index: int, field: Field, rule: FieldRule) -> None:
    if record.type == 1 and field.number in {2, 3, 4}:
        return  # VER, CNT and TOT have checks of their own
    where = Where(record.type, index, field.number, field.offset)
    subfields = field.subfields
    if len(subfields) < rule.least or (rule.most is not None and len(subfields) > rule.most):
        seen.faults.append(
            FieldCountWrong(
                f"{rule.mnemonic} has {len(subfields)} subfields",
                where=where,
                allowed=f"{rule.least} to {rule.most or 'any number'}",
                source=f"{seen.source}, {where.tag}",
            )
        )
        return
    for subfield in subfields:
        fewest, most = rule.items
        if not fewest <= len(subfield) <= most:
            seen.faults.append(
                FieldCountWrong(
                    f"a subfield of {rule.mnemonic} has {len(subfield)} items",
                    where=where,
                    allowed=str(fewest) if fewest == most else f"{fewest} to {most}",
                    source=f"{seen.source}, {where.tag}",
                )
            )
            return
        for place, item in enumerate(subfield, 1):
            one = rule if rule.items == (1, 1) else seen.edition.item_rule(record.type, field.number, place, seen.tot)
            fault = _item_fault(seen, one, item, where, place if len(subfield) > 1 else 0) if one is not None else None
            if fault is not None:
                seen.faults.append(fault)
                return


def _item_fault(seen: _Examination, rule: FieldRule, text: str, where: Where, place: int) -> ExchangeError | None:
    name = rule.mnemonic + (f" (item {place})" if place else "")
    source = f"{seen.source}, {where.tag}"
    if not text:
        if rule.shortest == 0 or not rule.is_mandatory(seen.tot):
            return None
        return FieldMissing(f"{name} is empty", where=where, source=source)
    shown = _shown(text, where)
    if len(text) < rule.shortest or (rule.longest is not None and len(text) > rule.longest):
        allowed = (
            f"{rule.shortest} to {rule.longest} characters" if rule.longest else f"at least {rule.shortest} characters"
        )
        return FieldInvalid(f"{name} has {len(text)} characters", where=where, allowed=allowed, source=source)
    if not rule.holds(text, wide=seen.wide):
        return FieldInvalid(
            f"{name} {shown} has characters outside its set",
            where=where,
            allowed=f"character set {rule.charset}",
            source=source,
        )
    if not rule.lists(text):
        return FieldInvalid(
            f"{name} {shown} is not on its list", where=where, allowed=", ".join(sorted(rule.values)), source=source
        )
    if rule.pattern and not re.fullmatch(rule.pattern, text, re.DOTALL):
        return FieldInvalid(
            f"{name} {shown} has another form", where=where, allowed=f"the form {rule.pattern}", source=source
        )
    if rule.forbidden and re.fullmatch(rule.forbidden, text, re.DOTALL):
        return FieldInvalid(
            f"{name} {shown} has a forbidden character",
            where=where,
            allowed=f"nothing of the form {rule.forbidden}",
            source=source,
        )
    return None


def _shown(text: str, where: Where) -> str:
    """A value as an error may repeat it: never who somebody is."""
    if where.record_type == 2 and where.field in PERSONAL_FIELDS:
        return f"({len(text)} characters, not shown)"
    return repr(text[:_SHOWN])
