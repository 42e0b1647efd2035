"""Every text of the pages, by key, from a catalogue: strict when it is read, strict when it is used."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

CATALOGUES: Final = Path(__file__).parent / "catalogues"
"""Folder of the catalogues, one file a language: ``en.yaml``."""

KEY: Final = re.compile(r"[a-z][a-z_]*(\.[A-Za-z0-9_\-/ ().]+)+")
"""How a key is written: a group, then a name; names of groups of words are the codes of the programme."""


class _Strict(yaml.BaseLoader):
    """Every scalar a text (so that ``no`` stays a word), every key once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A map whose keys stand once. Raises ValueError naming line and key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ValueError(f"line {key.start_mark.line + 1}: the key {key.value!r} stands twice")
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep))


class Catalogue:
    """One language. ``text`` for whole texts, ``word`` for a code of a closed list, ``count`` for one or many."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts: Final = dict(texts)
        """Key -> text, with ``{name}`` for what is put in."""

    @classmethod
    def load(cls, language: str) -> Catalogue:
        """The catalogue of a language. Raises ValueError, naming the file, for anything but texts under proper keys."""
        path = CATALOGUES / f"{language}.yaml"
        texts: dict[str, str] = {}
        try:
            tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 - a BaseLoader: texts only
            _flatten(tree, "", texts)
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}; no page was made") from None
        return cls(language, texts)

    def text(self, key: str, **values: object) -> str:
        """The text of a key with its values put in. Raises KeyError for an unknown key or a value that is missing."""
        return self.texts[key].format_map(values) if values else self.texts[key]

    def word(self, group: str, code: object) -> str:
        """What a code is called; the code itself where the list is not closed and it has no name."""
        return self.texts.get(f"{group}.{code}", str(code))

    def has(self, group: str, code: object) -> bool:
        """Whether a code has a name of its own."""
        return f"{group}.{code}" in self.texts

    def count(self, key: str, number: int, **values: object) -> str:
        """``<key>.one`` or ``<key>.many``, with ``n`` put in."""
        return self.text(f"{key}.one" if number == 1 else f"{key}.many", n=f"{number:,}", **values)


def placeholders(text: str) -> frozenset[str]:
    """The names that a text wants."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _flatten(tree: object, prefix: str, into: dict[str, str]) -> None:
    if isinstance(tree, str):
        if not KEY.fullmatch(prefix) or not tree.strip() or "" in placeholders(tree):
            raise ValueError(f"{prefix or 'the file'}: not a text under a proper key")
        into[prefix] = tree.strip()
    elif isinstance(tree, dict) and tree:
        for key, value in tree.items():
            _flatten(value, f"{prefix}.{key}" if prefix else str(key), into)
    else:
        raise ValueError(f"{prefix or 'the file'}: neither a text nor a map")
