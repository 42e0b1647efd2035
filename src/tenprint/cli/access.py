"""Agencies and staff: grant, list, revoke."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show, show_rows
from tenprint.errors import UsageError
from tenprint.ids import ActorId
from tenprint.workflow import people, signing_in

app = typer.Typer(
    help="Who may do what: agencies with their ORIs, staff with their roles. Keys are shown once.", no_args_is_help=True
)


@app.command("grant")
def grant(
    kind: Annotated[str, typer.Option(help="agency or person")],
    label: Annotated[str, typer.Option(help="Name for lists, such as 'Example PD booking desk'")],
    role: Annotated[list[str], typer.Option(help="Role; repeat for several. Roles: `tenprint access roles`")],
    ori: Annotated[
        list[str] | None, typer.Option(help="ORI it acts for: nine characters, or a prefix ending in *; repeat")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the key to this new file, readable by you alone, and print it nowhere")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register an agency or a person and print its key, once; or keep it in a file.

    Example: tenprint access grant --kind agency --label "Example PD" --role agency --ori CA0190000
    """
    if save is not None and save.exists():
        raise UsageError(f"{save} is there already; nobody was registered. Choose another name.")
    with house_at(data) as house:
        granted = people.grant(house, kind=kind, label=label, roles=role, oris=ori or ["*"], by=acting(house, key))
        if save is not None:
            save.touch(mode=0o600)
            save.write_text(granted.token + "\n")
        kept = {"key": granted.token} if save is None else {"key_file": str(save)}
        show({"actor": granted.actor.id, **kept, "roles": list(granted.actor.roles), "oris": list(granted.actor.oris)},
             as_json=as_json, title="Keep the key: it is not shown again" if save is None else "Registered")  # fmt: skip


@app.command("list")
def list_actors(data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Everybody registered, with roles and ORIs."""
    with house_at(data) as house:
        rows = [
            {
                "actor": a.id,
                "kind": a.kind,
                "label": a.label,
                "roles": ", ".join(a.roles),
                "oris": ", ".join(a.oris),
                "state": a.state,
            }
            for a in people.actors(house, by=acting(house, key))
        ]
        show_rows(rows, columns=["actor", "kind", "label", "roles", "oris", "state"], as_json=as_json, name="actors")


@app.command("revoke")
def revoke(actor: str, data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Take all roles from an actor at once."""
    with house_at(data) as house:
        people.revoke(house, ActorId(actor), by=acting(house, key))
        show({"revoked": actor}, as_json=as_json)


@app.command("password")
def password(actor: str, data: DataOption = DEFAULT_DATA, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Set a person's password for the pages: asked for twice, never an argument. By the operator, or by the person's own key.

    Example: tenprint access password 3f2a…
    """
    with house_at(data) as house:
        by = acting(house, key)
        given = typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
        signing_in.set_password(house, ActorId(actor), given, by=by)
        show({"actor": actor, "password": "set; every session of this person has ended"}, as_json=as_json)


@app.command("roles")
def roles(as_json: JsonOption = False) -> None:
    """The roles, and what each may do."""
    rows = [{"role": role, "may": ", ".join(actions)} for role, actions in people.role_table().items()]
    show_rows(rows, columns=["role", "may"], as_json=as_json, name="roles")
