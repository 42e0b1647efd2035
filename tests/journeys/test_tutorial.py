"""The tutorial is run as a newcomer would type it, in a folder of its own: it can't drift from what the commands do."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tenprint.cli.main import app
from tenprint.errors import ModelMissing
from tenprint.identify.extract.choice import extractor

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-booking.md"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def typed(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Blocks as one shell session that stops at the first command that fails. ``.venv`` there is the one that runs the test."""
    (folder / ".venv").symlink_to(sys.prefix)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TENPRINT_")} | {"COLUMNS": "200"}
    return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=clean, capture_output=True, text=True, check=False)  # fmt: skip


def section(number: int) -> str:
    """The shell blocks of one numbered section."""
    part = TUTORIAL.read_text().split(f"\n## {number}. ")[1].split("\n## ")[0]
    return "\n".join(BLOCK.findall(part))


def test_the_rule_of_the_tutorial_is_sound_and_answers(tmp_path: Path) -> None:
    """Section 4 alone: sound as written; permitted, then a person; an expectation that is wrong is told."""
    run = typed('export PATH="$PWD/.venv/bin:$PATH"\n' + section(4), tmp_path)

    assert 0 == run.returncode, run.stderr
    assert "the check says what the rule answers" in run.stdout
    assert re.search(r"expected refused by may-hold/us-ca-example/1,\s+found needs_person", run.stdout)
    assert "may_hold: permitted" in run.stdout
    assert "may_hold: needs_person" in run.stdout
    assert "no place of jurisdictions.yaml" not in run.stdout


@pytest.mark.slow
def test_the_whole_tutorial_runs_as_it_stands(tmp_path: Path, extent: Any) -> None:
    """First booking, candidate, two examiners, rule, close, verification and a change that is found."""
    if not extent.whole:
        pytest.skip("two and a half minutes of two cores; `make soak` runs it")
    try:
        extractor("leader")
    except ModelMissing as missing:
        pytest.skip(f"the extractor's weights are not installed: {missing}")
    run = typed("\n".join(BLOCK.findall(TUTORIAL.read_text())), tmp_path)

    assert 0 == run.returncode, run.stdout[-2000:] + run.stderr[-2000:]
    assert "refused, as it should be" in run.stdout
    assert "SRE" in run.stdout
    assert "The release holds" in run.stdout
    assert "the change was found" in run.stdout
    assert not (ROOT / "first").exists()


def commands() -> Iterator[tuple[str, str]]:
    """(document, command line) of every call of ``tenprint`` in the shell blocks of the documents and the README."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in BLOCK.findall(path.read_text().replace("\n   ", "\n")):
            for line in block.replace("\\\n", " ").splitlines():
                for call in re.findall(r"(?:^|[\s;&|(])(?:\.venv/bin/)?tenprint ((?:[^#|;&)]|(?<=[^\s])[#])*)", line):
                    yield path.name, call.strip()


def fault_of(words: list[str]) -> str | None:
    """What is wrong with a call: an unknown command, or an option that the command does not take."""
    node: Any = typer.main.get_command(app)
    while hasattr(node, "commands") and words:
        word, *words = words
        if word == "--help":
            return None
        if word not in node.commands:
            return f"no command {word}"
        node = node.commands[word]
    known = {name for option in node.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    return next(
        (f"no option {word}" for word in words if word.startswith("--") and word.partition("=")[0] not in known), None
    )


def test_every_command_that_a_document_shows_is_there_with_its_options() -> None:
    """How-tos can't drift: each call of the shell blocks names a command and options of today."""
    found = list(commands())
    faults = [(where, call, fault) for where, call in found if (fault := fault_of(shlex.split(call)))]

    assert len(found) > 60
    assert [] == faults
