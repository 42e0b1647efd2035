"""The words of a programme's own that its rules, policies and cases may use: classes of offences, and registries of persons.

A class is a word of an instrument and means what that instrument says; the same word under two instruments stands under both.
A word that is not listed would never match anything, so it is refused (`spelling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tenprint.refer.participation.sources import Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read

FILE: Final = "vocabularies.yaml"
"""The file of a programme's folder that lists the words."""

KINDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "offence_classes": ("arrest.classes", "charge.classes", "conviction.classes", "admission.classes"),
    "registries": ("person.registries",),
})  # fmt: skip
"""Vocabulary -> the facts of the glossary that hold its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word of one instrument. says: its meaning in our own words."""

    name: str
    says: str
    source: Source
    evidence: str


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """The words by vocabulary (`KINDS`); a vocabulary that is not written has none."""

    terms: Mapping[str, tuple[Term, ...]]

    @classmethod
    def load(cls, path: Path) -> Vocabularies:
        """From a file with a list of ``{source, evidence, words: {word: meaning}}`` for each vocabulary; without it, no word.

        Raises RuleInvalid.
        """
        if not path.is_file():
            return cls({})
        top = Sheet(read(path), str(path))
        terms = {kind: tuple(term for group in top.tables(kind) for term in _group(group)) for kind in KINDS}
        top.finish()
        return cls(terms)

    def words(self, fact: str) -> frozenset[str] | None:
        """The words that a fact may hold; None for a fact that no vocabulary of the programme's own is for."""
        for kind, facts in KINDS.items():
            if fact in facts:
                return frozenset(term.name for term in self.terms.get(kind, ()))
        return None


def _group(sheet: Sheet) -> Sequence[Term]:
    source = Source.read(sheet.table("source"))
    mark = evidence_of(sheet, source)
    words = sheet.table("words")
    found = [Term(name=name, says=words.text(name), source=source, evidence=mark) for name in words.keys()]  # noqa: SIM118 - a Sheet is no mapping
    sheet.finish()
    if not found:
        raise sheet.wrong("words", None, "at least one word")
    return found
