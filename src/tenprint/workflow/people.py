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
from tenprint.workflow.house import SYSTEM, House

__all__ = ["Actor", "Granted", "actor_with", "actors", "grant", "grant_first_operator", "revoke", "role_table"]


@dataclass(frozen=True, slots=True)
class Granted:
    """A new actor and its credential: the only moment the token exists outside its holder's hands."""

    actor: Actor
    token: str


def actor_with(house: House, token: str) -> Actor:
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


def grant_first_operator(house: House) -> Granted:
    """The operator that a new data directory begins with. Raises UsageError if there is one already."""
    with house.store.reader() as reader:
        if any("operator" in row.roles for row in reader.actors.list()):
            raise UsageError("this data directory has an operator already; nothing was changed")
    return _grant(
        house, kind="person", label="local operator", roles=["operator"], oris=["*"], by=SYSTEM, role="system"
    )


def _grant(
    house: House, *, kind: str, label: str, roles: Sequence[str], oris: Sequence[str], by: Actor, role: str
) -> Granted:
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles or kind not in {"agency", "person"}:
        raise UsageError(
            f"unknown role or kind ({kind}: {', '.join(unknown) or 'no role'}); roles: {', '.join(sorted(ROLES))}; nothing was changed"
        )
    if kind == "agency" and (not oris or "*" in oris):
        raise UsageError(
            "an agency acts for named ORIs (nine characters each, or a prefix ending in *); nothing was changed"
        )
    at = house.clock.now()
    actor = Actor(id=ActorId(fresh()), kind=kind, roles=tuple(roles), oris=tuple(oris), label=label)
    token = fresh_secret()
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


def revoke(house: House, actor: ActorId, *, by: Actor) -> None:
    """Take all roles from an actor at once. Raises NotFound, NotPermitted."""
    role = require(by, "administer")
    at = house.clock.now()
    with house.store.unit_of_work() as work:
        row = work.actors.get(actor)
        if row is None:
            raise NotFound(f"no actor {actor}; nothing was changed")
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
