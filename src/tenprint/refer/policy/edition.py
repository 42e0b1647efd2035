"""What lies in a programme's folder, and whether it is read: a file that nobody reads looks like law in force and is none.

And whether somebody can have read what its sources name: a day of reading that has not come is a slip of the pen or an invention.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.strict_yaml import Content, read

FILES: Final = frozenset({
    "activation_counts.yaml", "facilities.yaml", "jurisdictions.yaml", "memoranda.yaml", "nff.yaml", "notices.yaml", "programme.yaml",
    "task_spans.yaml", "vocabularies.yaml",
})  # fmt: skip
"""Files at the top of a programme's folder. Source: `Programme.load`, `RuleBook.load` and what `workflow` reads beside them."""

DEEP: Final = frozenset({"rules", "levels", "priorities", "forms", "clocks"})
"""Folders whose YAML files are read at any depth (`rulebook.files`)."""

FLAT: Final = frozenset({"participation", "holidays"})
"""Folders of which only the YAML files right inside are read."""

TABLES: Final = "levels"
"""The one folder with tables of codes (CSV), each named by a level policy beside it."""

PYTHON: Final = ("__init__.py", "__pycache__")
"""What makes a shipped programme a package; no part of its edition."""


def unread(root: Path, *, tables: frozenset[str]) -> Iterator[str]:
    """Every file and folder of an edition that is not read, as one line each. tables: names of the tables that policies name."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if parts[0] in PYTHON or parts[-1] in PYTHON or "__pycache__" in parts:
            continue
        if not _is_read(path, parts, tables):
            kind = "folder" if path.is_dir() else "file"
            yield (
                f"{path}: a {kind} of the edition that is not read. Allowed: {', '.join(sorted(FILES))}, and *.yaml in "
                f"{', '.join(f'{name}/' for name in sorted(DEEP | FLAT))}; a table (*.csv) in {TABLES}/ that a policy names. "
                "Nothing in it is in force. Next: give it a name that is read, or take it out."
            )


def read_ahead(root: Path, *, today: date) -> Iterator[str]:
    """Every source that was read on a day after ``today``, as one line each, in whatever file of the edition it stands.

    today: the caller's; nothing here knows the time. A file that can't be read is left to whoever loads it.
    """
    for path in sorted(root.rglob("*.yaml")):
        try:
            content = read(path)
        except RuleInvalid:
            continue
        for title, day in _readings(content):
            if day > today:
                yield (
                    f"{path}: the source {title!r} was read on {day}; allowed: a day until {today}, which is today. "
                    "Nobody has read it yet. Next: correct read_on, or write null and the evidence mark that goes with it; "
                    "if the day is right, put this machine's clock right."
                )


def _readings(content: Content) -> Iterator[tuple[str, date]]:
    """Title and day of every source below a file's content, in file order."""
    if isinstance(content, dict):
        day = content.get("read_on")
        if isinstance(day, date):
            yield str(content.get("title")), day
        content = list(content.values())
    for part in content if isinstance(content, list) else ():
        yield from _readings(part)


def _is_read(path: Path, parts: tuple[str, ...], tables: frozenset[str]) -> bool:
    if path.is_dir():
        return parts[0] in DEEP or (parts[0] in FLAT and len(parts) == 1)
    if len(parts) == 1:
        return parts[0] in FILES
    if parts[0] in FLAT and len(parts) > 2:
        return False
    if path.suffix == ".csv":
        return parts[0] == TABLES and path.name in tables
    return parts[0] in DEEP | FLAT and path.suffix == ".yaml" and not path.name.startswith(".")
