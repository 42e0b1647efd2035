"""What every statement of the programme carries: where it stands, how well it was verified, and from when to when it
holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.strict_yaml import Sheet

EVIDENCE: Final = (
    "text_not_found", "recalled_not_verified", "secondary", "primary_transcription", "primary", "confirmed",
)  # fmt: skip
"""The evidence marks, weakest first: the instrument exists and its text was looked for and not found; recalled; a
secondary source read; a third party's transcription of a primary; the primary read; two independent sources agree.
They travel into every screen and table that uses the statement."""

FEWEST_TITLE_LETTERS: Final = 4
"""Fewest letters of a source's title. Set by: a title must name something that can be looked for; "-", "?" and "tbd" do not."""

_HTTPS: Final = re.compile(r"https://[^\s/]+\.[^\s/]+(/\S*)?\Z")
"""An address with a host, and no space. Source of https alone: what is read must not be changed on its way to the reader."""

TEXT_NOT_FOUND: Final = EVIDENCE[0]
"""The weakest mark."""

NOT_READ: Final = EVIDENCE[:2]
"""The marks of what nobody read. On ``text_not_found`` nothing is decided: such a rule can only ask a person."""


def weakest(marks: Iterable[str]) -> str:
    """The weakest of some evidence marks: a conclusion is no better than its weakest leg. Of none:
    recalled_not_verified.
    """
    return min(marks, key=EVIDENCE.index, default="recalled_not_verified")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement can be read. title: at least `FEWEST_TITLE_LETTERS` letters. href: an https address, or None if there is
    none; read_on: the day somebody read it, or None if nobody has (then the evidence mark can be no better than
    recalled_not_verified).
    """

    title: str
    href: str | None
    read_on: date | None

    @classmethod
    def read(cls, sheet: Sheet) -> Source:
        """From ``{title, href, read_on}``. Raises RuleInvalid."""
        source = cls(sheet.text("title"), sheet.text_or_none("href"), sheet.day_or_none("read_on"))
        sheet.finish()
        if sum(letter.isalpha() for letter in source.title) < FEWEST_TITLE_LETTERS:
            raise sheet.wrong(
                "title", source.title, f"the name of what was read, at least {FEWEST_TITLE_LETTERS} letters"
            )
        if source.href is not None and not _HTTPS.match(source.href):
            raise sheet.wrong("href", source.href, "an address that begins with https://, or null")
        return source

    def __str__(self) -> str:
        return self.title if self.href is None else f"{self.title} <{self.href}>"


@dataclass(frozen=True, slots=True)
class InForce:
    """A stretch of days. since: the first day; until: the first day *not* in force, or None while it goes on."""

    since: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise RuleInvalid(
                f"in force from {self.since} until {self.until}: no day at all; until is the first day not in force"
            )

    def __contains__(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    def __str__(self) -> str:
        return f"from {self.since}" + ("" if self.until is None else f" until {self.until} (that day no longer)")

    @classmethod
    def read(cls, sheet: Sheet) -> InForce:
        """From ``{from, until}``; ``until`` must be written, as null while it goes on. Raises RuleInvalid."""
        if "until" not in sheet.keys():  # noqa: SIM118 - Sheet is no mapping; forgetting the end must not mean "for ever"
            raise sheet.wrong("until", None, "the first day not in force, or null")
        try:
            span = cls(sheet.day("from"), sheet.day_or_none("until"))
        except RuleInvalid as refused:
            raise RuleInvalid(f"{sheet.where}: {refused}") from refused
        sheet.finish()
        return span


def evidence_of(sheet: Sheet, source: Source) -> str:
    """The evidence mark of a statement; a source that nobody read can't be better than recalled. Raises RuleInvalid."""
    mark = sheet.text("evidence", choices=EVIDENCE)
    if source.read_on is None and mark not in NOT_READ:
        raise sheet.wrong("evidence", mark, f"{' or '.join(NOT_READ)}, as long as source.read_on is null")
    return mark
