"""The other side of `tenprint.identify.codecs.sandbox`: a process that decodes images under limits and does nothing else.

Frames on stdin and stdout: four bytes of length, JSON; four bytes of length, bytes.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from typing import IO

from tenprint.errors import ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs.records import decode
from tenprint.units import Ppi

MEMORY_BYTES = 1536 << 20
"""Most address space of a worker. Set by: the interpreter and its libraries map 0.4 GB, the largest WSQ takes 0.25 GB."""

CPU_SECONDS = 20
"""Most processor time of one image. Set by: the largest WSQ or JPEG 2000 image allowed takes 4 s."""

LENGTH = struct.Struct(">I")
"""Length of what follows, bytes."""


def limit() -> None:
    """No core dump, no file, bounded memory: for this process and for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def serve() -> None:
    """Decode what comes in until the other side closes."""
    limit()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := received(source):
        data = received(source)
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        answer, pixels = _decoded(json.loads(head), data)
        for part in (json.dumps(answer).encode(), pixels):
            sink.write(LENGTH.pack(len(part)) + part)
        sink.flush()


def received(source: IO[bytes], *, most: int = 1 << 30) -> bytes:
    """One frame; empty at the end of the stream, and where it says that it is longer than ``most`` bytes."""
    head = source.read(LENGTH.size)
    length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
    return source.read(length) if length <= most else b""


def _decoded(claim: dict[str, str | int | float], data: bytes) -> tuple[dict[str, str], bytes]:
    try:
        image = decode(
            data,
            compression=str(claim["compression"]),
            width=int(claim["width"]),
            height=int(claim["height"]),
            bits=int(claim["bits"]),
            ppi=Ppi(float(claim["ppi"])),
        )
    except (ImageTooLarge, ImageUnreadable) as refusal:
        return {"refused": type(refusal).__name__, "why": str(refusal)}, b""
    except MemoryError:
        return {
            "refused": "ImageTooLarge",
            "why": "decoding takes more memory than is allowed for one image. It was not decoded. Send it as WSQ or PNG.",
        }, b""
    return {}, image.pixels.tobytes()


if __name__ == "__main__":
    serve()
