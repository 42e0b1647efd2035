"""One byte encoding of a set of facts, so that a hash means one thing only.

Type-length-value, recursively: one tag byte, a 4-byte big-endian length, the payload.
``n`` None, ``t``/``f`` booleans, ``i`` decimal integer, ``s`` UTF-8 text, ``b`` bytes, ``l`` list, ``m`` map with keys sorted by
their UTF-8 bytes. Floats are refused: a committed number is an integer or a text. Equal content gives equal bytes, and
no two different contents give the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "bool | int | str | bytes | Sequence[Value] | Mapping[str, Value] | None"

MAX_DEPTH = 16
"""Deepest nesting read or written. Source: far above any event schema here; bounds hostile input."""


def encode(value: Value) -> bytes:
    """The canonical bytes of ``value``. Raises TypeError on a float or any other type, ValueError on deep nesting."""
    parts: list[bytes] = []
    _encode(value, parts, 0)
    return b"".join(parts)


def _encode(value: Value, parts: list[bytes], depth: int) -> int:
    """Append the encoding of ``value``; returns its length in bytes. Every event is encoded when it is recorded, so that the
    commonest kinds come first and a container's length is filled in once its items are there.
    """
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply to encode")
    if isinstance(value, str):
        return _tlv(b"s", value.encode("utf-8"), parts)
    if value is None:
        return _tlv(b"n", b"", parts)
    if isinstance(value, bool):
        return _tlv(b"t" if value else b"f", b"", parts)
    if isinstance(value, int):
        return _tlv(b"i", str(value).encode("ascii"), parts)
    if isinstance(value, bytes):
        return _tlv(b"b", value, parts)
    at, length = len(parts), 0
    parts.append(b"")
    if isinstance(value, Mapping):
        tag = b"m"
        for key, name in sorted((key.encode("utf-8"), key) for key in value):
            length += _tlv(b"s", key, parts) + _encode(value[name], parts, depth + 1)
    elif isinstance(value, Sequence):
        tag = b"l"
        for item in value:
            length += _encode(item, parts, depth + 1)
    else:
        raise TypeError(
            f"{type(value).__name__} can't be committed to; allowed: None, bool, int, str, bytes, list, map"
        )
    parts[at] = tag + _LENGTH(length)
    return 5 + length


def decode(data: bytes) -> Value:
    """The inverse of `encode`. Raises ValueError on anything that `encode` would not have written."""
    value, rest = _read(data, 0)
    if rest != len(data):
        raise ValueError(f"{len(data) - rest} bytes left over after the value")
    if encode(value) != data:
        raise ValueError("not the canonical form of its own content")
    return value


def _tlv(tag: bytes, body: bytes, parts: list[bytes]) -> int:
    parts.append(tag + _LENGTH(len(body)) + body)
    return 5 + len(body)


_LENGTH = struct.Struct(">I").pack


def _read(data: bytes, at: int, depth: int = 0) -> tuple[Value, int]:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if at + 5 > len(data):
        raise ValueError("ends inside a header")
    tag = data[at : at + 1]
    (length,) = struct.unpack(">I", data[at + 1 : at + 5])
    start, end = at + 5, at + 5 + length
    if end > len(data):
        raise ValueError("ends inside a value")
    body = data[start:end]
    if tag in b"ntf":
        if body:
            raise ValueError("a constant carries no bytes")
        return {b"n": None, b"t": True, b"f": False}[tag], end
    if tag == b"i":
        return int(body.decode("ascii")), end
    if tag == b"s":
        return body.decode("utf-8"), end
    if tag == b"b":
        return body, end
    items: list[Value] = []
    at = start
    while at < end:
        item, at = _read(data[:end], at, depth + 1)
        items.append(item)
    if tag == b"l":
        return items, end
    if tag == b"m":
        if len(items) % 2:
            raise ValueError("a map needs pairs")
        return {_text(items[i]): items[i + 1] for i in range(0, len(items), 2)}, end
    raise ValueError(f"unknown tag {tag!r}")


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("a map's keys are texts")  # noqa: TRY004 - of what was read, not of what was passed
    return value
