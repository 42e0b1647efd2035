"""An append-only file of checksummed frames that tells a torn write from damage.

File: a 24-byte header (magic, epoch, version, CRC-32), then frames: a 16-byte header (magic, length, CRC-32 of the
body, CRC-32 of the header), then the body. All integers are big-endian. A killed writer leaves a strict *prefix* of a
frame, and only at the
end: that tail was never acknowledged and is dropped by the next writer. Anything else that does not check (a whole
frame whose body fails, a header that fails) is damage and is never dropped. The epoch counts compactions: a reader
that sees another epoch reads from the start.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tenprint.errors import GalleryCorrupt, GalleryError
from tenprint.identify.gallery import durable

FILE_HEADER: Final = struct.Struct(">8sQII")
"""Magic, epoch, version, CRC-32 of the 20 bytes before."""

FRAME_HEADER: Final = struct.Struct(">4sIII")
"""Magic, body length, CRC-32 of the body, CRC-32 of the 12 bytes before."""

FRAME_MAGIC: Final = b"TPF1"
"""First four bytes of every frame."""

VERSION: Final = 1
"""Version of this layout."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame. start, end: byte offsets in the file; body: what was appended."""

    start: int
    end: int
    body: bytes


def framed(body: bytes) -> bytes:
    """``body`` with its frame header in front."""
    head = struct.pack(">4sII", FRAME_MAGIC, len(body), zlib.crc32(body))
    return head + struct.pack(">I", zlib.crc32(head)) + body


class FramedLog:
    """One such file. Holds no state but its path: every call opens the file anew, so a replaced file is seen at once.

    magic: 8 bytes that tell one kind of log from another. The caller holds the folder's lock (`durable.locked`).
    """

    def __init__(self, path: Path, magic: bytes) -> None:
        self.path = path
        self.magic = magic

    def create(self, *, epoch: int = 0, bodies: Iterable[bytes] = ()) -> None:
        """Write a new file with these frames, durably, in the place of any old one. Raises GalleryError."""
        head = struct.pack(">8sQI", self.magic, epoch, VERSION)
        try:
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(head + struct.pack(">I", zlib.crc32(head)))
                for body in bodies:
                    file.write(framed(body))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise GalleryError(
                f"{self.path.name} can't be written ({error.strerror}). Nothing was acknowledged."
            ) from error

    @property
    def epoch(self) -> int:
        """How often the file was compacted. Raises GalleryCorrupt."""
        with self._open() as file:
            return self._epoch_of(file)

    def frames(self, start: int = FILE_HEADER.size) -> Iterator[Frame]:
        """Every whole frame from offset ``start`` on; a torn tail ends it silently.

        Raises GalleryCorrupt naming file and byte.
        """
        with self._open() as file:
            self._epoch_of(file)
            size = os.fstat(file.fileno()).st_size
            if start > size:
                raise GalleryCorrupt(
                    f"{self.path.name} is {size} bytes long; {start} were read before. Acknowledged records are "
                    "missing. Nothing was "
                    "searched or written. Restore the folder from its cold copy."
                )
            file.seek(start)
            while start < size:
                body = self._body(file, start, size - start)
                if body is None:
                    return
                end = start + FRAME_HEADER.size + len(body)
                yield Frame(start, end, body)
                start = end

    def append(self, body: bytes, *, end: int) -> int:
        """Add one frame after offset ``end``, the end of the last whole frame; a torn tail behind it goes.

        Returns the new end.

        When it returns, the frame is durable. Raises GalleryError if the disk refuses; the file is then as before.
        """
        frame = framed(body)
        fd = os.open(self.path, os.O_WRONLY)
        try:
            try:
                if os.fstat(fd).st_size > end:
                    os.ftruncate(fd, end)
                durable.write_at(fd, frame, end)
                os.fsync(fd)
            except OSError as error:
                with suppress(OSError):  # what stays behind is a torn tail: the next writer drops it
                    os.ftruncate(fd, end)
                raise GalleryError(
                    f"{self.path.name} can't be written ({error.strerror}). Nothing was acknowledged."
                ) from error
        finally:
            os.close(fd)
        return end + len(frame)

    def drop_tail(self, *, end: int) -> None:
        """Cut off what a killed writer left behind ``end``, the end of the last whole frame. Raises GalleryError."""
        try:
            if self.path.stat().st_size > end:
                with self.path.open("r+b") as file:
                    file.truncate(end)
                    os.fsync(file.fileno())
        except OSError as error:
            raise GalleryError(f"{self.path.name} can't be cut ({error.strerror}). Nothing was written.") from error

    def _open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise GalleryCorrupt(
                f"{self.path.name} can't be opened ({error.strerror}). Nothing was searched or written."
            ) from error

    def _epoch_of(self, file: BinaryIO) -> int:
        head = file.read(FILE_HEADER.size)
        if len(head) == FILE_HEADER.size:
            magic, epoch, version, checksum = FILE_HEADER.unpack(head)
            if magic == self.magic and version == VERSION and checksum == zlib.crc32(head[:20]):
                return int(epoch)
        raise self._damage(0, "the file header does not check")

    def _body(self, file: BinaryIO, start: int, remaining: int) -> bytes | None:
        head = file.read(min(FRAME_HEADER.size, remaining))
        if len(head) < FRAME_HEADER.size:
            if head[:4] == FRAME_MAGIC[: len(head)] or not any(head):
                return None
            raise self._damage(start, "the last bytes are not the beginning of a frame")
        magic, length, body_sum, head_sum = FRAME_HEADER.unpack(head)
        if magic != FRAME_MAGIC or head_sum != zlib.crc32(head[:12]):
            if not any(head) and self._only_zeros(file):  # length grown, blocks never written: power loss, not damage
                return None
            raise self._damage(start, "a frame header does not check")
        if length > remaining - FRAME_HEADER.size:
            return None
        body = file.read(length)
        if zlib.crc32(body) != body_sum:
            raise self._damage(start, "a frame's checksum does not hold")
        return body

    def _only_zeros(self, file: BinaryIO) -> bool:
        while block := file.read(1 << 20):
            if any(block):
                return False
        return True

    def _damage(self, at: int, what: str) -> GalleryCorrupt:
        return GalleryCorrupt(
            f"{self.path.name}, byte {at}: {what}. Nothing was searched or written. Restore the folder from its cold "
            "copy."
        )
