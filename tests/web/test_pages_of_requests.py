"""Requests to seal or delete: shown to whom the table of access says, asked, decided and carried out from pages by three people."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cards import BOSTON, LOS_ANGELES
from website import Person, World

from tenprint.errors import NotPermitted
from tenprint.ids import ActorId, CaseId
from tenprint.infra.access.table import ROLES, TABLE, Actor
from tenprint.workflow import retention
from tenprint.workflow.views.board import Wanted, board
from tenprint.workflow.views.requests import ask_page, request_page, requests_page

SEES = set(TABLE["view_retention:*"].roles)
OWNER = "repository-owner:criminal"


@pytest.fixture
def closed(served: World) -> CaseId:
    """A case that is over, so that its booking is at rest."""
    case = served.cases_of(served.book(seed=2))["immigration"]
    served.refuted(case)
    return case


def ask(person: Person, case: CaseId, **fields: str) -> str:
    """The request's id."""
    sent = {"act": "seal", "origin": "person", "reason": "He asks for QUIET."} | fields
    answer = person.post(f"/desk/cases/{case}/record", **sent)
    assert 303 == answer.status_code, answer.text[-3000:]
    return re.fullmatch(r"/desk/requests/([0-9a-f]{32})\?done=ask", answer.headers["location"]).group(1)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"agency", "system"}))
def test_requests_are_for_the_roles_of_the_table(served: World, signed_in, role: str) -> None:
    """Cells of the table of access, `view_retention:*`: the owner of the repository sees what they must carry out; others a refusal."""
    del served
    person = signed_in(OWNER if role == "repository-owner" else role)
    answer, board_page = person.get("/desk/requests"), person.get("/desk").text

    assert (200 if role in SEES else 403) == answer.status_code
    assert ("No person is named here" in answer.text) == (role in SEES)
    assert ('href="/desk/requests"' in board_page) == (role in SEES)
    assert ('href="/desk/custody"' in board_page) == (role in TABLE["view_case"].roles)


def test_the_owner_of_another_repository_sees_no_request(signed_in) -> None:
    """A booking's record is the criminal repository's: the immigration repository's owner neither sees nor carries out."""
    assert 403 == signed_in("repository-owner:immigration").get("/desk/requests").status_code


def test_three_people_seal_a_record_from_pages(served: World, signed_in, closed: CaseId) -> None:
    """Design decision 3: asked by one, decided by another with code and words, carried out by a third; each sees only their form."""
    officer, supervisor, owner = signed_in("field-officer"), signed_in("supervisor"), signed_in(OWNER)
    assert f'href="/desk/cases/{closed}/record"' in officer.get(f"/desk/cases/{closed}").text
    name = ask(officer, closed)
    at = f"/desk/requests/{name}"
    asked = {
        who: person.get(at).text for who, person in (("officer", officer), ("supervisor", supervisor), ("owner", owner))
    }
    listed = supervisor.get("/desk/requests").text

    assert f'href="{at}"' in listed
    assert f"/desk/cases/{closed}#record" in listed
    assert "QUIET" not in listed
    assert {"supervisor"} == {who for who, page in asked.items() if f"{at}/decide" in page}
    assert {"supervisor"} == {who for who, page in asked.items() if "QUIET" in page}
    assert "It waits for the supervisor." in asked["owner"]
    assert 403 == officer.post(f"{at}/decide", granted="yes", reason_code="x", reason="y").status_code
    assert 409 == owner.post(f"{at}/execute", sure="yes").status_code  # nobody has granted it yet
    decided = supervisor.post(f"{at}/decide", granted="yes", reason_code="person_asks", reason="As the law allows.")
    assert (303, f"{at}?done=decide") == (decided.status_code, decided.headers["location"])
    assert f"{at}/execute" not in supervisor.get(at).text
    page = owner.get(at).text
    assert f"{at}/execute" in page
    assert "person_asks" in page
    done = owner.post(f"{at}/execute", sure="yes")
    assert 200 == done.status_code
    digest = re.search(r'class="hash">([0-9a-f]{64})<', done.text).group(1)
    assert f"&#34;receipt_sha256&#34;: &#34;{digest}&#34;" in done.text
    assert f"&#34;request&#34;: &#34;{name}&#34;" in done.text
    assert digest in owner.get(at).text
    assert 409 == owner.post(f"{at}/execute", sure="yes").status_code
    assert 403 == supervisor.get(f"/desk/cases/{closed}").status_code
    assert name not in supervisor.get("/desk/requests").text
    everything = supervisor.get("/desk/requests?all=yes").text
    assert re.search(rf'href="{at}".*?carried out.*?Sealed by law', everything, re.DOTALL)
    assert closed not in everything  # a sealed record says that it is sealed and nothing else
    served.tick()


def test_only_a_court_s_order_unseals_and_it_is_asked_from_the_request_that_sealed(
    served: World, signed_in, closed: CaseId
) -> None:
    """Design decision 3: the sealed case can't be opened, so the request that sealed it carries the form; without an order it is refused."""
    officer = signed_in("field-officer")
    name = ask(officer, closed)
    retention.decide(served.house, name, granted=True, reason_code="ok", reason="Read.", by=served.person("supervisor"))
    retention.execute(served.house, name, by=served.person(OWNER))
    at = f"/desk/requests/{name}"

    assert f"{at}/unseal" in officer.get(at).text
    assert f"{at}/unseal" not in signed_in("auditor").get(at).text
    refused = officer.post(f"{at}/unseal", order="", reason="It is needed.")
    assert 409 == refused.status_code
    assert "ORDER_MISSING" in refused.text
    assert "It is needed." in refused.text
    made = officer.post(f"{at}/unseal", order="docket-11-9", reason="The court says so.")
    assert 303 == made.status_code
    assert "Unseal" in officer.get(made.headers["location"]).text


def test_what_is_wrong_with_a_request_is_said_and_nothing_is_recorded(served: World, signed_in, closed: CaseId) -> None:
    """A mistake stands beside its field, a refusal with its rule, and what was written stays."""
    officer, supervisor = signed_in("field-officer"), signed_in("supervisor")
    before = len(retention.listing(served.house, by=served.person("auditor"), open_only=False))
    path = f"/desk/cases/{closed}/record"
    no_act = officer.post(path, act="burn", origin="person", reason="KEPT WORDS")
    no_order = officer.post(path, act="delete", origin="order", reason="KEPT WORDS")
    owned = officer.post(path, act="delete", origin="agency", reason="Not an agency.")
    waiting = served.cases_of(served.book(seed=1))["criminal"]
    early = officer.post(f"/desk/cases/{waiting}/record", act="seal", origin="person", reason="Too early.")

    assert (400, 409, 400, 400) == tuple(x.status_code for x in (no_act, no_order, owned, early))
    assert "choose one of those shown" in no_act.text
    assert "named by a code" in no_order.text
    assert all("KEPT WORDS" in page.text for page in (no_act, no_order))
    assert "Not yet" in officer.get(f"/desk/cases/{waiting}/record").text
    assert before == len(retention.listing(served.house, by=served.person("auditor"), open_only=False))
    assert 403 == signed_in("examiner").get(path).status_code
    name = ask(officer, closed)
    unsaid = supervisor.post(f"/desk/requests/{name}/decide", reason_code="x", reason="y")
    coded = supervisor.post(f"/desk/requests/{name}/decide", granted="no", reason_code="two words", reason="y")
    assert (400, 409) == (unsaid.status_code, coded.status_code)
    assert ["asked"] == [step.what for step in request_page(served.house, name, by=served.person("supervisor")).steps]
    assert 404 == supervisor.get("/desk/requests/none").status_code
    assert 404 == supervisor.post(f"/desk/requests/{name}/burn").status_code


def test_whoever_asked_does_not_decide(served: World, signed_in, closed: CaseId) -> None:
    """Design decision 3: the page of a supervisor who asked says that another decides, and the rules refuse it too."""
    name = ask(signed_in("supervisor"), closed)
    page = signed_in("supervisor").get(f"/desk/requests/{name}").text
    posted = signed_in("supervisor").post(f"/desk/requests/{name}/decide", granted="yes", reason_code="x", reason="y")

    assert "Another supervisor decides it" in page
    assert f"{name}/decide" not in page
    assert 409 == posted.status_code
    assert "DECIDED_BY_WHO_ASKED" in posted.text
    other = signed_in("supervisor", number=2).get(f"/desk/requests/{name}").text
    assert f"{name}/decide" in other


def test_a_request_says_when_it_is_due_and_the_board_leads_to_it(served: World, signed_in, closed: CaseId) -> None:
    """Whoever must act finds the request from the board; one that waits too long is said to be late."""
    name = ask(signed_in("field-officer"), closed)
    by = served.person("supervisor")
    (row,) = [x for x in requests_page(served.house, by=by).rows if x.id == name]

    assert (row.acts, row.mine, row.answer) == ("supervisor", True, "")
    assert row.due == row.asked_at + timedelta(days=3)
    pages = board(served.house, by=by, profile="consent", wanted=Wanted(kind="retention_decision", part="tasks")).pages
    waits = [
        task.request
        for page in range(1, pages + 1)
        for task in board(served.house, by=by, profile="consent", wanted=Wanted(kind="retention_decision", part="tasks", page=page)).line
    ]  # fmt: skip
    assert name in waits
    assert 'href="/desk/requests/' in signed_in("supervisor").get("/desk?part=tasks&kind=retention_decision").text
    assert ["span/retention-decision/1"] == [one.id for one in row.why_due]
    for path in (f"/desk/requests/{name}", "/desk/requests", "/desk?part=tasks&kind=retention_decision"):
        page = signed_in("supervisor").get(path).text
        assert "Why then" in page, path
        assert "own choice; no source gives the figure" in page, path
    examined = (
        signed_in("examiner", number=4).get(f"/desk/cases/{served.cases_of(served.book(seed=1))['criminal']}").text
    )
    assert "IAFIS goal for criminal ten-prints, two hours" in examined
    served.clock.advance(timedelta(days=4))
    (late,) = [x for x in requests_page(served.house, by=by).rows if x.id == name]
    assert late.left_s < 0
    assert "overdue by" in signed_in("supervisor").get(f"/desk/requests/{name}").text


def test_an_agency_sees_requests_about_its_own_bookings_only(served: World, signed_in, closed: CaseId) -> None:
    """The table of access reaches an agency's own ORIs only, and only the agency that owns the arrest asks as its owner."""
    name = ask(signed_in("field-officer"), closed)
    here, away = (
        Actor(id=ActorId(f"agency-{ori}"), kind="agency", roles=("agency",), oris=(ori,), label=ori)
        for ori in (LOS_ANGELES, BOSTON)
    )

    assert name in [row.id for row in requests_page(served.house, by=here).rows]
    assert name not in [row.id for row in requests_page(served.house, by=away).rows]
    assert ask_page(served.house, closed, by=here).origins[0] == "agency"
    assert "agency" not in ask_page(served.house, closed, by=served.person("field-officer")).origins
    for view in (lambda: request_page(served.house, name, by=away), lambda: ask_page(served.house, closed, by=away)):
        with pytest.raises(NotPermitted):
            view()
