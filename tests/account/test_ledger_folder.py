"""Damage is found and named: one byte anywhere, a file gone, a file too many."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.log import Log
from tenprint.errors import AccountError, LedgerCorrupt

ORIGIN = "example.org/log"


@pytest.fixture
def folder(tmp_path: Path, log_key: Any, noon: datetime) -> Path:
    """600 entries, published at 560, with the incomplete tiles of an earlier publication at 30 pruned."""
    log = Log.create(tmp_path / "log", origin=ORIGIN, signer=log_key)
    entries = [b"\x01" + b"%064d" % i for i in range(600)]
    log.append(entries[:30])
    log.publish(noon, force=True)
    log.append(entries[30:560])
    log.publish(noon, force=True)
    log.append(entries[560:])
    return tmp_path / "log"


def files_of(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "lock")


def test_every_file_of_a_sound_log_is_read(folder: Path, log_key: Any) -> None:
    """What is not read can't be vouched for."""
    report = verify_folder(folder, keys={ORIGIN: log_key.public_key})

    assert (600, 560, len(files_of(folder)) + 1, ()) == (report.size, report.published, report.files, report.unfinished)


def test_one_changed_byte_in_any_file_is_found_and_the_file_is_named(folder: Path, log_key: Any) -> None:
    """Design section 6: every file; first, last and spread bytes; the fault names the file."""
    keys = {ORIGIN: log_key.public_key}
    tried = 0
    for path in files_of(folder):
        right = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        step = max(1, len(right) // 12)
        for at in sorted({*range(0, len(right), step), 1, len(right) - 1}):
            path.write_bytes(right[:at] + bytes([right[at] ^ 0x01]) + right[at + 1 :])
            with pytest.raises(AccountError) as caught:
                verify_folder(folder, keys=keys)
            assert name in str(caught.value), (name, at, str(caught.value))
            tried += 1
        path.write_bytes(right)
    verify_folder(folder, keys=keys)

    assert tried > 130


def test_the_place_of_the_fault_is_named(folder: Path, log_key: Any) -> None:
    """An altered entry and an altered hash are told apart, each with its index and byte offset."""
    keys = {ORIGIN: log_key.public_key}
    bundle, tile = folder / "tile/entries/001", folder / "tile/0/001"
    for path, at, said in (
        (bundle, 67 * 44 + 30, f"tile/entries/001: byte {67 * 44}: entry 300 "),
        (tile, 32 * 44 + 3, f"tile/0/001: byte {32 * 44}: hash 300 "),
    ):
        right = path.read_bytes()
        path.write_bytes(right[:at] + bytes([right[at] ^ 0x80]) + right[at + 1 :])
        with pytest.raises(LedgerCorrupt) as caught:
            verify_folder(folder, keys=keys)
        assert str(caught.value).startswith(said)
        path.write_bytes(right)


def test_a_missing_or_cut_file_is_named(folder: Path, log_key: Any) -> None:
    """Nothing that the head or the checkpoint covers may be gone, or short."""
    keys = {ORIGIN: log_key.public_key}
    for path in files_of(folder):
        right = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        path.write_bytes(right[:-1])
        with pytest.raises(AccountError, match=name.rsplit("/", 1)[-1]):
            verify_folder(folder, keys=keys)
        path.unlink()
        if (
            name == "checkpoint"
        ):  # the record tells that it was published, or was about to be: the publication is unfinished
            report = verify_folder(folder, keys=keys)
            assert (report.published, report.unfinished) == (None, ("checkpoint",))
        elif name == "unpublished/head":
            with pytest.raises(AccountError):
                verify_folder(folder, keys=keys)
        else:
            with pytest.raises(LedgerCorrupt, match=name.rsplit("/", 1)[-1]):
                verify_folder(folder, keys=keys)
        path.write_bytes(right)
    shutil.rmtree(folder / "unpublished")
    assert verify_folder_public(folder, keys) == 560


def verify_folder_public(folder: Path, keys: dict[str, bytes]) -> int:
    return verify_folder(folder, keys=keys).size


def test_a_file_that_no_log_has_is_named(folder: Path, log_key: Any) -> None:
    """A folder with strange files is not the log that was published."""
    (folder / "tile" / "0" / "1").write_bytes(b"x")
    with pytest.raises(LedgerCorrupt, match=r"tile/0/1: no file of a log"):
        verify_folder(folder, keys={ORIGIN: log_key.public_key})
