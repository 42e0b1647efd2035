"""The log in its folder: appends, publications, proofs, and what it refuses."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenprint.account.ledger import merkle
from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.log import Log
from tenprint.account.ledger.note import verify_note
from tenprint.errors import CheckpointInvalid, LedgerCorrupt, LedgerForked, ProofInvalid, UsageError

ORIGIN = "example.org/log"


def entries_of(count: int, start: int = 0) -> list[bytes]:
    return [b"\x01" + b"%064d" % i for i in range(start, start + count)]


def new_log(root: Path, key: Any) -> Log:
    return Log.create(root / "log", origin=ORIGIN, signer=key)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.integers(0, 700), max_size=6), reopen=st.booleans())
def test_any_batches_give_the_same_tree(
    batches: list[int], tmp_path_factory: pytest.TempPathFactory, log_key: Any, reopen: bool
) -> None:
    """How entries were batched, and whether the log was reopened in between, never shows in the tree (RFC 6962 2.1)."""
    root = tmp_path_factory.mktemp("batches")
    log = new_log(root, log_key)
    entries: list[bytes] = []
    for size in batches:
        batch = entries_of(size, len(entries))
        assert len(entries) == log.append(batch)
        entries += batch
        if reopen:
            log = Log.open(root / "log", signer=log_key)
    leaves = [merkle.leaf_hash(e) for e in entries]

    assert (len(entries), merkle.root(leaves)) == (log.size, log.root_hash)
    assert entries[-300:] == [log.entry(i) for i in range(max(0, log.size - 300), log.size)]
    assert leaves == [log.leaf_hash(i) for i in range(log.size)]
    report = verify_folder(root / "log", keys={ORIGIN: log_key.public_key})
    assert (log.size, log.root_hash, ()) == (report.size, report.root, report.unfinished)


def test_proofs_hold_across_tiles_and_older_sizes(tmp_path: Path, log_key: Any) -> None:
    """RFC 6962 2.1.1 and 2.1.2 from tiles on disk, for trees around every tile boundary."""
    log = new_log(tmp_path, log_key)
    log.append(entries_of(1030))
    for size in (1, 2, 255, 256, 257, 511, 512, 513, 1024, 1030):
        root = log.root_at(size)
        for index in {0, size // 2, size - 1}:
            merkle.verify_inclusion(
                log.leaf_hash(index), index, size=size, proof=log.inclusion_proof(index, size), root=root
            )
        merkle.verify_consistency(size, 1030, old_root=root, new_root=log.root_hash, proof=log.consistency_proof(size))
    leaves = [log.leaf_hash(i) for i in range(200, 900)]
    merkle.verify_range(leaves, 200, size=1030, proof=log.range_proof(200, 700), root=log.root_hash)
    for wrong in (
        lambda: log.entry(1030),
        lambda: log.inclusion_proof(5, 5),
        lambda: log.root_at(1031),
        lambda: log.range_proof(1000, 31),
    ):
        with pytest.raises(ProofInvalid):
            wrong()


def test_a_head_is_signed_at_every_commit_and_published_at_most_hourly(
    tmp_path: Path, log_key: Any, noon: datetime
) -> None:
    """Design decision 3.4: signed at every commit, published at most hourly, in real time."""
    log = new_log(tmp_path, log_key)
    keys = {ORIGIN: log_key.public_key}
    log.append([b"a"])
    assert verify_note(log.signed_head(), keys).size == 1
    assert log.published() is None
    first = log.publish(noon)
    log.append([b"b"])
    assert verify_note(log.signed_head(), keys).size == 2
    assert log.publish(noon + timedelta(minutes=59)) is None
    assert (1, first) == log.published()
    again = Log.open(tmp_path / "log", signer=log_key)
    assert again.publish(noon + timedelta(minutes=59, seconds=59)) is None
    second = again.publish(noon + timedelta(hours=1))
    assert (2, second) == log.published()
    log.append([b"c"])
    assert (
        log.publish(noon + timedelta(hours=1, minutes=1), force=True) == (tmp_path / "log" / "checkpoint").read_text()
    )
    assert verify_folder(tmp_path / "log", keys=keys).published == 3


def test_the_published_files_alone_are_a_log(tmp_path: Path, log_key: Any, noon: datetime) -> None:
    """C2SP tlog-tiles: a mirror copies checkpoint and tiles, knows no key, and can be verified."""
    log = new_log(tmp_path, log_key)
    log.append(entries_of(600))
    log.publish(noon)
    mirror = tmp_path / "mirror"
    shutil.copytree(tmp_path / "log", mirror, ignore=shutil.ignore_patterns("unpublished"))

    assert verify_folder(mirror, keys={ORIGIN: log_key.public_key}).size == 600
    names = {p.relative_to(mirror).as_posix() for p in mirror.rglob("*") if p.is_file()}
    assert {"checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000", "tile/entries/001",
            "tile/entries/002.p/88"} == names  # fmt: skip
    assert (mirror / "tile/1/000.p/2").stat().st_size == 2 * 32


def test_two_writers_take_turns_and_lose_nothing(tmp_path: Path, log_key: Any) -> None:
    """A second process that committed in between is seen before anything is written."""
    one = new_log(tmp_path, log_key)
    two = Log.open(tmp_path / "log", signer=log_key)
    one.append(entries_of(250))
    for turn in range(250, 270):
        assert turn == (one if turn % 2 else two).append(entries_of(1, turn))
    one.append([])

    assert entries_of(270) == [one.entry(i) for i in range(270)]
    assert one.root_hash == Log.open(tmp_path / "log", signer=None).root_hash


def test_a_log_is_never_begun_over_another(tmp_path: Path, log_key: Any) -> None:
    """A second log in the same folder would contradict what the first signed."""
    new_log(tmp_path, log_key).append([b"a"])
    with pytest.raises(LedgerForked, match="there is a log here already"):
        new_log(tmp_path, log_key)
    with pytest.raises(LedgerCorrupt, match="there is no log here"):
        Log.open(tmp_path / "nothing", signer=log_key)
    assert not (tmp_path / "nothing").exists()


def test_without_its_key_a_log_is_only_read(tmp_path: Path, log_key: Any, noon: datetime) -> None:
    """Only the holder of the key commits or publishes."""
    new_log(tmp_path, log_key).append([b"a"])
    reader = Log.open(tmp_path / "log", signer=None)
    assert reader.entry(0) == b"a"
    for act in (lambda: reader.append([b"b"]), lambda: reader.publish(noon)):
        with pytest.raises(UsageError, match="nothing was written"):
            act()


def test_a_folder_set_back_behind_its_checkpoint_is_refused(tmp_path: Path, log_key: Any, noon: datetime) -> None:
    """A published checkpoint is never contradicted: a restored older folder must not sign another history."""
    log = new_log(tmp_path, log_key)
    log.append(entries_of(10))
    shutil.copytree(tmp_path / "log", tmp_path / "older")
    log.append(entries_of(5, 10))
    log.publish(noon)
    shutil.copy(tmp_path / "log" / "checkpoint", tmp_path / "older" / "checkpoint")
    shutil.copy(tmp_path / "log" / "unpublished" / "publication", tmp_path / "older" / "unpublished" / "publication")
    for signer in (log_key, None):
        with pytest.raises(LedgerForked, match="the folder was set back"):
            Log.open(tmp_path / "older", signer=signer)
    with pytest.raises(LedgerForked):
        verify_folder(tmp_path / "older", keys={ORIGIN: log_key.public_key})


def test_a_rewritten_log_is_refused_even_with_the_right_key(tmp_path: Path, log_key: Any, noon: datetime) -> None:
    """The operator holds the key and is not trusted: the published checkpoint is the witness against it."""
    log = new_log(tmp_path, log_key)
    log.append(entries_of(10))
    log.publish(noon)
    other = Log.create(tmp_path / "other", origin=ORIGIN, signer=log_key)
    other.append([*entries_of(9), b"rewritten"])
    for name in ("checkpoint", "unpublished/publication"):
        shutil.copy(tmp_path / "log" / name, tmp_path / "other" / name)
    with pytest.raises(LedgerForked, match="the log was rewritten"):
        Log.open(tmp_path / "other", signer=log_key)
    with pytest.raises(LedgerForked, match="the log was rewritten"):
        verify_folder(tmp_path / "other", keys={ORIGIN: log_key.public_key})


def test_a_wrong_key_opens_nothing(tmp_path: Path, log_key: Any, statistics_key: Any) -> None:
    """A head that the key did not sign is no head."""
    new_log(tmp_path, log_key)
    with pytest.raises(CheckpointInvalid):
        Log.open(tmp_path / "log", signer=statistics_key)


def test_too_long_an_entry_changes_nothing(tmp_path: Path, log_key: Any) -> None:
    """C2SP tlog-tiles: at most 65,535 bytes; the whole batch is refused."""
    log = new_log(tmp_path, log_key)
    log.append([b"x" * 65_535])
    with pytest.raises(ValueError, match="nothing was appended"):
        log.append([b"a", b"x" * 65_536])
    assert 1 == log.size == Log.open(tmp_path / "log", signer=log_key).size
