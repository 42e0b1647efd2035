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


def encode(value: Value, *, _depth: int = 0) -> bytes:
    """The canonical bytes of ``value``. Raises TypeError on a float or any other type, ValueError on deep nesting."""
    if _depth > MAX_DEPTH:
        raise ValueError("nested too deeply to encode")
    if value is None:
        return _tlv(b"n", b"")
    if value is True:
        return _tlv(b"t", b"")
    if value is False:
        return _tlv(b"f", b"")
    if isinstance(value, int):
        return _tlv(b"i", str(value).encode("ascii"))
    if isinstance(value, str):
        return _tlv(b"s", value.encode("utf-8"))
    if isinstance(value, bytes):
        return _tlv(b"b", value)
    if isinstance(value, Mapping):
        body = b""
        for key in sorted(value, key=lambda k: k.encode("utf-8")):
            body += _tlv(b"s", key.encode("utf-8")) + encode(value[key], _depth=_depth + 1)
        return _tlv(b"m", body)
    if isinstance(value, Sequence):
        return _tlv(b"l", b"".join(encode(item, _depth=_depth + 1) for item in value))
    raise TypeError(f"{type(value).__name__} can't be committed to; allowed: None, bool, int, str, bytes, list, map")


def decode(data: bytes) -> Value:
    """The inverse of `encode`. Raises ValueError on anything that `encode` would not have written."""
    value, rest = _read(data, 0)
    if rest != len(data):
        raise ValueError(f"{len(data) - rest} bytes left over after the value")
    if encode(value) != data:
        raise ValueError("not the canonical form of its own content")
    return value


def _tlv(tag: bytes, body: bytes) -> bytes:
    return tag + struct.pack(">I", len(body)) + body


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
