"""The rules: check them, and ask them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show
from tenprint.errors import UsageError
from tenprint.ids import CaseId
from tenprint.workflow import explaining, rules

app = typer.Typer(help="Rules as dated, cited data.", no_args_is_help=True)


@app.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="A programme's folder; without it, the shipped Secure Communities")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every rule: source, dates, facts of the glossary, cases on both sides of each date, no conflict. Exits 1 on a fault.

    A conflict is searched over the values at which the conditions change their mind, and shown with facts, day and place. Warnings
    (a rule that can never speak) do not fail.
    """
    found = rules.check(folder)
    show({"sound": not found.faults, "faults": list(found.faults), "warnings": list(found.warnings)}, as_json=as_json)
    if found.faults:
        sys.exit(1)


@app.command("ask")
def ask(
    question: Annotated[str, typer.Argument(help="may_hold, may_issue_detainer …; a wrong one lists them")],
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="Day asked about")],
    fact: Annotated[
        list[str] | None, typer.Option("--fact", help="name=value, see docs/reference/facts.md; repeat")
    ] = None,
    state: Annotated[str | None, typer.Option(help="Two letters; without it the state is unknown")] = None,
    county: Annotated[str | None, typer.Option(help="Name; without it the county is unknown")] = None,
    ori: Annotated[str | None, typer.Option(help="Nine characters")] = None,
    facility: Annotated[str | None, typer.Option(help="Name of the facility")] = None,
    programme: Annotated[
        Path | None, typer.Option(help="A programme's folder; without it, the shipped Secure Communities")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the rules with made-up facts: the answer, why, and every rule that was looked at. Needs no data directory; records nothing."""
    place = {"state": state, "county": county, "ori": ori, "facility": facility}
    _print(explaining.ask_rules(programme, question, facts=fact or [], on=on.date(), place=place), as_json=as_json)


@app.command("explain")
def explain(
    case: Annotated[str, typer.Argument(help="Case id (see `tenprint case list`)")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="A day (its end, UTC), or an instant with its offset; without it, now")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why the rules answered as they did in a case, with the facts recorded and effective by then; reasons in words stay sealed.

    Each question: the answer, the facts it rests on (source, as-of, who asserted them), facts missing, every rule considered, its
    citation and evidence mark, and what each decision recorded at the time.
    """
    with house_at(data) as house:
        found = explaining.explain(house, CaseId(case), as_of=_instant(as_of), by=acting(house, key))
    if as_json:
        _print(found, as_json=True)
        return
    questions, gate = found.pop("questions"), found.pop("may_search")
    show({name: value for name, value in found.items() if name != "stage_facts"}, as_json=False, title=f"Case {case}")
    for answer in gate:
        show(answer, as_json=False, title="May its repository be searched?")
    for question in questions:
        _print(question, as_json=False)


@app.command("diff")
def diff(
    before: Annotated[Path | None, typer.Argument(help="The earlier edition's folder")] = None,
    after: Annotated[Path | None, typer.Argument(help="The later edition's folder")] = None,
    rule: Annotated[
        tuple[str, str] | None,
        typer.Option("--rule", help="Two rule ids: compare only these; folders default to the shipped programme"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Two editions of a programme in words: who is covered, from when, under what condition, with what effect; and which cases of either
    edition are answered differently.
    """
    if rule is not None:
        found = rules.diff_rules(before, after or before, *rule)
    elif before is None or after is None:
        raise UsageError("two folders are compared, or two rules with --rule ID1 ID2; nothing was compared")
    else:
        found = rules.diff(before, after)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    say = Console(soft_wrap=True, highlight=False, markup=False).print
    for change in found["changes"]:
        say(f"{change['change']} {change['id']}")
        for line in change["says"]:
            say(f"  {line}")
    for case in found.get("cases", ()):
        say(
            f"answered differently: {case['case']}\n  {case['asks']}\n  before: {case['before']}\n  after:  {case['after']}"
        )
    say(
        f"{len(found['changes'])} changes"
        + (f"; {len(found['cases'])} of {found['cases_run']} cases answered differently" if "cases" in found else "")
    )


def _instant(text: str | None) -> datetime | None:
    """A day's end in UTC, or the instant written. Raises UsageError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--as-of {text!r}; allowed: YYYY-MM-DD, or an instant with its offset. Nothing was explained."
        ) from None
    whole_day = len(text) == len("2011-06-06")
    return at.replace(tzinfo=UTC) + timedelta(days=1) - timedelta(microseconds=1) if whole_day else at


def _print(answer: Mapping[str, Any], *, as_json: bool) -> None:
    """One answer: the JSON object, or what a lawyer reads."""
    if as_json:
        print(json.dumps(answer, indent=1, default=str))
        return
    say = Console(soft_wrap=True, highlight=False, markup=False).print
    say(f"{answer['question']}: {answer['answer']}" + (f" (a {answer['role']} looks)" if answer.get("role") else ""))
    for name in ("day", "place", "why", "by", "citation", "evidence", "max_hold_hours"):
        if answer.get(name) is not None:
            say(f"  {name}: {answer[name]}")
    for fact in answer.get("facts", ()):
        say(
            f"  because {fact['fact']} = {fact['value']} ({fact['source']}; as of {fact['as_of'] or 'no day'}; {fact['asserted_by']})"
        )
    for fact in answer.get("missing", ()):
        say(f"  missing {fact['fact']}: {fact['why']}")
    for rule in answer.get("considered", ()):
        told = ", ".join([*rule["because"], *(f"{name}?" for name in rule["missing"])])
        say(f"  rule {rule['rule']} [{rule['answers']}; {rule['scope']}; {rule['in_force']}; {rule['evidence']}]: {rule['outcome']}"
            + (f" ({told})" if told else ""))  # fmt: skip
    for said in answer.get("recorded", ()):
        say("  recorded: " + ", ".join(f"{name} {value}" for name, value in said.items()))
