"""Decoding in other processes, so that a crash, a bomb or a loop in a codec library can't take the server down (ADR 0018)."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import numpy as np

from tenprint.errors import ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs.decoding_worker import LENGTH, received
from tenprint.identify.codecs.limits import check_size
from tenprint.identify.codecs.records import decode
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

COMMAND = (sys.executable, "-s", "-m", "tenprint.identify.codecs.decoding_worker")
"""How a worker is started."""

WALL_SECONDS = 60.0
"""Longest wait for one image. Set by: three times the processor time that a worker gives it, for a busy machine."""

MOST_IDLE = 2
"""Most workers kept for the next image. Set by: memory, 60 MB each."""

MOST_IMAGES = 1000
"""Images after which a worker is replaced. Set by: leaks of libraries stay small."""

MOST_ANSWER = 1 << 16
"""Longest answer of a worker beside the pixels, bytes. Set by: a refusal is a few sentences."""

REFUSALS = {"ImageTooLarge": ImageTooLarge, "ImageUnreadable": ImageUnreadable}
"""What a worker may refuse with, by name."""


class _Worker:
    """One process, for one image at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            close_fds=True, start_new_session=True,
        )  # fmt: skip
        self.images = 0
        self.late = False

    def ask(
        self, claim: dict[str, str | int | float], data: bytes, *, seconds: float, pixels: int
    ) -> tuple[bytes, bytes]:
        """Answer and pixels, at most that many; both empty where the worker ended. It is killed after ``seconds``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        watch = threading.Timer(seconds, self._stop)
        watch.start()
        try:
            for part in (json.dumps(claim).encode(), data):
                self.process.stdin.write(LENGTH.pack(len(part)) + part)
            self.process.stdin.flush()
            answer = received(self.process.stdout, most=MOST_ANSWER)
            return answer, received(self.process.stdout, most=pixels) if answer else b""
        except OSError:
            return b"", b""
        finally:
            watch.cancel()
            self.images += 1

    def _stop(self) -> None:
        self.late = True
        self.process.kill()

    def end(self) -> int:
        """Kill and reap it. Returns: the number of the signal that ended it, or 0."""
        self.process.kill() if self.process.poll() is None else None
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close() if pipe is not None else None
            except OSError:
                continue
        return max(0, -self.process.wait())


class DecodingPool:
    """Workers that are started when needed, reused, and replaced when they end. Safe to use from several threads."""

    def __init__(self, command: Sequence[str] = COMMAND, *, seconds: float = WALL_SECONDS) -> None:
        self._command, self._seconds = command, seconds
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def decode(self, data: bytes, *, compression: str, width: int, height: int, bits: int, ppi: Ppi) -> GreyImage:
        """As `tenprint.identify.codecs.records.decode`; uncompressed images need no decoder and stay in this process.

        Raises: as there; ImageUnreadable also where the decoder crashed twice, took too long or answered nonsense.
        OSError where no worker can be started: that is not the image's fault.
        """
        if compression == "NONE":
            return decode(data, compression=compression, width=width, height=height, bits=bits, ppi=ppi)
        check_size(width, height)
        claim: dict[str, str | int | float] = {
            "compression": compression[:32], "width": width, "height": height, "bits": bits, "ppi": ppi.value,
        }  # fmt: skip
        signal = 0
        for _ in range(2):  # a worker may have been ended from outside; a second one decides
            worker = self._taken()
            answer, pixels = worker.ask(claim, data, seconds=self._seconds, pixels=width * height)
            if answer:
                self._kept(worker)
                return _understood(answer, pixels, width=width, height=height, ppi=ppi)
            signal = worker.end()
            if worker.late or signal == 24:  # by the watch, or SIGXCPU: a second try would take as long
                break
        raise ImageUnreadable(
            f"{compression} image whose decoder ended abnormally (signal {signal}), after at most {self._seconds:g} s. It was "
            "not decoded; nothing else was affected. Send the image again in another compression."
        )

    def close(self) -> None:
        """End the idle workers; the pool can be used again."""
        with self._lock:
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.end()

    def forget(self) -> None:
        """After a fork, in the child: the workers belong to the parent."""
        self._idle, self._lock = [], threading.Lock()

    def _taken(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    return worker
                worker.end()
        return _Worker(self._command)

    def _kept(self, worker: _Worker) -> None:
        with self._lock:
            if len(self._idle) < MOST_IDLE and worker.images < MOST_IMAGES:
                self._idle.append(worker)
                return
        worker.end()


def _understood(answer: bytes, pixels: bytes, *, width: int, height: int, ppi: Ppi) -> GreyImage:
    """The image, or the refusal. A worker is not trusted: it may have been taken over by what it decoded."""
    try:
        told = json.loads(answer)
        refused, why = (told.get("refused"), str(told.get("why"))) if isinstance(told, dict) else ("", "")
    except ValueError:
        refused, why = "", ""
    if refused is not None:
        raise REFUSALS.get(str(refused), ImageUnreadable)(why[:1000] or "an image that its decoder can't tell about.")
    if len(pixels) != width * height:
        raise ImageUnreadable(f"image whose decoder made {len(pixels)} pixels of {width * height}. It was not used.")
    return GreyImage(np.frombuffer(pixels, np.uint8).reshape(height, width).copy(), ppi)


POOL = DecodingPool()
"""The process's own pool; workers start with the first compressed image."""

atexit.register(POOL.close)
os.register_at_fork(after_in_child=POOL.forget)
