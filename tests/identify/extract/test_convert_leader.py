"""The conversion copies the network's numbers, whole or not at all."""

import hashlib
import importlib.util
import sys
from pathlib import Path

import pytest

from tenprint.identify.extract import weights

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def convert(monkeypatch):
    spec = importlib.util.spec_from_file_location("convert_leader", ROOT / "tools" / "convert_leader.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "convert_leader", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def network():
    path = weights.models_folder() / weights.LEADER_FILE
    if not path.is_file():
        pytest.skip("LEADER.onnx is not installed")
    return path.read_bytes()


def test_the_result_is_the_pinned_one_on_every_machine(convert, network):
    """Nothing is computed, so one hash holds everywhere; the ONNX file's own hash stands in it."""
    assert convert.ONNX_SHA256 == weights.LEADER_SHA256
    result = convert.converted(network)
    assert hashlib.sha256(result).hexdigest() == weights.ENGINE_SHA256
    assert bytes.fromhex(weights.LEADER_SHA256) in result[:64]


def test_a_second_run_changes_nothing(convert, network, tmp_path, capsys):
    """Idempotent, and a damaged result is replaced."""
    (tmp_path / "LEADER.onnx").write_bytes(network)
    target = tmp_path / "LEADER.weights"
    target.write_bytes(b"half")
    assert convert.main(["--models", str(tmp_path)]) == 0
    before = target.stat()
    assert convert.main(["--models", str(tmp_path)]) == 0
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "already there" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["LEADER.onnx", "LEADER.weights"]


def test_another_network_is_refused(convert, tmp_path, capsys):
    """The hash is checked before the file is read as ONNX; nothing is written."""
    (tmp_path / "LEADER.onnx").write_bytes(b"another")
    assert convert.main(["--models", str(tmp_path)]) == 1
    assert "SHA-256" in capsys.readouterr().err
    assert not (tmp_path / "LEADER.weights").exists()


def test_without_the_network_the_command_that_fetches_it_is_named(convert, tmp_path, capsys):
    """What to do next stands in the text."""
    assert convert.main(["--models", str(tmp_path)]) == 1
    assert "fetch_models" in capsys.readouterr().err
