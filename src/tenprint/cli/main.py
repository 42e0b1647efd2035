"""The command line: one app, one sub-app a subject, and the process edge where errors become exit codes."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Final

import typer

from tenprint import __version__
from tenprint.cli import (
    access,
    backup,
    bench,
    card,
    case,
    convert,
    demo,
    doctor,
    evaluate,
    holding,
    inspection,
    ledger,
    participation,
    policy,
    population,
    retention,
    serve,
    stats,
    submissions,
)
from tenprint.cli import custody as _custody  # noqa: F401 - adds its groups to `case`
from tenprint.cli import history as _history  # noqa: F401 - adds its commands to `case`
from tenprint.cli import priority as _priority  # noqa: F401 - adds its commands to `case`
from tenprint.cli import replay as _replay  # noqa: F401 - adds its command to `policy`
from tenprint.cli import searches as _searches  # noqa: F401 - adds its commands to `participation`
from tenprint.cli import signing as _signing  # noqa: F401 - adds its commands to `participation`
from tenprint.cli import standing as _standing  # noqa: F401 - adds its commands to `participation`
from tenprint.cli.desk import JsonOption
from tenprint.errors import ExchangeError, IdentifyError, TenprintError, UsageError
from tenprint.ids import fresh

CALL_FAULT: Final[tuple[type[Exception], ...]] = (*typer.BadParameter.__bases__, typer.Abort)
"""What the parser of options raises for a call that is wrong, or was interrupted."""

app = typer.Typer(
    name="tenprint",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Identify, refer, account: a fingerprint-based referral programme that proves what it did.

    A booking's EBTS file goes through the gate (may it be searched, and where?), is searched, looked at by examiners, referred under dated
    rules, and counted in public. A score is never an identification: an examiner is.

    Start here: `tenprint access grant --kind agency --label "Example PD" --role agency --ori CA0190000`, then
    `tenprint take-in FILE`, then `tenprint work`.
    """,
)

app.command("take-in")(submissions.take_in_files)
app.command("work")(submissions.work)
app.command("submissions")(submissions.list_submissions)
app.command("enroll")(submissions.enroll)
app.command("expunge")(submissions.expunge)
app.command("inspect")(inspection.inspect)
app.command("convert")(convert.convert)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(card.app, name="card")
app.add_typer(case.app, name="case")
app.add_typer(holding.app, name="custody")
app.add_typer(participation.app, name="participation")
app.add_typer(policy.app, name="policy")
app.add_typer(stats.app, name="stats")
app.add_typer(population.app, name="population")
app.add_typer(ledger.app, name="ledger")
app.add_typer(access.app, name="access")
app.add_typer(backup.app, name="backup")
app.add_typer(retention.app, name="retention")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(bench.app, name="bench")


@app.command("version")
def version(as_json: JsonOption = False) -> None:
    """Print the version."""
    print(json.dumps({"version": __version__}) if as_json else __version__)


def run() -> None:
    """The console entry point: run a command; turn an error into words and an exit code."""
    wants_json = "--json" in sys.argv
    try:
        # With --json even a misspelt option is told as the one JSON object; else Typer's own words are better.
        code = app(standalone_mode=not wants_json)
        sys.exit(code if isinstance(code, int) else 0)
    except CALL_FAULT as fault:
        _explain(UsageError(f"{_words(fault)} Nothing was done. See `tenprint --help`."), as_json=wants_json)
        sys.exit(UsageError.exit_code)
    except TenprintError as error:
        _explain(error, as_json=wants_json)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        _explain(TenprintError(f"{error.strerror}: {error.filename}"), as_json=wants_json)
        sys.exit(1)
    except Exception as error:
        if not wants_json:
            raise
        traceback.print_exc()
        _explain(TenprintError(f"an error nobody planned for ({type(error).__name__})"), as_json=True)
        sys.exit(1)


def _words(fault: Exception) -> str:
    """What is wrong with the call, as the parser of options says it."""
    told = getattr(fault, "format_message", None)
    return str(told() if told else fault or "The command was interrupted.").strip()


def _explain(error: TenprintError, *, as_json: bool) -> None:
    if not as_json:
        print(f"tenprint: {error}", file=sys.stderr)
        return
    where = error.where.tag if isinstance(error, ExchangeError | IdentifyError) else None
    body = {
        "error": {
            "kind": type(error).__name__,
            "code": error.code,
            "field": where,
            "message": str(error),
            "incident": fresh(),
        }
    }
    print(json.dumps(body, indent=1))
