"""Power fails at every step of every write: what was committed stays, what was not never counted."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.log import Log

ORIGIN = "example.org/log"


class PowerFailure(BaseException):
    """Nothing after this happens: no handler of the product catches it."""


class Fuse:
    """Lets a number of file operations pass, then fails before or after the next one, for good."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.after = False
        monkeypatch.setattr(
            os, "fsync", self._guarded(lambda _handle: None)
        )  # a step to fail at; no disk needs to be waited for
        for owner, name in (
            (pathlib.Path, "replace"),
            (pathlib.Path, "unlink"),
            (pathlib.Path, "rmdir"),
            (pathlib.Path, "mkdir"),
        ):
            monkeypatch.setattr(owner, name, self._guarded(getattr(owner, name)))

    def _guarded(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if self.left is None:
                return real(*args, **kwargs)
            if self.left == 0:
                if self.after:
                    self.left = -1
                    real(*args, **kwargs)
                raise PowerFailure
            if self.left < 0:
                raise PowerFailure
            self.left -= 1
            return real(*args, **kwargs)

        return step


def entries_of(start: int, end: int) -> list[bytes]:
    return [b"\x01" + b"%064d" % i for i in range(start, end)]


@pytest.fixture
def standing(tmp_path: Path, log_key: Any, noon: datetime) -> Path:
    """510 entries, published at 500: the next few fill a tile and start another."""
    log = Log.create(tmp_path / "standing", origin=ORIGIN, signer=log_key)
    log.append(entries_of(0, 500))
    log.publish(noon)
    log.append(entries_of(500, 510))
    return tmp_path / "standing"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("work", ["append", "publish"])
def test_power_may_fail_at_any_step(
    work: str,
    after: bool,
    standing: Path,
    tmp_path: Path,
    log_key: Any,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before or after each flush, rename and removal: reopened, the log is the old or the new one, whole, and goes on."""
    keys = {ORIGIN: log_key.public_key}
    fuse = Fuse(monkeypatch)
    later = noon + timedelta(hours=2)
    step, done = 0, False
    while not done:
        folder = tmp_path / f"{work}-{after}-{step}"
        shutil.copytree(standing, folder)
        log = Log.open(folder, signer=log_key)
        fuse.left, fuse.after = step, after
        try:
            log.append(entries_of(510, 530)) if work == "append" else log.publish(later)
            done = True
        except PowerFailure:
            pass
        fuse.left = None
        verify_folder(folder, keys=keys)
        again = Log.open(folder, signer=log_key)
        report = verify_folder(folder, keys=keys)
        expected = {510, 530} if work == "append" else {510}
        assert again.size in expected
        assert report.unfinished == ()
        assert report.published in ({500} if work == "append" else {500, 510})
        again.append(entries_of(again.size, 530))
        again.append(entries_of(again.size, 540))
        again.publish(later + timedelta(hours=2))
        assert entries_of(500, 540) == [again.entry(i) for i in range(500, 540)]
        assert ((r := verify_folder(folder, keys=keys)).size, r.published, r.unfinished) == (540, 540, ())
        step += 1

    assert step > 8


@pytest.mark.parametrize("cut", [1, 20, 66, 67, 68, 200])
def test_a_torn_append_is_cut_off(cut: int, standing: Path, log_key: Any) -> None:
    """Bytes behind the committed entries never counted: reported as unfinished, removed when the log is opened."""
    tail = standing / "unpublished" / f"{1:012d}"
    right = tail.read_bytes()
    tail.write_bytes(right + bytes(cut))
    assert verify_folder(standing, keys={ORIGIN: log_key.public_key}).unfinished == ("unpublished/000000000001",)
    log = Log.open(standing, signer=log_key)

    assert (510, right) == (log.size, tail.read_bytes())


def test_the_same_process_goes_on_after_a_failed_write(
    standing: Path, log_key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is not a crash: the next append takes the same place, and nothing of the failed one remains."""
    log = Log.open(standing, signer=log_key)
    fuse = Fuse(monkeypatch)
    for step in range(8):
        fuse.left, fuse.after = step, False
        with pytest.raises(PowerFailure):
            log.append([b"failed %d" % i for i in range(300)])
        fuse.left = None
    assert log.append(entries_of(510, 700)) == 510

    assert entries_of(0, 700) == [log.entry(i) for i in range(700)]
    Log.open(standing, signer=log_key)
    assert verify_folder(standing, keys={ORIGIN: log_key.public_key}).unfinished == ()


WRITER = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tenprint.account.ledger.log import Log
class Key:
    name = "log"
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public_key = private.public_key().public_bytes_raw()
    def sign(self, message): return self.private.sign(message)
log = Log.open(Path(sys.argv[1]), signer=Key())
print("ready", flush=True)
while True:
    log.append([b"%d" % i for i in range(log.size, log.size + 37)])
    print(log.size, flush=True)
    log.publish(datetime.now(UTC), force=True)
"""


def test_a_killed_writer_loses_nothing_that_it_reported(tmp_path: Path) -> None:
    """kill -9 at an arbitrary instant, several times over the same folder."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    class Fixed:
        name = "log"
        private = Ed25519PrivateKey.from_private_bytes(bytes(32))
        public_key = private.public_key().public_bytes_raw()

        def sign(self, message: bytes) -> bytes:
            return self.private.sign(message)

    Log.create(tmp_path / "log", origin=ORIGIN, signer=Fixed())
    reported = 0
    for turn in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(0.05 + 0.037 * turn)
            writer.send_signal(signal.SIGKILL)
            said = [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        reported = max([reported, *said])
        log = Log.open(tmp_path / "log", signer=Fixed())
        report = verify_folder(tmp_path / "log", keys={ORIGIN: Fixed.public_key})

        assert log.size >= reported
        assert report.unfinished == ()
        assert [b"%d" % i for i in range(log.size)] == [log.entry(i) for i in range(log.size)]
    assert reported > 0
