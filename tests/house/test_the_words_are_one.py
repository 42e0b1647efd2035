"""The glossary is normative: its names are the code's names, and what it bans is said nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
SPOKEN = (".py", ".html", ".yaml", ".md")
LOW_WORDS = re.compile(r"\bhits?\b(?! and run)", re.IGNORECASE)
"""``hit`` is banned as a word of its own; "hit and run" is the name of an offence."""


def rows() -> Iterator[tuple[str, str, str]]:
    """(word, names in code, banned phrases) of every row."""
    for line in GLOSSARY.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and cells[0] != "word":
            yield cells[0], cells[1], cells[3]


@cache
def texts() -> dict[Path, str]:
    """What is said: code, catalogues, templates, rules and documents, without the glossary and the changelog's history."""
    found = [
        p for room in ("src", "docs") for p in sorted((ROOT / room).rglob("*")) if p.suffix in SPOKEN and p != GLOSSARY
    ]
    return {path: path.read_text() for path in [*found, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]}


def test_every_name_of_the_glossary_is_a_name_of_the_code() -> None:
    """A row that says how a thing is called in code is true, or says that it has no name yet."""
    code = "\n".join(text for path, text in texts().items() if "src" in path.parts)
    gone = [
        (word, name)
        for word, names, _ in rows()
        for name in re.findall(r"`([^`]+)`", names)
        if not re.search(rf"(?<![\w-]){re.escape(name)}", code)
    ]
    silent = [word for word, names, _ in rows() if "`" not in names and names != "—"]

    assert len(list(rows())) > 60
    assert [] == gone
    assert [] == silent


def test_no_word_stands_twice() -> None:
    """One word, one thing."""
    words = [word for word, _, _ in rows()]

    assert len(set(words)) == len(words)


def test_what_the_glossary_bans_is_said_nowhere() -> None:
    """Domain 8 and design 8: phrases in bold are wrong in every context; "hit" is one of them as a word of its own."""
    banned = [phrase for _, _, never in rows() for phrase in re.findall(r"\*\*([^*]+)\*\*", never)]
    said = [
        (str(path.relative_to(ROOT)), found.group())
        for path, text in texts().items()
        for found in [
            *LOW_WORDS.finditer(text),
            *(m for phrase in banned for m in re.finditer(rf"\b{phrase}s?\b", text, re.IGNORECASE)),
        ]
    ]

    assert len(banned) >= 8
    assert [] == said
