"""Lossless JPEG (ISO/IEC 10918-1, process 14): the JPEGL of older files, which the library decoders at hand refuse.

One grey component, one scan, predictors 1 to 7, no restarts: what print records hold. The bits are looked up all at
once; only the walk from code to code and the two averaging predictors go step by step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import ImageUnreadable
from tenprint.model.prints import Pixels

CHUNK_BYTES = 1 << 17
"""Bytes whose bit positions are looked up at once. Set by: memory, about 30 MB."""

MIDDLE = 128
"""Prediction of the first pixel, half the range of 8 bits. Source: ISO/IEC 10918-1, H.1.2.1."""

MOST_BITS = 16 + 16
"""Longest code and longest difference behind it, bits. Source: ISO/IEC 10918-1, H.1.2.2."""

Steps = NDArray[np.int64]


def decode_lossless(data: bytes, *, width: int, height: int) -> Pixels:
    """The pixels (height, width) uint8 of a lossless JPEG of one 8-bit component whose frame was checked before.

    Raises ImageUnreadable: no table or scan, restarts, a point transform, or too few or too large differences.
    """
    lengths, symbols, predictor, entropy = _segments(data)
    table = _lookup(lengths, symbols)
    differences = _differences(entropy, table, width * height).reshape(height, width)
    pixels = _predicted(differences, predictor)
    if pixels.min() < 0 or pixels.max() > 255:
        raise _damaged("its differences lead outside 0 to 255")
    return pixels.astype(np.uint8)


def _segments(data: bytes) -> tuple[bytes, bytes, int, bytes]:
    """Code lengths, symbols, predictor and the entropy-coded bytes of the one scan."""
    tables: dict[int, tuple[bytes, bytes]] = {}
    at = 2
    while at + 4 <= len(data):
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if data[at] != 0xFF or length < 2 or len(body) != length - 2:
            raise _damaged(f"no whole marker at byte {at}")
        if kind == 0xDD and int.from_bytes(body, "big"):
            raise _damaged("it has restart intervals, which this build does not read")
        if kind == 0xC4:
            tables |= _tables(body, at)
        if kind == 0xDA:
            return _scan(data[at + 2 + length :], body, tables, at)
        at += 2 + length
    raise _damaged("it has no scan")


def _tables(body: bytes, at: int) -> dict[int, tuple[bytes, bytes]]:
    found = {}
    while len(body) >= 17:
        count = sum(body[1:17])
        if len(body) < 17 + count or any(symbol > 16 for symbol in body[17 : 17 + count]):
            raise _damaged(f"the code table at byte {at} is cut or is not one of differences")
        # NIST's own encoder writes class 1 where the standard has 0 for lossless; only the destination is told by it
        found[body[0] & 0xF] = (body[1:17], body[17 : 17 + count])
        body = body[17 + count :]
    return found


def _scan(
    entropy: bytes, body: bytes, tables: dict[int, tuple[bytes, bytes]], at: int
) -> tuple[bytes, bytes, int, bytes]:
    if len(body) != 6 or body[0] != 1 or body[2] >> 4 not in tables:
        raise _damaged(f"the scan at byte {at} is not of one component with a code table")
    predictor, last, transform = body[3], body[4], body[5]
    if not 1 <= predictor <= 7 or last or transform:
        raise _damaged(f"predictor {predictor} with point transform {transform}; allowed: 1 to 7 and none")
    end = entropy.rfind(b"\xff\xd9")
    stuffed = entropy[:end] if end >= 0 else entropy
    return *tables[body[2] >> 4], predictor, stuffed.replace(b"\xff\x00", b"\xff")


def _lookup(lengths: bytes, symbols: bytes) -> NDArray[np.int16]:
    """For each 16 bits that follow: 32 times the length of the code plus its symbol; 0 where no code begins so."""
    table = np.zeros(1 << 16, np.int16)
    code = index = 0
    for length, count in enumerate(lengths, start=1):
        for symbol in symbols[index : index + count]:
            first, beyond = code << (16 - length), (code + 1) << (16 - length)
            if beyond > 1 << 16:
                raise _damaged("its code table has more codes than bits")
            table[first:beyond] = 32 * length + symbol
            code += 1
        index += count
        code <<= 1
    return table


def _differences(entropy: bytes, table: NDArray[np.int16], count: int) -> Steps:
    """The first ``count`` differences of the stream, modulo 65536 as signed numbers. Source: H.1.2.2 and table H.2."""
    padded = np.frombuffer(entropy + b"\xff" * 8, np.uint8)
    found: list[Steps] = []
    taken, position, bits = 0, 0, 8 * len(entropy)
    while taken < count:
        base = position // 8
        part = padded[base : base + CHUNK_BYTES + 8].astype(np.uint64)
        if position >= bits or len(part) < 8:
            raise _damaged(f"it ends after {taken} of {count} pixels")
        words = np.zeros(len(part) - 7, np.uint64)
        for byte in range(6):
            words = (words << np.uint64(8)) | part[byte : byte + len(words)]
        windows = (words[:, None] << np.arange(16, 24, dtype=np.uint64)[None, :]).ravel()
        entry = table[(windows >> np.uint64(48)).astype(np.int64)]
        length, size = (entry >> 5).astype(np.int64), (entry & 31).astype(np.int64)
        extra = np.where(size == 16, 0, size)
        visited = _walk((length + extra).tolist(), position - 8 * base, count - taken)
        if not visited or not length[visited[-1]]:
            raise _damaged(f"no code after {taken + max(0, len(visited) - 1)} of {count} pixels")
        chosen = np.array(visited)
        found.append(_values(windows[chosen], length[chosen], size[chosen]))
        taken += len(visited)
        position = 8 * base + visited[-1] + int(length[visited[-1]] + extra[visited[-1]])
    if position > bits:
        raise _damaged("it ends inside its last pixels")
    return np.concatenate(found)


def _walk(steps: list[int], start: int, most: int) -> list[int]:
    """Positions of at most ``most`` codes that lie wholly in the chunk; the last has no step where the stream is bad."""
    visited: list[int] = []
    at, end = start, len(steps)
    while at < end and len(visited) < most:
        visited.append(at)
        step = steps[at]
        if not step:
            break
        at += step
    return visited


def _values(windows: NDArray[np.uint64], length: Steps, size: Steps) -> Steps:
    """The difference behind each code: ``size`` bits, where a leading 0 means a negative number."""
    shifted = windows << length.astype(np.uint64)
    raw = np.where(size > 0, shifted >> (64 - np.maximum(size, 1)).astype(np.uint64), 0).astype(np.int64)
    value = np.where(raw < (1 << np.maximum(size - 1, 0)), raw - (1 << size) + 1, raw)
    return np.where(size == 16, 32768, np.where(size == 0, 0, value))


def _predicted(differences: Steps, predictor: int) -> Steps:
    """Pixels from differences. The first row is predicted from the left, the first column from above. Source: H.1.2.1."""
    pixels = differences.copy()
    pixels[0, 0] += MIDDLE
    pixels[0] = _signed(np.cumsum(pixels[0]))
    pixels[:, 0] = _signed(np.cumsum(pixels[:, 0]))
    for row in range(1, len(pixels)):
        above, here = pixels[row - 1], pixels[row]
        if predictor in (1, 4, 5):
            slope = {1: 0, 4: above[1:] - above[:-1], 5: (above[1:] - above[:-1]) >> 1}[predictor]
            here[1:] += slope
            here[:] = np.cumsum(here)
        elif predictor in (2, 3):
            here[1:] += above[1:] if predictor == 2 else above[:-1]
        else:
            _averaged(here, above.tolist(), predictor)
        here[:] = _signed(here)
    return pixels


def _averaged(here: Steps, above: list[int], predictor: int) -> None:
    values = here.tolist()
    for column in range(1, len(values)):
        left, up = values[column - 1], above[column]
        mean = up + ((left - above[column - 1]) >> 1) if predictor == 6 else (left + up) >> 1
        values[column] += mean
    here[:] = values


def _signed(values: Steps) -> Steps:
    """Modulo 65536: differences wrap around at 16 bits."""
    return ((values + 32768) & 0xFFFF) - 32768


def _damaged(what: str) -> ImageUnreadable:
    return ImageUnreadable(f"lossless JPEG that can't be decoded: {what}. It was not decoded. Send the image again.")
