#!/usr/bin/env python3
"""Write docs/reference from the code: events, facts, questions, errors, commands. `--check` fails when a page is not what the code says."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import typer

from tenprint import errors
from tenprint.cli.main import app
from tenprint.model.events import CATALOGUE
from tenprint.model.facts import GLOSSARY
from tenprint.refer.policy.questions import QUESTIONS

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
    lines += [f"| `{q.name}` | {q.asks} | {q.of} | {'yes' if q.adverse else 'no'} |" for q in QUESTIONS.values()]
    return "\n".join(lines) + "\n"


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
