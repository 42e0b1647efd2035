"""Reading named fields out of canonical maps, each with its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from tenprint.model import canonical

T = TypeVar("T")


def read_map(content: bytes) -> Mapping[str, canonical.Value]:
    """The map that ``content`` encodes. Raises ValueError when it is anything else."""
    value = canonical.decode(content)
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a map, found {type(value).__name__}")  # noqa: TRY004  (damaged bytes, not a caller's fault)
    return value


def field(among: Mapping[str, canonical.Value], name: str, kind: type[T]) -> T:
    """The value under ``name``. Raises ValueError when it is absent or of another type."""
    value = among.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name} is {type(value).__name__}; expected {kind.__name__}")
    return value
