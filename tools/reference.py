#!/usr/bin/env python3
"""Write docs/reference from the code: events, facts, questions, errors, commands. `--check` fails when a page is not what the code says."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer

from tenprint import errors
from tenprint.cli.main import app
from tenprint.model.events import CATALOGUE
from tenprint.model.facts import GLOSSARY
from tenprint.refer.participation.sources import EVIDENCE
from tenprint.refer.policy import answers, conflicts
from tenprint.refer.policy import check as policy_check
from tenprint.refer.policy.conditions import OPERATORS
from tenprint.refer.policy.questions import QUESTIONS
from tenprint.refer.policy.rules import ANSWERS, Rule

ROOT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Written by tools/reference.py from the code. Change the code, then run `make reference`. -->\n\n"


def events_page() -> str:
    """Every event type with its two halves."""
    lines = [
        "# Events",
        "",
        "Public facts are in the event row and opened to an accredited auditor; private facts are encrypted objects.",
        "",
    ]
    stream = ""
    for kind in CATALOGUE.values():
        if kind.stream != stream:
            stream = kind.stream
            lines += [
                f"## Stream `{stream}`",
                "",
                "| event | says | public facts | private facts |",
                "|---|---|---|---|",
            ]
        public, private = (", ".join(f"`{n}`" for n in sorted(half)) or "–" for half in (kind.public, kind.private))
        lines.append(f"| `{kind.name}` v{kind.version} | {kind.says} | {public} | {private} |")
    return "\n".join(lines) + "\n"


def facts_page() -> str:
    """Every fact a rule may name."""
    lines = [
        "# Facts",
        "",
        "A rule may name these and no others. Unknown is a fact's absence.",
        "",
        "A fact past the time in the last column, counted from its as-of, counts as unknown.",
        "",
        "| fact | type | says | source | may be relied on |",
        "|---|---|---|---|---|",
    ]
    for fact in GLOSSARY.values():
        kind = (
            fact.kind
            + (f": {', '.join(fact.choices)}" if fact.choices else "")
            + (f" ({fact.unit})" if fact.unit else "")
        )
        lasts = "" if fact.lasts_days is None else f"{fact.lasts_days} days"
        lasts += f"; without limit: {', '.join(fact.lasting)}" if fact.lasting else ""
        lines.append(f"| `{fact.name}` | {kind} | {fact.says} | {fact.source} | {lasts or 'without limit'} |")
    return "\n".join(lines) + "\n"


def questions_page() -> str:
    """Every question that rules answer."""
    lines = [
        "# Questions",
        "",
        "Rules answer these and no others: permitted, refused, required, or a person is needed. Nothing acts on an answer by itself.",
        "Where a question can go against the person's liberty, a citizen and anyone whose claim of citizenship is open is always refused.",
        "",
        "| question | asks | who acts | against liberty |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{q.name}` | {q.asks} | {q.of} | {'yes' if q.against_liberty else 'no'} |" for q in QUESTIONS.values()
    ]
    return "\n".join(lines) + "\n"


OPERATOR_SAYS = {
    "equals": "The fact is the value.",
    "in": "The fact is one of the values listed.",
    "not_in": "The fact is known, and none of the values listed.",
    "at_least": "The fact is the value or above; a day: on it or later.",
    "at_most": "The fact is the value or below; a day: on it or earlier.",
    "more_than": "Above the value.",
    "less_than": "Below the value.",
    "contains": "The set holds at least one of the texts listed.",
    "in_ranges": "The four-digit code lies in one of the ranges, both ends included.",
    "known": "`true`: the fact is present. With `unknown`, the only way to let absence decide.",
    "unknown": "`true`: the fact is absent or stale.",
}

ANSWER_SAYS = {
    "permitted": "Where the condition holds this rule does not forbid; where it does not hold, it refuses, naming the facts.",
    "refused": "Not allowed, whatever other rules permit.",
    "required": "A duty: it opens a task with a due time for a named person. It never acts, and a refusal beside it is a conflict.",
    "needs_person": "The role named in `role` decides.",
}

RULE_KEYS = (
    ("id", "Topic and version, such as `may-hold/us-ma-lunn/1`. A changed text is a new version."),
    ("question", "What is asked, such as `may_hold`."),
    ("answers", "One of the four answers."),
    ("when", "The condition. Left out: always. Written as null: refused."),
    ("in_force", "`{from, until}`: the first day, and the first day *not* in force, or null. Both must be written."),
    (
        "scope",
        "`{programme, state, county, ori, facility}`, each optional; `{}` is everywhere; `ori` is a beginning. A county needs its state.",
    ),
    (
        "source",
        "`{title, href, read_on}`: where it can be read; `href`, an https address, and `read_on`, no day to come, may be null.",
    ),
    ("evidence", "How well it was verified; no better than `recalled_not_verified` while `read_on` is null."),
    ("why", "The reason in a sentence, shown to people."),
    ("replaces", "Id of the rule that ends on the day on which this one begins, or null."),
    ("default", "`true`: looked at only where no other rule answers."),
    ("role", "Who looks; needed with `needs_person` and `required`."),
    (
        "max_hold_hours",
        "The place's own limit, elapsed hours, at most 48; with `permitted`, or with `needs_person` as the bound whatever that person decides.",
    ),
)

CASE_KEYS = (
    ("name", "What must be true, in words."),
    ("day", "The day asked about."),
    ("place", "As `scope`; what is left out is unknown, which never means elsewhere."),
    ("facts", "Fact: value. What is left out is unknown."),
    ("question", "Left out: the question of the file's first rule."),
    (
        "expect",
        "`{answer, by}`, and, checked if written, `because`, `missing`, `max_hold_hours`. `answer: no_rule` where nothing in force answers.",
    ),
)


def rule_language_page() -> str:
    """Every key, answer and operator of the rule language."""
    if set(OPERATOR_SAYS) != set(OPERATORS) or set(ANSWER_SAYS) != set(ANSWERS):
        raise SystemExit("tools/reference.py does not explain every operator and answer")
    if not {field.name for field in fields(Rule)} - {"answer", "path"} <= {name for name, _ in RULE_KEYS}:
        raise SystemExit("tools/reference.py does not explain every key of a rule")
    lines = [
        "# Rule language",
        "",
        inspect.getdoc(answers) or "",
        "",
        "## A rule",
        "",
        "One file holds one rule, or a list under the one key `rules`.",
        "",
        *_table(("key", "says"), RULE_KEYS),
        f"Evidence marks, weakest first: {', '.join(f'`{mark}`' for mark in EVIDENCE)}.",
        "",
        "## Answers",
        "",
        *_table(("answer", "says"), [(name, ANSWER_SAYS[name]) for name in ANSWERS]),
        "## Conditions",
        "",
        "`{fact: NAME, OPERATOR: VALUE}`, with `unit` where the fact has one; or `{all: [...]}`, `{any: [...]}`, `{not: {...}}`.",
        "Three-valued: a fact that is absent or stale makes its comparison unknown; `all` is false as soon as one part is false, `any` true",
        "as soon as one is true. [Facts](facts.md).",
        "",
        *_table(
            ("operator", "says", "for facts of kind"),
            [(name, OPERATOR_SAYS[name], ", ".join(kinds)) for name, kinds in OPERATORS.items()],
        ),
        "## Cases",
        "",
        "Beside `NAME.yaml` stands `NAME.cases.yaml` with the one key `cases`. Each date of each rule needs a case on the day before and on",
        "the day.",
        "",
        *_table(("key", "says"), CASE_KEYS),
        "A policy of levels or priorities has cases on the two sides of its dates at each stage (match, arrest, removal), and at each stage one",
        "for each basis: of what follows, or `not_allowed` where the policy gives nothing on that basis.",
        "",
        "## Names",
        "",
        "A text that a condition or a case compares is one of the fact's closed list, or of a list of the programme: classes of offences and",
        "registries in `vocabularies.yaml`, forms and boxes in `forms/`, repositories and their types of transaction in `programme.yaml`, codes in",
        "the tables of `levels/`, places in `jurisdictions.yaml`, facilities in `facilities.yaml`. Another name would never match, and is refused.",
        "",
        "## What `tenprint policy check` does",
        "",
        inspect.getdoc(policy_check) or "",
        "",
        inspect.getdoc(conflicts) or "",
    ]
    return "\n".join(lines) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table whose first column is code, and an empty line."""
    told = [f"| `{first}` | {' | '.join(rest)} |" for first, *rest in rows]
    return [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *told, ""]


def errors_page() -> str:
    """The drawn tree, and the exit code and HTTP status of each branch."""
    lines = [
        "# Errors",
        "",
        "```text",
        inspect.getdoc(errors) or "",
        "```",
        "",
        "| error | exit code | HTTP status | message code |",
        "|---|---|---|---|",
    ]
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.TenprintError):
            lines.append(f"| `{name}` | {kind.exit_code} | {kind.http_status} | {kind.code} |")
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command with its help, arguments and options."""
    lines = ["# Commands", ""]
    group = typer.main.get_command(app)
    context = typer.Context(group, info_name="tenprint")

    def walk(command: Any, parent: Any, path: str) -> None:
        here = typer.Context(command, info_name=path.rsplit(maxsplit=1)[-1], parent=parent)
        if hasattr(command, "commands"):
            for name in sorted(command.commands):
                walk(command.commands[name], here, f"{path} {name}")
            return
        lines.append(f"## `{path}`\n\n{inspect.cleandoc(command.help or '')}\n")
        for parameter in command.params:
            if parameter.name == "help":
                continue
            spelled = (
                (parameter.name or "").upper() if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
            )
            lines.append(f"- `{spelled}`: {getattr(parameter, 'help', None) or '–'}")
        lines.append("")

    walk(group, context, "tenprint")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the pages, or with --check compare them."""
    pages = {
        "events.md": events_page(),
        "facts.md": facts_page(),
        "questions.md": questions_page(),
        "rule-language.md": rule_language_page(),
        "errors.md": errors_page(),
        "commands.md": commands_page(),
    }
    stale = []
    for name, text in pages.items():
        path = ROOT / "docs" / "reference" / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != NOTE + text:
                stale.append(name)
        else:
            path.write_text(NOTE + text)
    if stale:
        print(f"docs/reference is not what the code says: {', '.join(stale)}; run `make reference`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
