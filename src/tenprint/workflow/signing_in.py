"""Signing in to the pages: passwords of persons, sessions, and how often one may try.

A password is kept as an Argon2id hash, a session as the digest of a random token with its end. Agencies have keys, not
passwords: a key opens the machine interface only, a session only the pages.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tenprint.clock import from_text, to_text
from tenprint.errors import NotAuthenticated, NotFound, TooManyAttempts, UsageError
from tenprint.ids import ActorId, KeyId, fresh_secret
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import UnitOfWork
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.house import House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.people import actor_of

SHORTEST_PASSWORD: Final = 15
"""Fewest characters of a password. Source: NIST SP 800-63B-4, 3.1.1.2: fifteen where the password is the only factor."""

LONGEST_PASSWORD: Final = 256
"""Most characters that are hashed. Source: NIST SP 800-63B-4, 3.1.1.2 asks for at least 64; a bound keeps hashing cheap."""

SESSION_LASTS: Final = timedelta(hours=10)
"""Longest session. Set by: one shift; below the twelve hours of NIST SP 800-63B-4, 2.2.3."""

IDLE_ENDS: Final = timedelta(minutes=30)
"""A session that nobody uses ends. Source: NIST SP 800-63B-4, 2.2.3, within an hour; half of it on shared desks."""

SEEN_EVERY: Final = timedelta(minutes=1)
"""How often use of a session is written down. Set by: one write a minute and person, small beside the idle end."""

WINDOW: Final = timedelta(minutes=15)
"""Time over which failed attempts are counted. Set by: with `MOST_PER_NAME`, 480 guesses a day at one name."""

MOST_PER_NAME: Final = 5
"""Failed attempts at one name within the window. Source: far below the 100 in a row of NIST SP 800-63B-4, 3.2.2."""

MOST_PER_ADDRESS: Final = 30
"""Failed attempts from one address within the window. Set by: a station house behind one address still gets in."""

_HASHER: Final = PasswordHasher()  # Argon2id with the parameters of RFC 9106, second recommendation
_HASHING: Final = threading.BoundedSemaphore(2)  # a hash takes 64 MB: never more than two at once in one process
_NOBODY: Final = _HASHER.hash("no such person")  # verified for unknown names, so that they take as long as known ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in. token: goes into the cookie, and nowhere else; csrf: goes into every form of the session."""

    token: str
    actor: Actor
    csrf: str
    ends_at: datetime


def csrf_of(token: str) -> str:
    """The token that the forms of a session carry: a digest of the session's own, so that it need not be kept."""
    return hashlib.sha256(b"tenprint csrf\n" + token.encode()).hexdigest()


def set_password(house: House, actor: ActorId, password: str, *, by: Actor) -> None:
    """Give a person a password, in place of an earlier one; their sessions end. By themselves, or by the operator.

    It is an event: who set whose password, and when. Raises UsageError for a password that is too short or too long, or
    an actor that is no person; NotFound, NotPermitted.
    """
    role = by.roles[0] if by.id == actor and by.roles else require(by, "administer")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(
            f"the password has {len(password)} characters; allowed: {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} "
            "[NIST SP 800-63B-4]. Nothing was changed. Take a few words that belong to nobody."
        )
    with _HASHING:
        kept = _HASHER.hash(password)
    at = house.clock.now()
    with house.store.unit_of_work() as work:
        row = work.actors.get(actor)
        if row is None or row.state != "active":
            raise NotFound(f"no active actor {actor}; nothing was changed")
        if row.kind != "person":
            raise UsageError(f"{actor} is no person; an {row.kind} has a key, not a password. Nothing was changed.")
        work.append(events.ACCESS, actor, [Event(type=events.PASSWORD_SET, effective_at=at, public={"subject": actor})],
                    expected=work.version(events.ACCESS, actor), actor=by.id, role=role, purpose="administration", recorded_at=at,
                    key=KeyId(actor))  # fmt: skip
        work.settings.set(_password(actor), kept)
        for key, text in work.settings.all(prefix="session/").items():
            if json.loads(text)["actor"] == actor:
                work.settings.remove(key)
    tell_log(house)


def sign_in(house: House, name: str, password: str, *, address: str = "") -> Session:
    """Open a new session for a person. name: their actor id, or their label where only one person bears it.

    An attempt counts before it is checked, so that parallel guesses count too; success clears the name's count.
    Raises NotAuthenticated with one text for every reason, TooManyAttempts.
    """
    now = house.real_clock.now()
    counters = [(_attempts("name", name), MOST_PER_NAME), (_attempts("address", address), MOST_PER_ADDRESS)]
    with house.store.unit_of_work() as work:
        _sweep(work, now)
        for key, most in counters:
            _count(work, key, most, now)
        actor, kept = _known(work, name)
    with _HASHING:
        right = _matches(kept or _NOBODY, password[: LONGEST_PASSWORD + 1])
    if actor is None or kept is None or not right:
        raise NotAuthenticated("the name or the password is not right; nobody was signed in")
    token = fresh_secret()
    ends = now + SESSION_LASTS
    with house.store.unit_of_work() as work:
        for key, _ in counters:
            work.settings.remove(key)
        if _HASHER.check_needs_rehash(kept):
            with _HASHING:
                work.settings.set(_password(actor.id), _HASHER.hash(password))
        work.settings.set(_session(token), json.dumps({"actor": actor.id, "ends": to_text(ends), "seen": to_text(now)}))
    return Session(token=token, actor=actor, csrf=csrf_of(token), ends_at=ends)


def session_of(house: House, token: str) -> Session:
    """The session of a token, while it lasts and its person is still active. Raises NotAuthenticated."""
    now = house.real_clock.now()
    with house.store.reader() as reader:
        text = reader.settings.get(_session(token)) if token else None
        kept = json.loads(text) if text else None
        row = reader.actors.get(str(kept["actor"])) if kept else None
    if kept is None or row is None or row.state != "active" or _is_over(kept, now):
        raise NotAuthenticated("nobody is signed in, or the session has ended; nothing was done. Sign in again.")
    if now - from_text(kept["seen"]) >= SEEN_EVERY:
        with house.store.unit_of_work() as work:
            if work.settings.get(_session(token)):
                work.settings.set(_session(token), json.dumps({**kept, "seen": to_text(now)}))
    return Session(token=token, actor=actor_of(row), csrf=csrf_of(token), ends_at=from_text(kept["ends"]))


def sign_out(house: House, token: str) -> None:
    """End a session at once. No error if there is none."""
    with house.store.unit_of_work() as work:
        work.settings.remove(_session(token))


def _password(actor: str) -> str:
    return f"password/{actor}"


def _session(token: str) -> str:
    return "session/" + hashlib.sha256(b"tenprint session\n" + token.encode("utf-8", "surrogatepass")).hexdigest()


def _attempts(of: str, text: str) -> str:
    """The name tried is kept as a digest only: people type passwords into the wrong box."""
    return (
        f"attempts/{of}/" + hashlib.sha256(b"tenprint attempts\n" + text.encode("utf-8", "surrogatepass")).hexdigest()
    )


def _count(work: UnitOfWork, key: str, most: int, now: datetime) -> None:
    text = work.settings.get(key)
    recent = [at for at in (json.loads(text) if text else []) if now - from_text(at) < WINDOW]
    if len(recent) >= most:
        wait = max(1, round((from_text(recent[-most]) + WINDOW - now).total_seconds() / 60))
        raise TooManyAttempts(
            f"{len(recent)} attempts to sign in failed within {WINDOW.seconds // 60} minutes; nothing was checked. "
            f"Try again in {wait} min, or ask the operator for a new password."
        )
    work.settings.set(key, json.dumps([*recent, to_text(now)]))


def _sweep(work: UnitOfWork, now: datetime) -> None:
    """Forget sessions and counts that are over."""
    for key, text in work.settings.all(prefix="session/").items():
        if _is_over(json.loads(text), now):
            work.settings.remove(key)
    for key, text in work.settings.all(prefix="attempts/").items():
        if all(now - from_text(at) >= WINDOW for at in json.loads(text)):
            work.settings.remove(key)


def _is_over(kept: Mapping[str, Any], now: datetime) -> bool:
    return now >= from_text(kept["ends"]) or now - from_text(kept["seen"]) >= IDLE_ENDS


def _known(work: UnitOfWork, name: str) -> tuple[Actor | None, str | None]:
    """The one active person of that id or label who has a password."""
    found = [row for row in work.actors.list(kind="person", active_only=True) if name in {row.id, row.label}]
    kept = {row.id: work.settings.get(_password(row.id)) for row in found}
    able = [row for row in found if kept[row.id]]
    return (actor_of(able[0]), kept[able[0].id]) if len(able) == 1 else (None, None)


def _matches(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
