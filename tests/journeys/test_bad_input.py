"""Bad input gets a clear error or an ERRT with code and field; nothing is half-stored; the next file is taken in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cards import BOSTON, booking
from fastapi.testclient import TestClient
from pictures import a_booking, card_image, png_claiming

from tenprint.api.application import create_app
from tenprint.exchange.answers import read_answer
from tenprint.exchange.compose import CardImage
from tenprint.model import events
from tenprint.workflow import auditing, people

GOOD = a_booking("GOOD0000000001")


def with_image(**changes: object) -> bytes:
    facts: dict[str, object] = dict(  # noqa: C408 - keywords read like the call below
        position=2, impression=1, width=256, height=256, ppi=500, compression="PNG", data=card_image(2, 5).data
    )
    return booking([CardImage(**(facts | changes))], tcn="IMAGE000000001")  # type: ignore[arg-type]


def edited(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    assert len(old) == len(new)
    return GOOD.replace(old, new, 1)


def without_cri() -> bytes:
    """The good file without 2.073, its LEN mended."""
    field = b"\x1d2.073:CA0190000"
    length = GOOD[GOOD.index(b"2.001:") + 6 : GOOD.index(b"\x1d", GOOD.index(b"2.001:"))]
    assert 1 == GOOD.count(field)
    return GOOD.replace(field, b"").replace(b"2.001:" + length, b"2.001:" + str(int(length) - len(field)).encode(), 1)


BAD: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "truncated": (lambda: GOOD[:-200], "E0004", None),
    "wrong record length": (lambda: GOOD.replace(b"14.001:", b"14.001:1", 1), "E0004", None),
    "field count": (lambda: edited(b"1.005:2011", b"1.008:2011"), "E0", None),
    "60,000 x 60,000 claim": (
        lambda: with_image(width=60000, height=60000, data=png_claiming(60000, 60000)),
        "E0003",
        "14.006",
    ),
    "no image": (lambda: with_image(data=b"this is no picture " * 40), "E0002", "14.999"),
    "lying size": (lambda: with_image(width=255), "E0002", "14.999"),
    "compression of another day": (
        lambda: with_image(compression="WSQ20", data=b"\xff\xa0" + b"x" * 99),
        "E0002",
        "14.999",
    ),
    "unknown type of transaction": (lambda: edited(b"1.004:CAR", b"1.004:CAQ"), "E0002", "1.004"),
    "civil transaction": (lambda: edited(b"1.004:CAR", b"1.004:MAP"), "A0004", "1.004"),
    "missing mandatory field": (without_cri, "E0001", "2.073"),
    "an originating agency nobody knows": (lambda: edited(b"1.008:CA0190000", b"1.008:ZZ9990000"), "E0002", "1.008"),
    "a controlling agency nobody knows": (lambda: edited(b"2.073:CA0190000", b"2.073:ZZ9990000"), "E0002", "2.073"),
    "not a transaction at all": (lambda: b"\x89PNG" + bytes(range(256)), "E0004", None),
    "nothing": (lambda: b"", "E0004", None),
}


@pytest.fixture
def client(programme):
    with TestClient(
        create_app(programme.house, with_worker=False), headers={"Authorization": f"Bearer {programme.agency.token}"}
    ) as client:
        yield client


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_code_and_field_and_an_errt(programme, client, name: str) -> None:
    """EFTS Appendix M codes and the field at fault stand in the receipt and in the ERRT; only the refusal is kept."""
    make, code, field = BAD[name]
    answer = client.post("/submissions", content=make())

    assert 202 == answer.status_code, answer.text
    body = answer.json()
    assert ("refused", True) == (body["state"], body["error"]["code"].startswith(code)), body["error"]
    if field:
        assert field == body["error"]["field"], body["error"]
    errt = client.get(body["answer"])
    assert 200 == errt.status_code
    read = read_answer(errt.content)
    assert "ERRT" == read.kind
    assert body["error"]["code"] == read.code
    with programme.house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, body["submission"])
        row = reader.submissions.get(body["submission"])
    assert [events.SUBMISSION_REFUSED, events.ANSWER_ISSUED] == [e.type for e in stream]
    assert row.payload_object is None
    assert "received" == client.post("/submissions", content=a_booking("AFTERBAD000001")).json()["state"], (
        "the server goes on"
    )
    assert [] == auditing.fsck(programme.house)


def test_the_same_file_twice_is_one_submission(programme, client) -> None:
    """Idempotent by (ORI, TCN): domain 1.9, duplicate submission."""
    del programme
    first, second = (client.post("/submissions", content=GOOD).json() for _ in range(2))

    assert first["submission"] == second["submission"]
    assert (False, True) == (first["repeated"], second["repeated"])
    assert first["promise"] == second["promise"]


def test_the_same_control_number_with_other_content_is_refused(programme, client) -> None:
    """EBTS 1.009: a TCN is unique per transaction."""
    del programme
    client.post("/submissions", content=GOOD)
    answer = client.post("/submissions", content=a_booking("GOOD0000000001", seed=9)).json()

    assert ("refused", "1.009") == (answer["state"], answer["error"]["field"])


def test_without_a_key_or_for_another_agency_nothing_is_taken_in(programme, client) -> None:
    """Every request has an actor; an agency submits for its own ORIs only."""
    other = programme.house
    del other
    assert 401 == client.post("/submissions", content=GOOD, headers={"Authorization": "Bearer nobody"}).status_code
    assert 401 == TestClient(client.app).post("/submissions", content=GOOD).status_code
    with programme.house.store.reader() as reader:
        assert {} == dict(reader.submissions.count_by_state())


def test_an_agency_does_not_see_another_agencys_submission(programme, client) -> None:
    """ORI scope holds for reading too; the answer does not even say that it exists."""
    place = client.post("/submissions", content=GOOD).json()["location"]
    stranger = people.grant(
        programme.house, kind="agency", label="Boston", roles=["agency"], oris=[BOSTON], by=programme.operator
    )

    assert 404 == client.get(place, headers={"Authorization": f"Bearer {stranger.token}"}).status_code
    assert 200 == client.get(place).status_code


def test_a_file_over_the_limit_is_refused_before_it_is_read(programme, client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are bounded before allocation: 413 by the declared length."""
    del programme, monkeypatch
    answer = client.post("/submissions", content=b"x", headers={"Content-Length": str(10**9)})

    assert 413 == answer.status_code
    assert "FileTooLarge" == answer.json()["title"]
