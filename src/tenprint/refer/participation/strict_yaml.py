"""Reads signed YAML files without surprises.

YAML 1.1 loaders read a bare ``on`` as true and the country code ``NO`` as false; a repeated key silently wins. Here a
plain scalar is an integer, a date (YYYY-MM-DD), ``true``, ``false`` or ``null`` only in that exact spelling, and a text
otherwise (``0399`` keeps its zero). Repeated keys, anchors, aliases, tags and second documents are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from tenprint.errors import RuleInvalid

Content: TypeAlias = "bool | int | str | date | list[Content] | dict[str, Content] | None"

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser: libyaml where PyYAML was built with it, some ten times as fast; the nodes are the same."""

MAX_FILE_BYTES = 4_000_000
"""Largest file read, bytes. Set by: well above any rule or participation file; bounds hostile input."""

MAX_DEPTH = 32
"""Deepest nesting read. Set by: well above any condition a person can follow; bounds hostile input."""


def read(path: Path) -> Content:
    """The content of one YAML file. Raises RuleInvalid naming the file, the line and what is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as refused:
        raise RuleInvalid(
            f"{path}: can't be read ({refused.strerror}); nothing was loaded. Restore the file."
        ) from refused
    if len(raw) > MAX_FILE_BYTES:
        raise RuleInvalid(f"{path}: {len(raw)} bytes; at most {MAX_FILE_BYTES} are read; nothing was loaded.")
    try:
        return parse(raw.decode("utf-8"), where=str(path))
    except UnicodeDecodeError as refused:
        raise RuleInvalid(
            f"{path}: byte {refused.start} is not UTF-8; nothing was loaded. Save it as UTF-8."
        ) from refused


def parse(text: str, *, where: str) -> Content:
    """The content of one YAML document; ``where`` names it in errors. Raises RuleInvalid."""
    try:
        _refuse_tricks(text, where)
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as refused:
        raise RuleInvalid(f"{where}: not one YAML document: {refused}; nothing was loaded") from refused
    if node is None:
        raise RuleInvalid(f"{where}: the file is empty; nothing was loaded")
    return _content(node, where)


def _refuse_tricks(text: str, where: str) -> None:
    """Anchors, aliases and deep nesting, found event by event before any tree is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RuleInvalid(f"{where}, line {line}: anchors and aliases are refused; write it out in full")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise RuleInvalid(f"{where}, line {line}: nested more than {MAX_DEPTH} deep; nothing was loaded")


def _content(node: yaml.Node, where: str) -> Content:
    line = f"{where}, line {node.start_mark.line + 1}"
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, line)
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_content(item, where) for item in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        table: dict[str, Content] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise RuleInvalid(f"{line}: a key must be a plain text")
            key = key_node.value
            if key in table:
                raise RuleInvalid(f"{where}, line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
            table[key] = _content(value_node, where)
        return table
    raise RuleInvalid(f"{line}: the tag {node.tag} is refused; allowed: texts, integers, dates, lists, tables")


def _scalar(node: yaml.ScalarNode, line: str) -> Content:
    text: str = node.value
    if node.style:
        return text
    if node.tag not in _PLAIN_TAGS:
        raise RuleInvalid(f"{line}: the tag {node.tag} is refused; quote the text instead")
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text)
    if _DAY.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError as refused:
            raise RuleInvalid(f"{line}: {text} is not a day of the calendar") from refused
    return text


_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")
)


class Sheet:
    """One table of a file, read key by key; `finish` refuses every key that nobody asked for.

    Each reader raises RuleInvalid naming the place, what was found and what is allowed.
    """

    __slots__ = ("_content", "_seen", "where")

    def __init__(self, content: Content, where: str) -> None:
        if not isinstance(content, dict):
            raise RuleInvalid(f"{where}: found {_kind(content)}; a table is wanted; nothing was loaded")
        self._content = content
        self._seen: set[str] = set()
        self.where = where

    def has(self, key: str) -> bool:
        """True when the key is written and not null."""
        return self._content.get(key) is not None

    def value(self, key: str) -> Content:
        """The content under ``key``, of any kind; None when absent."""
        self._seen.add(key)
        return self._content.get(key)

    def keys(self) -> tuple[str, ...]:
        """Every key written, in file order."""
        return tuple(self._content)

    def text(self, key: str, *, choices: Iterable[str] = ()) -> str:
        """A non-empty text, from the closed list if one is given."""
        found = self.value(key)
        if not isinstance(found, str) or not found.strip():
            raise self.wrong(key, found, "a non-empty text")
        allowed = tuple(choices)
        if allowed and found not in allowed:
            raise self.wrong(key, found, ", ".join(allowed))
        return " ".join(found.split()) if "\n" in found else found

    def text_or_none(self, key: str, *, choices: Iterable[str] = ()) -> str | None:
        """As `text`, or None when the key is absent or null."""
        if not self.has(key):
            self._seen.add(key)
            return None
        return self.text(key, choices=choices)

    def whole(self, key: str, *, at_least: int = 0) -> int:
        """An integer of at least ``at_least``."""
        found = self.value(key)
        if not isinstance(found, int) or isinstance(found, bool) or found < at_least:
            raise self.wrong(key, found, f"an integer of at least {at_least}")
        return found

    def flag(self, key: str, *, absent: bool) -> bool:
        """``true`` or ``false``; ``absent`` when the key is not written."""
        found = self.value(key)
        if found is None:
            return absent
        if not isinstance(found, bool):
            raise self.wrong(key, found, "true or false")
        return found

    def day(self, key: str) -> date:
        """A day, YYYY-MM-DD."""
        found = self.value(key)
        if not isinstance(found, date):
            raise self.wrong(key, found, "a day, YYYY-MM-DD")
        return found

    def day_or_none(self, key: str) -> date | None:
        """As `day`, or None when the key is absent or null."""
        self._seen.add(key)
        return self.day(key) if self.has(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, without repeats; empty when absent."""
        found = self.value(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise self.wrong(key, found, "a list of texts")
        texts = tuple(item for item in found if isinstance(item, str))
        if len(texts) != len(found) or len(set(texts)) != len(texts):
            raise self.wrong(key, found, "a list of texts, each once (quote what looks like a number)")
        return texts

    def table(self, key: str) -> Sheet:
        """A table under ``key``."""
        return Sheet(self.value(key), f"{self.where}: {key}")

    def tables(self, key: str) -> tuple[Sheet, ...]:
        """A list of tables under ``key``; empty when absent."""
        found = self.value(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise self.wrong(key, found, "a list of tables")
        return tuple(Sheet(item, f"{self.where}: {key}[{at}]") for at, item in enumerate(found))

    def wrong(self, key: str, found: object, allowed: str) -> RuleInvalid:
        """The error for a key that breaks the schema: where, found, allowed."""
        shown = "nothing" if found is None else repr(found)
        return RuleInvalid(f"{self.where}: {key} is {shown}; allowed: {allowed}; nothing was loaded. Correct the file.")

    def finish(self) -> None:
        """Refuse keys that no reader asked for: a misspelt condition must never be a condition less."""
        extra = [key for key in self._content if key not in self._seen]
        if extra:
            raise RuleInvalid(
                f"{self.where}: unknown keys {', '.join(extra)}; "
                f"allowed: {', '.join(sorted(self._seen))}; nothing was loaded"
            )


def sheets(path: Path, *, key: str) -> Sequence[Sheet]:
    """The tables of a file whose one top-level key is ``key``. Raises RuleInvalid."""
    top = Sheet(read(path), str(path))
    tables = top.tables(key)
    top.finish()
    return tables


def _kind(content: Content) -> str:
    return "nothing" if content is None else type(content).__name__
