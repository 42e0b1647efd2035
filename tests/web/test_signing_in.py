"""Passwords of persons and their sessions: who may set, how long they last, how often one may try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tenprint.clock import SetClock
from tenprint.errors import NotAuthenticated, NotPermitted, TooManyAttempts, UsageError
from tenprint.model import events
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow import people, signing_in
from tenprint.workflow.signing_in import csrf_of, session_of, set_password, sign_in, sign_out

GOOD = "a ladder leans on nothing"


@pytest.fixture
def door(tmp_path):
    clock, real = SetClock(datetime(2011, 6, 7, tzinfo=UTC)), SetClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    house = open_house(tmp_path / "data", clock=clock, real_clock=real)
    operator = people.actor_with(house, (house.root / OPERATOR_TOKEN).read_text().strip())
    examiner = people.grant(
        house, kind="person", label="examiner one", roles=["examiner"], oris=["*"], by=operator
    ).actor
    set_password(house, examiner.id, GOOD, by=operator)
    yield house, real, operator, examiner
    house.close()


def test_a_person_signs_in_by_name_or_id_and_gets_a_new_session_each_time(door) -> None:
    """Design 8: the session is new at each sign-in, and only its digest is kept."""
    house, _, _, examiner = door
    first, second = sign_in(house, "examiner one", GOOD), sign_in(house, examiner.id, GOOD)

    assert first.token != second.token
    assert session_of(house, first.token).actor.roles == ("examiner",)
    assert second.csrf == csrf_of(second.token)
    with house.store.reader() as reader:
        kept = dict(reader.settings.all())
    assert not any(first.token in key or first.token in value or GOOD in value for key, value in kept.items())
    assert any(value.startswith("$argon2id$") for value in kept.values())


def test_wrong_name_and_wrong_password_say_the_same(door) -> None:
    """Nobody learns from the answer who has an account."""
    house, *_ = door
    said = set()
    for name, password in (("examiner one", "not the password"), ("nobody", GOOD), ("examiner one", ""), ("", "")):
        with pytest.raises(NotAuthenticated) as refused:
            sign_in(house, name, password)
        said.add(str(refused.value))

    assert len(said) == 1


def test_the_sixth_try_is_not_checked_until_the_window_has_passed(door) -> None:
    """Design 8, rate limit: after five failures even the right password waits."""
    house, real, *_ = door
    for _ in range(signing_in.MOST_PER_NAME):
        with pytest.raises(NotAuthenticated):
            sign_in(house, "examiner one", "a wrong guess at it")
    with pytest.raises(TooManyAttempts, match="min"):
        sign_in(house, "examiner one", GOOD)
    real.advance(signing_in.WINDOW)

    assert sign_in(house, "examiner one", GOOD).actor.label == "examiner one"


def test_one_address_can_not_try_many_names(door) -> None:
    """The count by address stands beside the count by name."""
    house, *_ = door
    for number in range(signing_in.MOST_PER_ADDRESS):
        with pytest.raises(NotAuthenticated):
            sign_in(house, f"name {number}", GOOD, address="192.0.2.1")
    with pytest.raises(TooManyAttempts):
        sign_in(house, "examiner one", GOOD, address="192.0.2.1")

    assert sign_in(house, "examiner one", GOOD, address="192.0.2.2")


def test_a_session_ends_when_idle_when_long_when_left_and_when_the_person_is_revoked(door) -> None:
    """NIST SP 800-63B-4, 2.2.3, and revocation at once."""
    house, real, operator, examiner = door
    idle = sign_in(house, "examiner one", GOOD)
    real.advance(signing_in.IDLE_ENDS)
    with pytest.raises(NotAuthenticated):
        session_of(house, idle.token)
    long = sign_in(house, "examiner one", GOOD)
    for _ in range(int(signing_in.SESSION_LASTS / timedelta(minutes=20)) - 1):
        real.advance(timedelta(minutes=20))
        assert session_of(house, long.token)
    real.advance(timedelta(minutes=20))
    with pytest.raises(NotAuthenticated):
        session_of(house, long.token)
    left = sign_in(house, "examiner one", GOOD)
    sign_out(house, left.token)
    with pytest.raises(NotAuthenticated):
        session_of(house, left.token)
    revoked = sign_in(house, "examiner one", GOOD)
    people.revoke(house, examiner.id, by=operator)
    with pytest.raises(NotAuthenticated):
        session_of(house, revoked.token)
    with pytest.raises(NotAuthenticated):
        session_of(house, "")


def test_a_new_password_is_an_event_and_ends_the_persons_sessions(door) -> None:
    """Who set whose password is on record; an old session does not outlive it."""
    house, _, operator, examiner = door
    session = sign_in(house, "examiner one", GOOD)
    set_password(house, examiner.id, GOOD + " at all", by=examiner)

    with pytest.raises(NotAuthenticated):
        session_of(house, session.token)
    with house.store.reader() as reader:
        told = [e for e in reader.stream(events.ACCESS, examiner.id) if e.type == events.PASSWORD_SET]
    assert [operator.id, examiner.id] == [e.actor for e in told]


def test_passwords_are_long_of_persons_only_and_set_by_who_may(door) -> None:
    """Fifteen characters [NIST SP 800-63B-4, 3.1.1.2]; agencies have keys; an examiner sets nobody else's."""
    house, _, operator, examiner = door
    other = people.grant(house, kind="person", label="examiner two", roles=["examiner"], oris=["*"], by=operator).actor
    agency = people.grant(house, kind="agency", label="agency", roles=["agency"], oris=["CA0190000"], by=operator)

    with pytest.raises(UsageError, match="15 to 256"):
        set_password(house, other.id, "x" * 14, by=operator)
    with pytest.raises(NotPermitted):
        set_password(house, other.id, GOOD, by=examiner)
    with pytest.raises(UsageError, match="no person"):
        set_password(house, agency.actor.id, GOOD, by=operator)
    with pytest.raises(NotAuthenticated):
        sign_in(house, "agency", agency.token)


def test_two_persons_of_one_name_sign_in_by_their_ids(door) -> None:
    """A label that two persons bear names neither."""
    house, _, operator, examiner = door
    twin = people.grant(house, kind="person", label="examiner one", roles=["auditor"], oris=["*"], by=operator).actor
    set_password(house, twin.id, GOOD, by=operator)

    with pytest.raises(NotAuthenticated):
        sign_in(house, "examiner one", GOOD)
    assert sign_in(house, twin.id, GOOD).actor.id == twin.id != examiner.id
