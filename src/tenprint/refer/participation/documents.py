"""The documents of participation: four separate records, and statements that decide nothing.

``consent`` is the state's act, ``activation`` says whether a place is switched on, ``override`` is the federal act that
does without consent, ``second_response`` whether the answer is copied back. One never overwrites another: an agency's
rescission of an agreement ends that agency's obligations and is kept as a ``statement``; the state's consent stands
until the state ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.participation.sources import EVIDENCE, InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, sheets

CONSENT: Final = "consent"
ACTIVATION: Final = "activation"
OVERRIDE: Final = "override"
SECOND_RESPONSE: Final = "second_response"
STATEMENT: Final = "statement"

STATUSES: Final[Mapping[str, tuple[str, ...]]] = {
    CONSENT: ("NONE", "NEGOTIATING", "SIGNED", "REFUSED", "SUSPENDED", "TERMINATION_NOTICE", "TERMINATED"),
    ACTIVATION: ("NOT_SCHEDULED", "SCHEDULED", "ACTIVE", "DEACTIVATED", "UNKNOWN"),
    OVERRIDE: ("DECLARED", "WITHDRAWN"),
    SECOND_RESPONSE: ("RECEIVES", "DECLINES"),
    STATEMENT: ("CLAIMED", "REQUESTED", "LOCAL_VOTE", "REQUEST_REMOVED_FROM_PLAN", "RESCINDED_BY_AGENCY"),
}
"""The closed list of statuses of each record. Source: the memoranda's life (signature, suspension, 30 days' notice) and
the activation table; UNKNOWN says that no source was found, so that a gap is not read as "not active". A local vote and
a request to be taken from the deployment plan are statements: they were made, and switched nothing."""

TERMINATION_NOTICE_DAYS = 30
"""Days from receipt of a notice until the memorandum ends. Source: termination clause of the ICE memoranda of
agreement, as quoted in OIG-12-66: termination takes effect 30 days after receipt."""

SCOPE_KEYS: Final = ("ori", "county", "state", "nation")
"""Kinds of scope, narrowest first. ``county`` is written with its state: "Cook, IL"."""


def first_day_ended(received: date) -> date:
    """The first day on which a memorandum no longer holds, given the day its notice was received (4 May 2011 -> 3 June
    2011).
    """
    return received + timedelta(days=TERMINATION_NOTICE_DAYS)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a document applies. kind: ori (prefix), county ("Cook, IL"), state ("IL") or nation ("US")."""

    kind: str
    name: str

    @property
    def narrowness(self) -> int:
        """0 for an ORI prefix, 1 county, 2 state, 3 nation; among ORI prefixes the longer is the narrower (see
        `rank`).
        """
        return SCOPE_KEYS.index(self.kind)

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts narrowest first."""
        return self.narrowness, -len(self.name) if self.kind == "ori" else 0

    def covers(self, place: Jurisdiction, ori: str) -> bool:
        """True when the document speaks of this place."""
        if self.kind == "ori":
            return ori.startswith(self.name)
        if self.kind == "county":
            return self.name == f"{place.county}, {place.state}"
        return self.kind == "nation" or self.name == place.state

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Reach:
        """The inverse of ``str``: ``state:IL``. Raises RuleInvalid."""
        kind, _, name = text.partition(":")
        if kind not in SCOPE_KEYS or not name:
            raise RuleInvalid(f"scope {text!r}; allowed: one of {', '.join(SCOPE_KEYS)}, a colon and a name")
        return cls(kind, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One dated, sourced document. It claims; the gate decides.

    record, status: see `STATUSES`. in_force: since is the day of effect; of a TERMINATION_NOTICE the day of *receipt*.
    document: what it is, in words. claimed_by, authority_claimed: who said so, and on what legal basis (texts, shown as
    they are). basis: of an ACTIVATION only, ``pilot`` when it rested on a pilot and not on the programme. evidence: see
    `sources.EVIDENCE`.
    """

    id: str
    record: str
    scope: Reach
    status: str
    in_force: InForce
    document: str
    claimed_by: str
    authority_claimed: str
    source: Source
    evidence: str
    basis: str | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES.get(self.record, ()):
            allowed = ", ".join(STATUSES.get(self.record, STATUSES))
            raise RuleInvalid(
                f"document {self.id}: {self.record} {self.status}; allowed: {allowed}; nothing was recorded"
            )
        # A mark that no table knows, once recorded, would leave every gate it reaches without an answer.
        if self.evidence not in EVIDENCE:
            raise RuleInvalid(
                f"document {self.id}: evidence {self.evidence!r}; allowed: {', '.join(EVIDENCE)}; nothing was recorded"
            )
        for name, text in (
            ("document", self.document), ("claimed_by", self.claimed_by), ("source", self.source.title)
        ):  # fmt: skip
            if not text.strip():
                raise RuleInvalid(f"document {self.id}: {name} is empty; allowed: a text; nothing was recorded")
        if self.basis not in (None, "pilot") or (self.basis and (self.record, self.status) != (ACTIVATION, "ACTIVE")):
            raise RuleInvalid(f"document {self.id}: basis {self.basis!r}; allowed: pilot, on an ACTIVE activation only")
        if self.record == CONSENT and self.scope.kind != "state":
            raise RuleInvalid(f"document {self.id}: consent is a state's act; its scope is {self.scope}")
        if self.record in (OVERRIDE, CONSENT, STATEMENT) and not self.authority_claimed:
            raise RuleInvalid(
                f"document {self.id}: {self.record} without the authority claimed; "
                "write what was claimed, or 'none stated'"
            )


def load_documents(folder: Path) -> tuple[Document, ...]:
    """Every document of a folder of YAML files, by file name and then in file order. Raises RuleInvalid; ids stand
    once.
    """
    found: dict[str, Document] = {}
    for path in sorted(folder.glob("*.yaml")):
        for sheet in sheets(path, key="documents"):
            document = _read(sheet)
            if document.id in found:
                raise RuleInvalid(f"{sheet.where}: the document {document.id} stands twice; nothing was loaded")
            found[document.id] = document
    return tuple(found.values())


def _read(sheet: Sheet) -> Document:
    record = sheet.text("record", choices=STATUSES)
    source = Source.read(sheet.table("source"))
    document = Document(
        id=sheet.text("id"),
        record=record,
        scope=_reach(sheet.table("scope")),
        status=sheet.text("status", choices=STATUSES[record]),
        in_force=InForce.read(sheet.table("in_force")),
        document=sheet.text("document"),
        claimed_by=sheet.text("claimed_by"),
        authority_claimed=sheet.text_or_none("authority_claimed") or "",
        source=source,
        evidence=evidence_of(sheet, source),
        basis=sheet.text_or_none("basis"),
    )
    sheet.finish()
    return document


def _reach(sheet: Sheet) -> Reach:
    keys = sheet.keys()
    if len(keys) != 1 or keys[0] not in SCOPE_KEYS:
        raise RuleInvalid(
            f"{sheet.where}: scope is {', '.join(keys) or 'empty'}; allowed: exactly one of {', '.join(SCOPE_KEYS)}"
        )
    return Reach(keys[0], sheet.text(keys[0]))
