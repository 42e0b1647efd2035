"""Actors: agencies and staff, their roles and the ORIs they act for. A credential is shown once and kept only as a hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenprint.errors import NotAuthenticated, NotFound, UsageError
from tenprint.ids import ActorId, KeyId, fresh, fresh_secret
from tenprint.infra.access.credentials import credential_digest
from tenprint.infra.access.table import ROLES, TABLE, Actor, require
from tenprint.infra.store.actors import ActorRow
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.archive import Archive
from tenprint.workflow.house import SYSTEM, House

__all__ = ["Actor", "Granted", "actor_with", "actors", "grant", "grant_first_operator", "revoke", "role_table"]


@dataclass(frozen=True, slots=True)
class Granted:
    """A new actor and its credential: the only moment the token exists outside its holder's hands."""

    actor: Actor
    token: str


def actor_with(house: House | Archive, token: str) -> Actor:
    """Whose credential this is. Raises NotAuthenticated for an unknown or revoked one."""
    with house.store.reader() as reader:
        row = reader.actors.by_credential(credential_digest(token))
    if row is None or row.state != "active":
        raise NotAuthenticated(
            "this key is unknown here or was revoked; nothing was done. Ask the operator for a new one."
        )
    return actor_of(row)


def actor_of(row: ActorRow) -> Actor:
    """The stored row as the noun that rooms take."""
    return Actor(id=ActorId(row.id), kind=row.kind, roles=tuple(row.roles), oris=tuple(row.oris), label=row.label)


def grant(house: House, *, kind: str, label: str, roles: Sequence[str], oris: Sequence[str], by: Actor) -> Granted:
    """Register an agency or a person with roles and ORI scope. Raises UsageError for unknown roles, NotPermitted."""
    role = require(by, "administer")
    return _grant(house, kind=kind, label=label, roles=roles, oris=oris, by=by, role=role)


def has_operator(house: House) -> bool:
    """Whether an operator was ever registered here."""
    with house.store.reader() as reader:
        return any("operator" in row.roles for row in reader.actors.list())


def grant_first_operator(house: House, *, token: str) -> Granted:
    """The operator that a new data directory begins with, under a credential that is kept already.

    Raises UsageError if there is one already.
    """
    if has_operator(house):
        raise UsageError("this data directory has an operator already; nothing was changed")
    return _grant(
        house,
        kind="person",
        label="local operator",
        roles=["operator"],
        oris=["*"],
        by=SYSTEM,
        role="system",
        token=token,
    )


def _grant(
    house: House,
    *,
    kind: str,
    label: str,
    roles: Sequence[str],
    oris: Sequence[str],
    by: Actor,
    role: str,
    token: str = "",
) -> Granted:
    unknown = sorted(name for name in set(roles) - set(ROLES) if not _owns(house, name))
    if unknown or not roles or kind not in {"agency", "person"}:
        raise UsageError(
            f"unknown role or kind ({kind}: {', '.join(unknown) or 'no role'}); roles: {', '.join(sorted(ROLES))}, "
            "repository-owner:<name>; nothing was changed"
        )
    if ("agency" in roles) != (kind == "agency") or (kind == "agency" and len(roles) > 1):
        raise UsageError("an agency has the role agency and no other, and nobody else has it; nothing was changed")
    if kind == "agency" and (not oris or "*" in oris):
        raise UsageError(
            "an agency acts for named ORIs (nine characters each, or a prefix ending in *); nothing was changed"
        )
    at = house.clock.now()
    actor = Actor(id=ActorId(fresh()), kind=kind, roles=tuple(roles), oris=tuple(oris), label=label)
    token = token or fresh_secret()
    key = KeyId(actor.id)
    house.vault.create_key(key)
    granted = Event(
        type=events.ACTOR_GRANTED,
        effective_at=at,
        public={"subject": actor.id, "kind": kind, "roles": list(roles), "oris": list(oris)},
    )
    with house.store.unit_of_work() as work:
        work.append(
            events.ACCESS,
            actor.id,
            [granted],
            expected=0,
            actor=by.id,
            role=role,
            purpose="administration",
            recorded_at=at,
            key=key,
        )
        work.actors.add(
            ActorRow(id=actor.id, kind=kind, label=label, credential_digest=credential_digest(token), roles=tuple(roles), oris=tuple(oris),
                     state="active", created_at=at)
        )  # fmt: skip
    return Granted(actor, token)


def _owns(house: House, role: str) -> bool:
    """Whether the role is that of the owner of one repository which is there."""
    name, _, repository = role.partition(":")
    return name == "repository-owner" and repository in house.galleries


def revoke(house: House, actor: ActorId, *, by: Actor) -> None:
    """Take all roles from an actor at once. Raises NotFound, NotPermitted, UsageError for the last operator or one revoked before."""
    role = require(by, "administer")
    at = house.clock.now()
    with house.store.unit_of_work() as work:
        row = work.actors.get(actor)
        if row is None:
            raise NotFound(f"no actor {actor}; nothing was changed")
        if row.state != "active":
            raise UsageError(f"actor {actor} was revoked before; nothing was changed")
        operators = [other.id for other in work.actors.list() if other.state == "active" and "operator" in other.roles]
        if operators == [actor]:
            raise UsageError("this is the last operator: register another one first. Nothing was changed.")
        event = Event(type=events.ACTOR_REVOKED, effective_at=at, public={"subject": actor})
        version = work.version(events.ACCESS, actor)
        work.append(events.ACCESS, actor, [event], expected=version, actor=by.id, role=role, purpose="administration", recorded_at=at,
                    key=KeyId(actor))  # fmt: skip
        work.actors.set(actor, state="revoked")


def actors(house: House, *, by: Actor) -> list[ActorRow]:
    """Everybody registered."""
    require(by, "administer")
    with house.store.reader() as reader:
        return list(reader.actors.list())


def role_table() -> dict[str, list[str]]:
    """Role -> the actions it may do, from the table of access."""
    return {role: sorted(action for action, row in TABLE.items() if role in row.roles) for role in ROLES}
