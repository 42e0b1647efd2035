"""Detainers, holds, release and claims: `tenprint case detainer …`, `tenprint case custody …`, `tenprint case claim …`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.case import CaseArgument, FactOption, ReasonCodeOption, ReasonOption, carry_out
from tenprint.cli.case import app as case_app
from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show_rows
from tenprint.ids import CaseId, ClaimId, DetainerId
from tenprint.workflow import desk, notices

detainer_app = typer.Typer(
    help="The detainer: a request. It is issued, served, answered, lifted or expires; nothing renews it.",
    no_args_is_help=True,
)
custody_app = typer.Typer(
    help="The release clock, release and transfer. No command extends a hold.", no_args_is_help=True
)
claim_app = typer.Typer(
    help="Claims of US citizenship: while one is open no detainer is in effect.", no_args_is_help=True
)
notice_app = typer.Typer(
    help="What is owed to the person, the agency or the field office, by when; and what the person may ask for.",
    no_args_is_help=True,
)
case_app.add_typer(notice_app, name="notice")
case_app.add_typer(detainer_app, name="detainer")
case_app.add_typer(custody_app, name="custody")
case_app.add_typer(claim_app, name="claim")

InstantOption = Annotated[
    datetime | None,
    typer.Option("--at", formats=["%Y-%m-%dT%H:%M:%S%z"], help="When it happened, with UTC offset (default now)"),
]


@detainer_app.command("issue")
def issue(
    case: CaseArgument,
    form: Annotated[str, typer.Option(help="Form edition, such as 'I-247 (08/10)' or I-247A")],
    officer_class: Annotated[str, typer.Option(help="Class under 8 CFR 287.7(b), such as deportation_officer")],
    box: Annotated[list[str], typer.Option(help="Basis box ticked; repeat")],
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    recipient: Annotated[str, typer.Option(help="Agency that holds the person")],
    warrant: Annotated[str, typer.Option(help="none, administrative, judicial or criminal")] = "none",
    conditional: Annotated[bool, typer.Option("--conditional", help="Operative only upon conviction")] = False,
    supersedes: Annotated[str | None, typer.Option(help="Open detainer that this replaces")] = None,
    supervisor_key: Annotated[
        Path | None,
        typer.Option(
            "--supervisor-key",
            help="File with the key of the supervisor who answers for it, against a victim, witness or plaintiff",
        ),
    ] = None,
    supervisor_reason: Annotated[str, typer.Option("--supervisor-reason", help="The supervisor's written reason")] = "",
    fact: FactOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Issue a detainer on a form edition in use, if the rules in force permit it."""
    carry_out(data, key, as_json, lambda h, by: desk.issue_detainer(
        h, CaseId(case), form=form, officer_class=officer_class, boxes=tuple(box), warrant=warrant, recipient=recipient,
        reason_code=reason_code, reason=reason, conditional=conditional, supersedes=supersedes, asserted=fact or [], by=by,
        supervisor=acting(h, supervisor_key) if supervisor_key else None, supervisor_reason=supervisor_reason))  # fmt: skip


@detainer_app.command("serve")
def serve(
    case: CaseArgument,
    detainer: Annotated[str, typer.Option(help="Detainer id (see `case show`)")],
    language: Annotated[str, typer.Option(help="Language of the copy, ISO 639 code")],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a copy was served on the person."""
    carry_out(
        data,
        key,
        as_json,
        lambda h, by: desk.serve_detainer(h, CaseId(case), DetainerId(detainer), language=language, by=by),
    )


@detainer_app.command("answer")
def answer(
    case: CaseArgument,
    detainer: Annotated[str, typer.Option(help="Detainer id")],
    answer: Annotated[str, typer.Option(help="honour, decline or notify_only")],
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    fact: FactOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a detainer as the agency that holds the person, under its own law."""
    carry_out(data, key, as_json, lambda h, by: desk.answer_detainer(
        h, CaseId(case), DetainerId(detainer), answer=answer, reason_code=reason_code, reason=reason, asserted=fact or [], by=by))  # fmt: skip


@detainer_app.command("lift")
def lift(
    case: CaseArgument,
    detainer: Annotated[str, typer.Option(help="Detainer id")],
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel a detainer."""
    carry_out(data, key, as_json, lambda h, by: desk.lift_detainer(
        h, CaseId(case), DetainerId(detainer), reason_code=reason_code, reason=reason, by=by))  # fmt: skip


@custody_app.command("eligible")
def eligible(
    case: CaseArgument,
    why: Annotated[
        str,
        typer.Option(
            help="bail_posted, own_recognizance, charges_dismissed, acquittal, sentence_complete, court_order …"
        ),
    ],
    at: InstantOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """The person would otherwise be released: the clock starts, or release is due at once."""
    carry_out(data, key, as_json, lambda h, by: desk.mark_eligible(h, CaseId(case), why=why, eligible_at=at, by=by))


@custody_app.command("release")
def release(
    case: CaseArgument,
    at: InstantOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that the person was released."""
    carry_out(data, key, as_json, lambda h, by: desk.record_release(h, CaseId(case), released_at=at, by=by))


@custody_app.command("transfer")
def transfer(
    case: CaseArgument,
    other_key: Annotated[
        Path,
        typer.Option("--other-key", help="File with the key of the person on the other side, who signs too"),
    ],
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Transfer custody: a custodian gives, a field officer receives, both sign."""
    carry_out(
        data, key, as_json, lambda h, by: desk.transfer(h, CaseId(case), other_key=other_key.read_text().strip(), by=by)
    )


@claim_app.command("raise")
def raise_claim(
    case: CaseArgument,
    evidence: Annotated[str, typer.Option(help="What supports it; kept sealed")] = "",
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a claim of US citizenship; its own, shorter clock starts."""
    carry_out(data, key, as_json, lambda h, by: desk.claim(h, CaseId(case), evidence=evidence, by=by))


@claim_app.command("resolve")
def resolve(
    case: CaseArgument,
    claim: Annotated[str, typer.Option(help="Claim id")],
    upheld: Annotated[bool, typer.Option("--upheld/--not-upheld")],
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a claim, as a supervisor."""
    carry_out(
        data,
        key,
        as_json,
        lambda h, by: desk.resolve_claim(h, CaseId(case), ClaimId(claim), upheld=upheld, reason=reason, by=by),
    )


@notice_app.command("list")
def list_notices(
    case: Annotated[
        str | None, typer.Argument(help="One case, with what was given; without it all that is due")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late")] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Notices due: what, to which role, why, by when, given when, overdue by how many seconds."""
    with house_at(data) as house:
        rows = notices.notices(house, by=acting(house, key), case=CaseId(case) if case else None, overdue_only=overdue)
        show_rows(
            rows,
            columns=["case", "notice", "what", "to", "owed_by", "due", "given", "overdue_s", "why"],
            as_json=as_json,
            name="notices",
        )


@notice_app.command("give")
def give(
    case: CaseArgument,
    notice: Annotated[str, typer.Argument(help="Notice id (see `case notice list`)")],
    outcome: Annotated[
        str,
        typer.Option(
            help="told, upheld, corrected, not_upheld, nta_issued, custody_continues, released_no_nta, not_possible"
        ),
    ] = "told",
    language: Annotated[str | None, typer.Option(help="Language in which it was given, ISO 639 code")] = None,
    note: Annotated[str, typer.Option(help="In words; kept sealed with the case")] = "",
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that what was owed was given."""
    carry_out(data, key, as_json, lambda h, by: notices.give_notice(
        h, CaseId(case), notice, outcome=outcome, language=language, note=note, by=by))  # fmt: skip


@notice_app.command("ask")
def ask(
    case: CaseArgument,
    about: Annotated[str, typer.Option(help="identity, level or hold; for citizenship see `case claim`")],
    reason: ReasonOption,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for the person that something be looked at again: a reply is owed by a time."""
    carry_out(data, key, as_json, lambda h, by: notices.ask_redress(h, CaseId(case), about=about, reason=reason, by=by))


@case_app.command("protect")
def protect(
    case: CaseArgument,
    asserted_by: Annotated[str, typer.Option(help="Code of who says so: counsel, agency, person …")],
    source: Annotated[str, typer.Option(help="On what it rests; kept sealed")],
    verified: Annotated[bool, typer.Option("--verified/--not-verified")] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Flag a victim, witness or plaintiff."""
    carry_out(
        data,
        key,
        as_json,
        lambda h, by: desk.protect(h, CaseId(case), asserted_by=asserted_by, verified=verified, source=source, by=by),
    )
