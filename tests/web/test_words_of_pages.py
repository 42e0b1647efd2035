"""Every text of the pages is in the catalogue, is used, and names every code that a page can show."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from tenprint.identify.extract.quality_reasons import REASONS
from tenprint.infra.access.table import ROLES
from tenprint.infra.store.submissions import STATES
from tenprint.model import events
from tenprint.model.prints import FINGERS
from tenprint.refer.participation.coverage import EXACTNESS, NFF_STATUSES
from tenprint.refer.participation.documents import STATUSES
from tenprint.refer.participation.sources import EVIDENCE
from tenprint.refer.referral.forms import FORMS as DETAINER_FORMS
from tenprint.refer.referral.roles import ROLES as CASE_ROLES
from tenprint.refer.referral.tasks import DUTIES
from tenprint.web import words
from tenprint.web.commands import FORMS
from tenprint.web.rendering import GROUPS, TEMPLATES
from tenprint.web.words import Catalogue, placeholders
from tenprint.workflow.casework import stage_of
from tenprint.workflow.views.case_page import NOT_SHOWN
from tenprint.workflow.views.offers import CHOICES, COMMANDS
from tenprint.workflow.views.publications import PARTS

CALL = re.compile(r"\b(t|n)\(\s*'([^']+)'")
GROUP = re.compile(r"\bw\(\s*'([^']+)'")
TEXTS = Catalogue.load("en").texts
SOURCES = {path: path.read_text() for path in sorted(TEMPLATES.glob("*.html"))}
CASE_EVENTS = {e.name: e for e in events.CATALOGUE.values() if e.stream == events.CASE}
FIELDS = {field.name for form in FORMS.values() for field in form.fields}


def of(group: str) -> set[str]:
    return {key.partition(".")[2] for key in TEXTS if key.startswith(group + ".")}


def used_keys() -> set[str]:
    """Keys named in a template, or in a call of ``text`` in the room's code."""
    found = set()
    for source in SOURCES.values():
        for call, key in CALL.findall(source):
            found |= {f"{key}.one", f"{key}.many"} if call == "n" else {key}
    for path in (TEMPLATES.parent).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "text":
                for value in ast.walk(node.args[0]) if node.args else ():
                    if (
                        isinstance(value, ast.Constant)
                        and isinstance(value.value, str)
                        and "." in value.value.strip(".")
                    ):
                        found.add(value.value)
    return found


def groups() -> set[str]:
    return {name for source in SOURCES.values() for name in GROUP.findall(source)} | {f.choices for form in FORMS.values() for f in form.fields
                                                                                      if f.choices} | set(GROUPS.values()) | {"value", "column"}  # fmt: skip


def test_no_key_is_missing_and_none_is_unused() -> None:
    """A key that a page asks for is there; a text that no page asks for is gone."""
    single = {key for key in TEXTS if key.partition(".")[0] not in groups()}

    assert used_keys() - set(TEXTS) == set()
    assert single - used_keys() == set()


def test_templates_hold_no_text_of_their_own() -> None:
    """Design 4.7 and the task of translation: every word on a page is in a catalogue."""
    own = {}
    for path, source in SOURCES.items():
        bare = re.sub(r"\{% set described %\}.*?\{% endset %\}", "", source, flags=re.DOTALL)  # attributes of a tag
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", bare, flags=re.DOTALL)
        bare = re.sub(r"<pre>tenprint .*?</pre>", "", bare)  # commands are typed as they are, in every language
        left = re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", bare))
        if left:
            own[path.name] = left

    assert {} == own


@pytest.mark.parametrize("group", sorted(CHOICES))
def test_every_choice_of_a_form_has_its_words(group: str) -> None:
    """Design 8, domain 8: codes are never shown where people choose."""
    assert set(CHOICES[group]) == of(group)


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("event", set(CASE_EVENTS)),
        ("fact", {name for e in CASE_EVENTS.values() for name in e.public} - NOT_SHOWN),
        ("role", set(ROLES) | CASE_ROLES),
        (
            "state",
            set(STATES) | {"sealed"} | {f"held-{s}" for s in STATES if s not in {"closed", "refused", "expunged"}},
        ),
        ("evidence", set(EVIDENCE)),
        ("finger", {str(p) for p in FINGERS}),
        ("print_reason", set(REASONS)),
        ("record", set(STATUSES)),
        ("record_status", {s for one in STATUSES.values() for s in one}),
        ("boxes", {box for form in DETAINER_FORMS.values() for box in form.boxes}),
        ("command", set(COMMANDS)),
        ("command_says", set(COMMANDS)),
        ("field", FIELDS),
        ("part", set(PARTS)),
        ("nff", {*NFF_STATUSES, "not known"}),
        ("exactness", set(EXACTNESS)),
        ("due_status", {"fulfilled", "overdue", "coming"}),
    ],
)
def test_every_code_that_a_page_can_show_has_its_words(group: str, codes: set[str]) -> None:
    """A new event, role, state or column is named before it can be shown."""
    assert codes == of(group)


def test_every_stage_of_a_case_is_named() -> None:
    """What `stage_of` can return, read from its code, has words."""
    tree = ast.parse(inspect.getsource(stage_of))
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    tests = {
        id(inner)
        for one in returned
        for part in ast.walk(one)
        if isinstance(part, ast.IfExp)
        for inner in ast.walk(part.test)
    }
    stages = {c.value for one in returned for c in ast.walk(one) if isinstance(c, ast.Constant) and id(c) not in tests}

    assert "release_due" in stages
    assert stages == of("case_stage")


def test_tasks_columns_and_hints_are_named() -> None:
    """Every duty has a name, every column of the parts too; a hint belongs to a field."""
    assert set(DUTIES) <= of("task")
    assert {column for columns in PARTS.values() for column in columns} == of("column")
    assert of("hint") <= FIELDS
    assert set(FORMS) == set(COMMANDS)


def test_a_text_gets_exactly_the_values_that_it_wants() -> None:
    """A missing value is an error, not a gap on the page."""
    catalogue = Catalogue.load("en")

    assert placeholders(TEXTS["board.error_field"]) == {"code", "field"}
    with pytest.raises(KeyError):
        catalogue.text("board.error_field", code="E0001")
    with pytest.raises(KeyError):
        catalogue.text("board.no_such_text")


@pytest.mark.parametrize(
    "content", ["a:\n  b: x\n  b: y\n", "a:\n  b:\n", "a: [x]\n", "A:\n  b: x\n", "a:\n  b: 'x {} y'\n", ""]
)
def test_a_catalogue_with_a_fault_is_refused(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that stand twice, empty texts, lists and nameless places are refused when the catalogue is read."""
    (tmp_path / "xx.yaml").write_text(content)
    monkeypatch.setattr(words, "CATALOGUES", tmp_path)

    with pytest.raises(ValueError, match=r"xx\.yaml"):
        Catalogue.load("xx")
