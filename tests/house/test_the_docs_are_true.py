"""Figures and reference pages can't drift from what was measured and from the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIGURE = re.compile(r"\[(?P<shown>[^\]]+)\]\((?P<file>docs/measurements/[\w.-]+\.json)#(?P<pointer>[^)]+)\)")


def shown_value(text: str) -> float:
    """'0.35 %' is 0.0035; '1,234' is 1234; '25 of 25' is 1."""
    share = re.fullmatch(r"(\d+) of (\d+)", text)
    if share:
        return int(share.group(1)) / int(share.group(2))
    number = float(text.replace("%", "").replace(",", "").strip())
    return number / 100 if "%" in text else number


def decimals_of(text: str) -> float:
    """Half a unit of the last digit shown."""
    digits = text.replace("%", "").replace(",", "").strip()
    step = 10.0 ** -len(digits.partition(".")[2]) if "of" not in text else 1e-9
    return (step / 100 if "%" in text else step) / 2 + 1e-12


def test_every_measured_figure_of_the_readme_has_its_file() -> None:
    """A figure is a link to docs/measurements/NAME.json#key/key, and equals what stands there, to the digits shown."""
    readme = (ROOT / "README.md").read_text()
    wrong = []
    for found in FIGURE.finditer(readme):
        path = ROOT / found["file"]
        if not path.exists():
            wrong.append(f"{found['shown']}: no {found['file']}")
            continue
        value = json.loads(path.read_text())
        assert {"command", "commit", "date", "machine", "result"} <= set(value)
        for key in found["pointer"].split("/"):
            value = value[key]
        if abs(float(value) - shown_value(found["shown"])) > decimals_of(found["shown"]):
            wrong.append(f"{found['shown']} is {value} in {found['file']}#{found['pointer']}")

    assert [] == wrong
    assert FIGURE.search(readme), "the README quotes no measured figure"


def test_no_rate_stands_in_the_readme_without_its_file() -> None:
    """A percentage in the README's section of measurements is always such a link."""
    section = (ROOT / "README.md").read_text().partition("## Measured")[2].partition("\n## ")[0]
    bare = [m.group() for m in re.finditer(r"(?<![\[\w.])\d+(?:\.\d+)?\s?%", FIGURE.sub("", section))]

    assert [] == bare


def test_the_reference_is_what_the_code_says() -> None:
    """docs/reference is generated; a change of events, facts, errors or commands regenerates it."""
    run = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert 0 == run.returncode, run.stdout + run.stderr


def test_the_changelog_and_readme_name_the_two_commands() -> None:
    """A newcomer finds `make test` in the README."""
    readme = (ROOT / "README.md").read_text()

    assert "make test" in readme
    assert len(readme.splitlines()) < 150
