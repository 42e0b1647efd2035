"""The main job on real ink cards, from the bytes of a booking to the month's numbers, as an agency and the staff meet it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from cards import LOS_ANGELES, Card, eft
from service import Service, grant, run, wait_until

from tenprint.ids import CaseId
from tenprint.wiring import open_house
from tenprint.workflow import desk, people

pytestmark = pytest.mark.prints
IN_IMMIGRATION = range(1, 16)
IN_CRIMINAL = range(1, 21)
ALL = range(1, 26)


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory, prints: Path, request: pytest.FixtureRequest):
    """20 persons enrolled by the owners, 25 bookings submitted over HTTP, and whoever has to look has looked."""
    data = tmp_path_factory.mktemp("journey") / "data"
    cards = prints / "minex3"
    owner = grant(data, "repository-owner")
    agency = grant(data, "agency", LOS_ANGELES, kind="agency")
    files = {}
    for person in IN_CRIMINAL:
        path = data.parent / f"a{person:03d}.eft"
        path.write_bytes(eft(Card(person, "a", cards), tcn=f"ENROL{person:06d}"))
        files[person] = str(path)
    people: dict[tuple[str, int], str] = {}
    for repository, persons in (("immigration", IN_IMMIGRATION), ("criminal", IN_CRIMINAL)):
        done = run(data, "enroll", *[files[p] for p in persons], "--repository", repository, key=owner)["enrolled"]
        people |= {(repository, person): row["person"] for person, row in zip(persons, done, strict=True)}
    service = Service(data)
    request.addfinalizer(service.stop)
    service.start()
    with service.client(agency) as client:
        submissions = {}
        for person in ALL:
            answer = client.post("/submissions", content=eft(Card(person, "b", cards), tcn=f"BOOKING{person:06d}"))
            assert 202 == answer.status_code, answer.text
            submissions[person] = answer.json()["submission"]
        states = {}

        def searched() -> bool:
            for person, submission in submissions.items():
                states[person] = client.get(f"/submissions/{submission}").json()
            return all(s["state"] in {"searched", "answered", "closed"} for s in states.values())

        assert wait_until(searched, within_s=400, step_s=2), Counter(s["state"] for s in states.values())
        yield {
            "data": data,
            "service": service,
            "client": client,
            "submissions": submissions,
            "people": people,
            "agency": agency,
        }
    service.stop()


@pytest.fixture(scope="module")
def cases(programme):
    return run(programme["data"], "case", "list", "--all", key=grant(programme["data"], "supervisor"))["cases"]


def candidates(programme, case: str, examiner: str):
    return run(programme["data"], "case", "show", case, key=examiner)["candidates"]


@pytest.fixture(scope="module")
def concluded(programme, cases):
    """Two independent examiners have looked at every case, and everything that follows by itself has followed."""
    data, client = programme["data"], programme["client"]
    keys = [grant(data, "examiner"), grant(data, "examiner")]
    first = cases[0]["case"]
    person = candidates(programme, first, keys[0])[0]["person"]
    for key in keys:
        run(
            data,
            "case",
            "conclude",
            first,
            "--conclusion",
            "SOURCE_IDENTIFICATION",
            "--candidate",
            person,
            "--reasons",
            "agreement",
            key=key,
        )
    house = open_house(data)  # beside the server, as another process of the same installation
    examiners = [people.actor_with(house, key) for key in keys]
    for case in cases[1:]:
        shown = desk.show_case(house, CaseId(case["case"]), by=examiners[0])["candidates"]
        for examiner in examiners:
            done = desk.conclude(house, CaseId(case["case"]), conclusion="SOURCE_IDENTIFICATION", candidate=shown[0]["person"],
                                 reasons="ridge flow and minutiae agree", by=examiner)  # fmt: skip
            assert done.refused is None
    house.close()
    answers = {}

    def answered() -> bool:
        for person, submission in programme["submissions"].items():
            got = client.get(f"/submissions/{submission}/answer", headers={"Accept": "application/json"})
            if got.status_code == 200:
                answers[person] = (got.json()["kind"], got.json()["srf"])
        return len(answers) == len(programme["submissions"])

    assert wait_until(answered, within_s=60), answers
    return answers


def test_each_mate_is_the_first_candidate_of_its_repository_and_nobody_else_is_reviewed(programme, cases) -> None:
    """Score zones were fixed before any card was read: enrolled persons reach review, un-enrolled ones never do."""
    examiner = grant(programme["data"], "examiner")
    first = {
        (case["repository"], case["submission"]): candidates(programme, case["case"], examiner)[0]["person"]
        for case in cases
    }
    expected = {
        (repository, programme["submissions"][person]): programme["people"][(repository, person)]
        for repository, persons in (("immigration", IN_IMMIGRATION), ("criminal", IN_CRIMINAL))
        for person in persons
    }

    assert expected == first


def test_every_submission_gets_exactly_one_answer_after_two_examiners(programme, concluded) -> None:
    """SRE says I only when two independent examiners identified; without candidates N goes out by itself."""
    data, client = programme["data"], programme["client"]

    assert {person: ("SRE", "I" if person in IN_CRIMINAL else "N") for person in ALL} == concluded
    assert wait_until(
        lambda: (
            {client.get(f"/submissions/{s}").json()["state"] for s in programme["submissions"].values()} == {"closed"}
        ),
        within_s=60,
    ), "RET=N prints are destroyed when their verification closes"
    report = run(data, "doctor", "--fsck")
    assert [] == report["problems"]
    for repository in ("criminal", "immigration"):
        total = report["authorities"][repository]
        assert total["issued"] == total["spent"] + total["voided"] + total["open"] == len(ALL)


def test_the_months_table_adds_up_to_the_submissions(programme, concluded) -> None:
    """Every submission is counted once, and every IDENT match that two examiners established; a stranger gets the same numbers."""
    assert len(concluded) == len(ALL)
    data = programme["data"]
    release = run(data, "stats", "close", "--month", run(data, "stats", "months")["months"][-1], "--before-its-end")[
        "release"
    ]
    verified = run(data, "stats", "verify", release)
    nation = next(line for line in verified["table"] if line["key"] == "nation")["cells"]

    assert (25, 25, 15) == tuple(
        nation[column]["value"] for column in ("submissions", "immigration_searches", "matches")
    )
    assert verified["rows_opened"] == verified["rows_counted"] > 0
    assert 11 <= verified["smallest"]
