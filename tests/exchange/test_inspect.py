"""`tenprint inspect`: what stands in a file and what is wrong with it, without showing who somebody is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import tenprint.workflow.inspecting as room
from tenprint.cli.inspection import inspect

app = typer.Typer()
app.command()(inspect)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


@pytest.fixture
def file(tmp_path: Path, card) -> Path:
    path = tmp_path / "card.eft"
    path.write_bytes(card())
    return path


def test_names_records_fields_and_images(file: Path) -> None:
    """Tags with mnemonics, positions, sizes, compression."""
    code, text = run(str(file))

    assert code == 0
    for words in [
        "CAR, version 0400; a booking",
        "1.008   ORI   ZZ0000001",
        "2.073   CRI   ZZ0000101",
        "image in record 3: position 02",
        "NONE",
        "0 faults, 0 warnings",
    ]:
        assert words in text


def test_who_somebody_is_is_hidden_unless_asked_for(file: Path) -> None:
    """Names, birth dates and charges are shown only with --show-person."""
    for arguments in ([], ["--json"]):
        hidden, shown = run(str(file), *arguments)[1], run(str(file), "--show-person", *arguments)[1]
        for secret in ("EXAMPLE", "19800229", "TRESPASS"):
            assert secret not in hidden
            assert secret in shown


def test_faults_have_their_place(file: Path, card, changed) -> None:
    """--json: error, code, field, record and byte as values."""
    file.write_bytes(changed(card(), "2.073", None))
    listing = json.loads(run(str(file), "--json")[1])

    assert listing["readable"]
    assert [(f["error"], f["code"], f["field"], f["record"]) for f in listing["faults"]] == [
        ("FieldMissing", "E0001", "2.073", 2)
    ]


def test_a_file_that_can_not_be_read_ends_with_code_three(file: Path, card) -> None:
    """A truncated file: the place, and an exit code for scripts."""
    file.write_bytes(card()[:-10])
    code, text = run(str(file), "--json")

    assert code == 3
    assert json.loads(text)["faults"][0]["error"] == "FileTruncated"


def test_a_terminal_is_not_steered_by_a_file(file: Path, card, changed) -> None:
    """Control characters of a hostile file are printed as escapes."""
    file.write_bytes(changed(card(), "2.009", "A\x1b[2J\x07"))
    text = run(str(file))[1]

    assert "\x1b" not in text
    assert "\\u001b" in text


def test_any_reference_file_is_listed(reference_files: list[Path]) -> None:
    """It need not be a booking: every record type has its lines."""
    for path in reference_files:
        assert run(str(path))[0] == 0, path.name


def test_a_file_over_the_limit_is_not_opened(file: Path) -> None:
    """--max-bytes: said before anything is read."""
    assert run(str(file), "--max-bytes", "10")[0] == 1


def test_prints_are_not_decoded_unless_asked_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listing a file costs no extraction: no print is looked at without --prints, --html, --out or --stages."""
    monkeypatch.setattr(room, "look", lambda *_, **__: pytest.fail("looked at prints"))
    assert run(str(file))[0] == 0
