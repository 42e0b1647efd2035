"""More of `participation`: drafts before their parties, the parties' own keys, and signatures made inside or outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, error_console, house_at, show
from tenprint.cli.participation import (
    AuthorityOption,
    BasisOption,
    ClaimedByOption,
    DocumentFileOption,
    DocumentOption,
    EvidenceOption,
    FromOption,
    RecordOption,
    ScopeOption,
    SourceOption,
    StatusOption,
    UntilOption,
    app,
    facts_of,
    refuse,
)
from tenprint.errors import UsageError
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.refer.participation.parties import SigningRefused
from tenprint.workflow import party_keys, signed_copy, signing

DAY = ["%Y-%m-%d"]
DraftArgument = Annotated[str, typer.Argument(help="Id of the draft, as `participation drafts` names it")]
PartyOption = Annotated[str, typer.Option(help="nation:US, state:IL, 'county:Cook, IL' or ori:IL016")]


@app.command("draft")
def draft(
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
    evidence: EvidenceOption = "primary",
    clause: Annotated[
        list[str] | None, typer.Option(help="A clause, as in 'victims_and_witnesses: words'; repeat")
    ] = None,
    file: DocumentFileOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a document before its parties: it decides nothing until every party that it needs has signed."""
    facts = facts_of(record_kind, scope=scope, status=status, basis=basis, in_force_from=in_force_from, until=until, authority=authority,
                     claimed_by=claimed_by, document=document, source=source, evidence=evidence)  # fmt: skip
    with house_at(data) as house:
        done = signing.draft_document(
            house, facts, clauses=clause or (), by=acting(house, key), content=file.read_bytes() if file else None
        )
        if isinstance(done, TransitionRefused):
            refuse(done, as_json=as_json)
        else:
            show(_row(done), as_json=as_json)


@app.command("drafts")
def drafts(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Documents before their parties: who has signed, inside or outside, and whose signature is missing."""
    with house_at(data) as house:
        show_each([_row(one) for one in signing.drafts(house)], as_json=as_json, name="drafts")


def show_each(rows: Sequence[Mapping[str, Any]], *, as_json: bool, name: str) -> None:
    """A list whose values are too long for columns: JSON as ``{name: [...]}``, or one block a line for a person."""
    if as_json:
        show({name: list(rows)}, as_json=True)
        return
    for row in rows:
        show(row, as_json=False)
        print()
    if not rows:
        print(f"no {name}")


@app.command("export")
def export(
    draft_id: DraftArgument,
    out: Annotated[Path, typer.Option(help="Folder to write; must not be there")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Write the exact bytes that the parties sign (a text that can be read), and how to sign them with OpenSSL or OpenSSH."""
    with house_at(data) as house:
        found = signing.export_draft(house, draft_id, out)
        if as_json:
            show(
                {**_row(found), "to_sign": str(out / signing.TEXT), "explained": str(out / signing.EXPLAINED)},
                as_json=True,
            )
        else:
            print(signing.explained(found))


@app.command("sign")
def sign(
    draft_id: DraftArgument,
    party: PartyOption,
    signature: Annotated[
        Path | None,
        typer.Option(help="A signature made elsewhere: 64 bytes, base64, or OpenSSH's", exists=True, dir_okay=False),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option(help="The party's own public key, registered before: PEM or OpenSSH", exists=True, dir_okay=False),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a draft for a party: with a signature made elsewhere, or, without --signature, with your own key in this house.

    The last signature that is needed records the document. What is refused exits with 9, and nothing is recorded.
    """
    if (signature is None) != (public_key is None):
        raise UsageError("--signature and --public-key go together; nothing was recorded")
    with house_at(data) as house:
        by = acting(house, key)
        if signature is None or public_key is None:
            done = signing.sign_inside(house, draft_id, party_name=party, by=by)
        else:
            done = signing.sign_outside(
                house, draft_id, party_name=party, signature=signature, public_key=public_key, by=by
            )
        if isinstance(done, TransitionRefused | SigningRefused):
            refuse(done, as_json=as_json)
        else:
            show({**_row(done.draft), "party": done.party, "made": done.made}, as_json=as_json)


def _row(found: signing.Draft) -> dict[str, Any]:
    document = found.document
    return {
        "draft": found.id, "record": document.record, "status": document.status, "scope": str(document.scope),
        "from": document.in_force.since.isoformat(), "signed": [f"{one.party} ({one.made})" for one in found.given],
        "missing": [" or ".join(one) for one in found.missing], "recorded": found.recorded,
    }  # fmt: skip


@app.command("show")
def show_document(
    document_id: Annotated[str, typer.Argument(help="As `participation documents` names it")],
    out: Annotated[Path | None, typer.Option(help="Write the file that a stranger can verify")] = None,
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """One document: on whose word it stands, and which of its parties signed it, inside the house or outside."""
    with house_at(data) as house:
        found = signed_copy.shown(house, document_id)
        if out is not None:
            content = signed_copy.signed_copy(house, document_id)
            try:
                with out.open("xb") as file_:
                    file_.write(content)
            except FileExistsError:
                raise UsageError(f"{out} is there already; nothing was written") from None
        show(found, as_json=as_json)
    if out is not None:
        error_console.print(f"Written: {out}. Check it: tenprint participation verify {out} --keys KEYS.json")


@app.command("keys")
def keys(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """The parties' own public keys, with fingerprint and days in force. A party that has one signs with it alone."""
    with house_at(data) as house:
        rows = [
            {"party": key.party, "fingerprint": key.fingerprint, "from": key.since.isoformat(),
             "until": key.until.isoformat() if key.until else None, "public_key": key.public_key.hex()}
            for key in party_keys.party_keys(house)
        ]  # fmt: skip
        show_each(rows, as_json=as_json, name="keys")


@app.command("register-key")
def register_key(
    party: Annotated[str, typer.Argument(help="nation:US, state:IL, 'county:Cook, IL' or ori:IL016")],
    public_key: Annotated[Path, typer.Option(help="PEM or OpenSSH, Ed25519", exists=True, dir_okay=False)],
    since: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day on which it may sign")],
    document: Annotated[str, typer.Option(help="What it was handed over with, in words")],
    source: Annotated[str, typer.Option(help="Where that can be read")],
    file: DocumentFileOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a public key that a party alone holds. From then on nobody here signs, or records, a document in its name."""
    with house_at(data) as house:
        done = party_keys.register_key(house, party, public_key, since=since.date(), document=document, source=source,
                                       by=acting(house, key), content=file.read_bytes() if file else None)  # fmt: skip
        if isinstance(done, SigningRefused):
            refuse(done, as_json=as_json)
        else:
            show({"registered": done.id, "party": party, "fingerprint": done.public["fingerprint"], "from": since.date().isoformat()},
                 as_json=as_json)  # fmt: skip


@app.command("revoke-key")
def revoke_key(
    fingerprint: Annotated[str, typer.Argument(help="As `participation keys` shows it")],
    until: Annotated[
        datetime, typer.Option("--from", formats=DAY, help="First day on which it signs nothing any more")
    ],
    document: Annotated[str, typer.Option(help="What says so, in words")],
    source: Annotated[str, typer.Option(help="Where that can be read")],
    file: DocumentFileOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a party's key from a day on, today or later. What it signed before stays signed; drafts not complete lose its signature."""
    with house_at(data) as house:
        done = party_keys.revoke_key(house, fingerprint, until=until.date(), document=document, source=source, by=acting(house, key),
                                     content=file.read_bytes() if file else None)  # fmt: skip
        if isinstance(done, SigningRefused):
            refuse(done, as_json=as_json)
        else:
            show({"revoked": done.id, "fingerprint": fingerprint, "from": until.date().isoformat()}, as_json=as_json)
