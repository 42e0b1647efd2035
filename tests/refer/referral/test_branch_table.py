"""The branch table and the gates, line by line from one table file, through the doors of the case, the gate and the rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from referral_desk import Desk

from tenprint.refer.participation.gate import decide_gate
from tenprint.refer.participation.strict_yaml import read
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.roles import MAY, SYSTEM
from tenprint.refer.referral.tasks import open_kinds

ROOT = Path(__file__).resolve().parents[3]
TABLE: Any = read(Path(__file__).with_name("branch_table.yaml"))
PROGRAMME = Programme.load(programme_root())
LINES = 18
"""Lines of the branch table. Source: domain 1.9."""


def facts_of(step: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in step.get("facts", {}).items()}


def started(desk: Desk, stage: str, facts: dict[str, Any]) -> Desk:
    fresh = Desk(desk.now)
    status = facts.pop("status", None)
    getattr(fresh, stage)(*([] if status is None else [status]), **facts)
    return fresh


def gate_says(asked: Mapping[str, Any]) -> tuple[str, str]:
    found = decide_gate(
        history=PROGRAMME.history, profile=asked.get("profile", "historical"), tot=asked.get("tot", "CAR"), cri=asked.get("cri", "MA0130100"),
        on=asked.get("day", date(2011, 6, 6)), repository=asked["repository"], juvenile=asked.get("juvenile", False),
    )  # fmt: skip
    return found.answer, found.reason


def take(desk: Desk, step: dict[str, Any]) -> Desk:
    """One step; the desk that stands after it."""
    match next(iter(step)):
        case "start":
            return started(desk, step["start"], facts_of(step))
        case "anew":
            return Desk(desk.now)
        case "do":
            events = desk.do(getattr(c, step["do"]), step["by"], step.get("number", 1), **facts_of(step))
            assert set(step.get("gives", ())) <= {event.type for event in events}
        case "refused":
            assert step["code"] == desk.refused(
                getattr(c, step["refused"]), step["by"], step.get("number", 1), **facts_of(step)
            )
        case "tasks":
            assert set(step["tasks"]) <= open_kinds(desk.state)
        case "closes":
            desk.do(c.CloseCase, step["by"], **facts_of(step))
            assert step["closes"] == desk.of("CaseClosed")[-1].public["disposition"]
        case "levels":
            assert [tuple(pair) for pair in step["levels"]] == [
                (level.stage, level.level) for level in desk.state.levels
            ]
        case "gate":
            assert (step["answer"], step["reason"]) == gate_says(step["gate"])
        case "rules":
            found = PROGRAMME.rules.ask(step["rules"], facts_of(step), on=step["on"], scope=Scope(**step["place"]))
            assert step["answer"] == found.kind
            assert step.get("role", found.role) == found.role
        case "elsewhere":
            path, _, name = step["elsewhere"].partition("::")
            assert f"def {name}(" in (ROOT / path).read_text()
            assert step["shows"]
        case unknown:
            pytest.fail(f"no step {unknown!r}")
    return desk


@pytest.mark.parametrize("row", TABLE["branches"], ids=lambda row: f"{row['line']} {row['case']}")
def test_every_line_of_the_branch_table_goes_as_it_must(row: dict[str, Any]) -> None:
    """Domain 1.9: what must happen in each case; a line that these doors can't show says where it is shown, by a named test."""
    desk = Desk()
    for step in row["steps"]:
        desk = take(desk, step)


def test_no_line_is_left_out(shared: Path) -> None:
    """Domain 1.9: eighteen lines, in order."""
    section = (shared / "domain.md").read_text().partition("## 1.9")[2].partition("\n## ")[0]
    written = re.findall(r"^\| (?!case \||-)", section, flags=re.MULTILINE)

    assert list(range(1, LINES + 1)) == [row["line"] for row in TABLE["branches"]]
    assert len(written) == LINES


@pytest.mark.parametrize("row", TABLE["gates"], ids=lambda row: row["gate"])
def test_each_gate_is_opened_by_its_people_alone(row: dict[str, Any]) -> None:
    """Domain 3.4: who decides what; software decides nothing, and lifts only in favour of liberty, by an event and no command."""
    for name in row["commands"]:
        assert set(row["by"]) == MAY[getattr(c, name)]
        assert Desk().held().refused(getattr(c, name), SYSTEM) == "ROLE_MAY_NOT"
    if not row["commands"]:
        assert [
            k.__name__ for k in MAY if re.search(r"extend|renew|prolong|pause|suspend", k.__name__, re.IGNORECASE)
        ] == []
    assert (row["software"] == "never") == (row["gate"] != "G8")


def test_the_gates_are_nine() -> None:
    """Domain 3.4: G1 to G9."""
    assert [f"G{n}" for n in range(1, 10)] == [row["gate"] for row in TABLE["gates"]]
