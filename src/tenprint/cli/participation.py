"""Who takes part: what the gate says for an agency on a day, the documents behind it, and the profile."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.refer.participation.documents import Document
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.refer.participation.parties import SigningRefused
from tenprint.workflow import adoption
from tenprint.workflow import participation as use

app = typer.Typer(
    help="Participation: decided at the gate for the booking agency, by dated documents.", no_args_is_help=True
)

DayOption = Annotated[
    datetime | None,
    typer.Option(
        "--on", formats=["%Y-%m-%d"], help="Day asked about (default: today at that agency, by the programme's clock)"
    ),
]


@app.command("gate")
def gate(
    cri: Annotated[str, typer.Argument(help="Controlling agency (2.073 CRI), nine characters")],
    on: DayOption = None,
    profile: Annotated[
        str | None, typer.Option(help="Ask under another profile; this changes nothing and records nothing")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """What the gate would answer for a booking of that agency on that day, with reason, basis and the documents it rests on."""
    with house_at(data) as house:
        day = on.date() if on else use.today_at(house, cri)
        rows = [
            {"repository": d.repository, "answer": d.answer, "searched": d.searched, "reason": d.reason, "basis": d.basis, "profile": d.profile,
             "evidence": d.evidence, "documents": list(d.rules)}
            for d in use.gate_answers(house, cri, on=day, profile=profile)
        ]  # fmt: skip
        show_rows(rows, columns=["repository", "answer", "searched", "reason", "basis", "profile", "evidence", "documents"], as_json=as_json,
                  name="gate", title=f"{cri} on {day.isoformat()}")  # fmt: skip


@app.command("jurisdictions")
def jurisdictions(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """The programme's jurisdictions, with the ORI prefixes that lead to them."""
    with house_at(data) as house:
        rows = [
            {
                "ori_prefix": p.ori_prefix,
                "jurisdiction": use.place_name(p),
                "name": p.name,
                "timezone": p.timezone,
                "evidence": p.evidence,
            }
            for p in use.history_of(house).jurisdictions.all()
        ]
        show_rows(
            rows,
            columns=["ori_prefix", "jurisdiction", "name", "timezone", "evidence"],
            as_json=as_json,
            name="jurisdictions",
        )


@app.command("documents")
def documents(
    cri: Annotated[str | None, typer.Argument(help="Only those that speak of this agency")] = None,
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """The documents of participation: who claimed what, when, under what authority."""
    with house_at(data) as house:
        history = use.history_of(house)
        place = history.jurisdiction(cri) if cri else None
        rows = [
            {"id": d.id, "record": d.record, "scope": str(d.scope), "status": d.status, "in_force": str(d.in_force), "claimed_by": d.claimed_by,
             "authority_claimed": d.authority_claimed, "document": d.document, "source": str(d.source), "evidence": d.evidence}
            for d in history.documents
            if cri is None or (place is not None and d.scope.covers(place, cri))
        ]  # fmt: skip
        show_rows(
            rows,
            columns=["id", "record", "scope", "status", "in_force", "claimed_by", "evidence"],
            as_json=as_json,
            name="documents",
        )


RecordOption = Annotated[
    str, typer.Option("--record", help="consent, activation, override, second_response or statement")
]
ScopeOption = Annotated[str, typer.Option(help="state:IL, 'county:Cook, IL' or ori:IL016")]
StatusOption = Annotated[
    str, typer.Option(help="Such as SIGNED, TERMINATION_NOTICE (day of receipt), ACTIVE, DEACTIVATED, DECLARED")
]
FromOption = Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD")]
UntilOption = Annotated[str | None, typer.Option(help="First day NOT in force, YYYY-MM-DD")]
DocumentOption = Annotated[str, typer.Option(help="What the document is, in words")]
ClaimedByOption = Annotated[str, typer.Option(help="Who says so")]
SourceOption = Annotated[str, typer.Option(help="Where it can be read")]
AuthorityOption = Annotated[str, typer.Option(help="Legal basis claimed, as claimed")]
BasisOption = Annotated[str | None, typer.Option(help="pilot, on an activation that rested on one")]
EvidenceOption = Annotated[str, typer.Option(help="Evidence mark")]
DocumentFileOption = Annotated[
    Path | None,
    typer.Option("--file", exists=True, dir_okay=False, help="The document itself: kept sealed, its hash is public"),
]


@app.command("record")
def record(
    record_kind: RecordOption,
    scope: ScopeOption,
    status: StatusOption,
    in_force_from: FromOption,
    document: DocumentOption,
    claimed_by: ClaimedByOption,
    source: SourceOption,
    authority: AuthorityOption = "none stated",
    until: UntilOption = None,
    basis: BasisOption = None,
    evidence: EvidenceOption = "secondary",
    file: DocumentFileOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record one participation document on your word, signed with your key here; the gate heeds it from its first day on.

    A step that the record's machine does not draw, or a document of a party that signs with a key of its own, is refused: nothing is
    recorded, and the command exits with 9. Documents that their parties sign: `draft`, `export`, `sign`.
    """
    facts = facts_of(record_kind, scope=scope, status=status, basis=basis, in_force_from=in_force_from, until=until, authority=authority,
                     claimed_by=claimed_by, document=document, source=source, evidence=evidence)  # fmt: skip
    with house_at(data) as house:
        done = use.record_document(house, facts, by=acting(house, key), content=file.read_bytes() if file else None)
        if isinstance(done, Document):
            show({"recorded": done.id, "record": done.record, "scope": str(done.scope), "status": done.status, "in_force": str(done.in_force)},
                 as_json=as_json)  # fmt: skip
        else:
            refuse(done, as_json=as_json)


def facts_of(
    record_kind: str, *, scope: str, status: str, basis: str | None, in_force_from: str, until: str | None, authority: str, claimed_by: str,
    document: str, source: str, evidence: str,
) -> dict[str, str | None]:  # fmt: skip
    """The public facts of a document, from the options of a command."""
    return {
        "record": record_kind, "scope": scope, "status": status, "basis": basis, "in_force_from": in_force_from, "in_force_until": until,
        "authority_claimed": authority, "claimed_by": claimed_by, "document": document, "source": source, "evidence": evidence,
    }  # fmt: skip


def refuse(refused: TransitionRefused | SigningRefused, *, as_json: bool) -> NoReturn:
    """Print a refusal and leave with 9."""
    if isinstance(refused, TransitionRefused):
        more = {"state": refused.state, "event": refused.event, "allowed": list(refused.allowed)}
        show({"refused": str(refused), **more}, as_json=as_json)
    else:
        show({"refused": str(refused), "reason": refused.reason}, as_json=as_json)
    sys.exit(9)


@app.command("profile")
def profile(
    propose: Annotated[str | None, typer.Option(help="consent or historical: the first of two people proposes")] = None,
    reason: Annotated[str, typer.Option(help="Why (with --propose)")] = "",
    approve: Annotated[bool, typer.Option("--approve", help="The second person agrees to the open proposal")] = False,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the profile in use; changing it takes two named people with the role programme-authority, and is an event."""
    with house_at(data) as house:
        if propose:
            adoption.propose_profile(house, propose, reason=reason, by=acting(house, key))
        if approve:
            adoption.approve_profile(house, by=acting(house, key))
        show(
            {"programme": house.programme.id, "profile": adoption.profile_in_use(house), "proposed": propose},
            as_json=as_json,
        )
