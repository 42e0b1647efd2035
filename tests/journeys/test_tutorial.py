"""The tutorial is run as a newcomer would type it, in a folder of its own: it can't drift from what the commands do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
def test_the_whole_tutorial_runs_as_it_stands(tmp_path: Path) -> None:
    """First booking, candidate, two examiners, rule, close, verification and a change that is found."""
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
