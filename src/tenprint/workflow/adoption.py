"""Which programme is in use, and its profile: changing it takes two named people and is an event on every release."""

from __future__ import annotations

from tenprint.errors import NotPermitted, UsageError
from tenprint.ids import KeyId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader, UnitOfWork
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.house import SYSTEM, House

PROFILES = ("consent", "historical")
"""The participation profiles. Source: design decision 10."""


def adopt_programme(house: House) -> None:
    """Record that the loaded programme came into use, once per content; its profile holds until two people change it."""
    programme = house.programme
    with house.store.reader() as reader:
        adopted = [e for e in reader.stream(events.PROGRAMME, programme.id) if e.type == events.PROGRAMME_ADOPTED]
    if adopted and adopted[-1].public["hash"] == programme.hash:
        return
    key = KeyId(f"programme-{programme.id}")
    house.vault.create_key(key)
    at = house.clock.now()
    profile = programme.profile if not adopted else profile_in_use(house)
    event = Event(type=events.PROGRAMME_ADOPTED, effective_at=at,
                  public={"programme": programme.id, "profile": profile, "hash": programme.hash})  # fmt: skip
    with house.store.unit_of_work() as work:
        version = work.version(events.PROGRAMME, programme.id)
        work.append(events.PROGRAMME, programme.id, [event], expected=version, actor=SYSTEM.id, role="system", purpose="administration",
                    recorded_at=at, key=key)  # fmt: skip


def profile_in_use(house: House, reader: Reader | None = None) -> str:
    """The participation profile in use: as adopted, or as two people last changed it."""
    if reader is None:
        with house.store.reader() as opened:
            return profile_in_use(house, opened)
    profile = house.programme.profile
    for event in reader.stream(events.PROGRAMME, house.programme.id):
        if event.type in {events.PROGRAMME_ADOPTED, events.PROFILE_CHANGED}:
            profile = str(event.public["profile"])
    return profile


def propose_profile(house: House, profile: str, *, reason: str, by: Actor) -> None:
    """The first of two people proposes another profile; nothing changes yet. Raises NotPermitted, UsageError."""
    role = require(by, "change_profile")
    if profile not in PROFILES:
        raise UsageError(f"no profile {profile!r}; there are {', '.join(PROFILES)}. Nothing was proposed.")
    event = Event(type=events.PROFILE_PROPOSED, effective_at=house.clock.now(),
                  public={"programme": house.programme.id, "profile": profile}, private={"reason": reason})  # fmt: skip
    with house.store.unit_of_work() as work:
        append_to_programme(house, work, event, by=by, role=role)


def approve_profile(house: House, *, by: Actor) -> str:
    """The second person agrees to the open proposal; returns the new profile. Raises NotPermitted to whoever proposed it."""
    role = require(by, "change_profile")
    with house.store.unit_of_work() as work:
        proposal = None
        for event in work.stream(events.PROGRAMME, house.programme.id):
            if event.type == events.PROFILE_PROPOSED:
                proposal = event
            elif event.type == events.PROFILE_CHANGED:
                proposal = None
        if proposal is None:
            raise UsageError("there is no open proposal to change the profile; nothing was changed")
        if proposal.actor == by.id:
            raise NotPermitted(
                "whoever proposed the profile can't also approve it: that takes two named people. Nothing was changed."
            )
        profile = str(proposal.public["profile"])
        changed = Event(
            type=events.PROFILE_CHANGED, effective_at=house.clock.now(),
            public={"programme": house.programme.id, "profile": profile, "proposed_by": proposal.actor, "approved_by": by.id},
        )  # fmt: skip
        append_to_programme(house, work, changed, by=by, role=role)
    return profile


def append_to_programme(house: House, work: UnitOfWork, event: Event, *, by: Actor, role: str) -> None:
    """Append one event to the programme's own stream, inside the caller's transaction."""
    version = work.version(events.PROGRAMME, house.programme.id)
    key = KeyId(f"programme-{house.programme.id}")
    house.vault.create_key(key)
    work.append(events.PROGRAMME, house.programme.id, [event], expected=version, actor=by.id, role=role, purpose="administration",
                recorded_at=house.clock.now(), key=key)  # fmt: skip
