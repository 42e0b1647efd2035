"""The how-to is followed to the letter: its files are written as it prints them, its commands are run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tenprint.cli.main import app
from tenprint.refer.policy.programme import programme_root

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-county-rule.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
FILES = dict(
    zip(
        re.findall(r"`edition/(rules/\S+\.yaml)`[:.]", PAGE),
        re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL),
        strict=True,
    )
)


@pytest.fixture
def edition(tmp_path: Path, monkeypatch) -> Path:
    """The copy of step 1, with the files of steps 2 and 3."""
    monkeypatch.chdir(tmp_path)
    shipped = tmp_path / "src" / "tenprint" / "programmes" / "secure_communities"
    shutil.copytree(programme_root(), shipped, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    assert "cp -r src/tenprint/programmes/secure_communities edition" == COMMANDS[0]
    shutil.copytree(shipped, tmp_path / "edition")
    for name, text in FILES.items():
        (tmp_path / "edition" / name).write_text(text)
    return tmp_path / "edition"


def run(command: str, *more: str) -> tuple[int, str]:
    words = shlex.split(command)
    assert "tenprint" == words[0]
    done = CliRunner().invoke(app, [*words[1:], *more])
    return done.exit_code, done.output


def test_the_page_shows_a_rule_its_cases_and_four_steps() -> None:
    """Nothing of the page goes untried."""
    assert ["rules/hold/us-ny-albany.yaml", "rules/hold/us-ny-albany.cases.yaml"] == list(FILES)
    assert ["cp", "check", "ask", "diff"] == [c.split()[0] if c.startswith("cp") else c.split()[2] for c in COMMANDS]


def test_the_rule_of_the_page_passes_the_check(edition: Path) -> None:
    """From the docs alone: no fault, and no warning."""
    code, told = run(COMMANDS[1], "--json")

    assert (0, {"sound": True, "faults": [], "warnings": []}) == (code, json.loads(told))


def test_each_case_of_the_page_is_needed(edition: Path) -> None:
    """Without the case of its first day the check says which one is missing, and fails."""
    path = edition / "rules/hold/us-ny-albany.cases.yaml"
    path.write_text(path.read_text().replace("day: 2013-07-01", "day: 2013-07-02"))

    code, told = run(COMMANDS[1], "--json")

    assert 1 == code
    assert "may-hold/us-ny-albany/1 has no case on 2013-07-01, its first day" in told


def test_the_rule_of_the_page_answers(edition: Path) -> None:
    """A warrant that no judge signed is no ground in that county."""
    code, told = run(COMMANDS[2], "--json")
    found = json.loads(told)

    assert (0, "refused", "may-hold/us-ny-albany/1") == (code, found["answer"], found["by"])
    assert [("detainer.warrant", "administrative")] == [(fact["fact"], fact["value"]) for fact in found["facts"]]


def test_the_editions_of_the_page_differ_by_that_rule(edition: Path) -> None:
    """One rule is new, told whole; and its cases are answered otherwise than before."""
    code, told = run(COMMANDS[3], "--json")
    found = json.loads(told)

    assert (0, [("may-hold/us-ny-albany/1", "added")]) == (code, [(x["id"], x["change"]) for x in found["changes"]])
    assert "condition: detainer.warrant is judicial or criminal" in found["changes"][0]["says"]
    first_day = [
        case for case in found["cases"] if "2013-07-01" in case["asks"] and "detainer.warrant = none" in case["asks"]
    ]
    assert [("permitted by may-hold/facility-policy/1", "refused by may-hold/us-ny-albany/1")] == [
        (x["before"], x["after"]) for x in first_day
    ]
