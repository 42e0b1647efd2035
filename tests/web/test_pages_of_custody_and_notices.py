"""Who is held and until when, what is owed to whom, and what stands behind a case: shown to whom it concerns, to nobody else."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from cards import BOSTON, LOS_ANGELES
from website import Person, World

from tenprint.errors import NotPermitted
from tenprint.ids import CaseId
from tenprint.infra.access.table import ROLES, TABLE
from tenprint.workflow import desk, history, retention
from tenprint.workflow.views.board import SHORT, Wanted, board
from tenprint.workflow.views.overdue import custody_page
from tenprint.workflow.views.owed import notices_page

SEES_CASES = set(TABLE["view_case"].roles)


@pytest.fixture(scope="module")
def held(served: World) -> CaseId:
    """A person who was held on a detainer; other tests move the clock past its end."""
    return served.held(served.cases_of(served.book(seed=2))["immigration"])


@pytest.fixture
def overdue(served: World) -> CaseId:
    """A person whose hold ended and who is still held, and nobody else in that state."""
    custodian = served.person("custodian", oris=("*",))
    for line in custody_page(served.house, by=served.person("auditor")).overdue:
        assert desk.record_release(served.house, line.case, released_at=None, by=custodian).refused is None
    case = served.held(served.cases_of(served.book(seed=2))["immigration"])
    served.clock.advance(timedelta(days=6))
    served.tick()
    return case


def text_of(person: Person, path: str, *, status: int = 200) -> str:
    answer = person.get(path)
    assert status == answer.status_code, answer.text[:400]
    return answer.text


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"agency", "system"}))
def test_custody_and_notices_are_for_the_roles_that_see_cases(
    served: World, signed_in, held: CaseId, role: str
) -> None:
    """Cells of the table of access, `view_case`: the others get a page that says whom to ask; nothing of a case is on it."""
    del served
    name = "repository-owner:criminal" if role == "repository-owner" else role
    person = signed_in(name)
    for path in ("/desk/custody", "/desk/notices"):
        page = text_of(person, path, status=200 if role in SEES_CASES else 403)
        assert ("No person is named here" in page) == (role in SEES_CASES)
        if role not in SEES_CASES:
            assert "Not for you" in page
            assert held not in page


def test_a_running_hold_shows_its_end_and_its_rules_to_the_jail_that_holds(served: World, signed_in) -> None:
    """Domain 3.3: until when at the latest, by which clock, in the facility's own time; another county's jail sees nothing."""
    held = served.held(
        served.cases_of(served.book(seed=2))["immigration"]
    )  # its own: other tests move the clock past theirs
    here = text_of(signed_in("jail-officer", number=1, oris=(LOS_ANGELES,)), "/desk/custody")
    away = text_of(signed_in("jail-officer", number=2, oris=(BOSTON,)), "/desk/custody")
    (line,) = [one for one in custody_page(served.house, by=served.person("auditor")).holds if one.case == held]

    assert f"/desk/cases/{held}" in here
    assert held not in away
    assert "8 CFR 287.7(d)" in here
    assert 0 < line.left_s <= 5 * 86_400
    assert line.tz is not None
    assert line.expires.astimezone(line.tz).strftime("%H:%M") in here
    with pytest.raises(NotPermitted):
        custody_page(served.house, by=served.operator)


def test_an_overdue_release_is_seen_by_every_role_with_who_must_act(signed_in, overdue: CaseId) -> None:
    """Domain 3.4 G9: the custodian releases. No role sees "Nothing waits" beside it without being told whom it waits for."""
    for role in ("jail-officer", "custodian", "supervisor", "field-officer", "auditor"):
        person = signed_in(role, number=1, oris=(LOS_ANGELES,) if role in {"jail-officer", "custodian"} else ("*",))
        for path in ("/desk", "/desk/custody"):
            table = re.search(r'aria-labelledby="overdue">.*?</section>', text_of(person, path), re.DOTALL).group(0)
            assert overdue in table, (role, path)
            assert re.search(r"Must act.*custodian", table, re.DOTALL)
            assert ("your role" in table) == (role == "custodian"), (role, path)
        page = text_of(person, f"/desk/cases/{overdue}")
        assert "Release was due: overdue by" in page, role
        if "Nothing waits for your role" in page:
            assert re.search(
                r"The case waits for other roles:.*?<strong>custodian</strong>: Release was due", page, re.DOTALL
            ), role
    assert "Record the release" in text_of(signed_in("custodian", oris=(LOS_ANGELES,)), f"/desk/cases/{overdue}")


def test_a_release_that_is_recorded_leaves_the_page_of_custody(served: World, signed_in, overdue: CaseId) -> None:
    """What was overdue is over: nobody is shown as held who is free."""
    done = desk.record_release(
        served.house, overdue, released_at=None, by=served.person("custodian", oris=(LOS_ANGELES,))
    )

    assert done.refused is None
    assert overdue not in text_of(signed_in("supervisor"), "/desk/custody")


def test_a_notice_is_shown_until_it_is_given_and_given_from_the_page(served: World, signed_in) -> None:
    """Domain 3.5: a reply on the identity is owed once somebody asks; the supervisor's own comes first, late is said."""
    case = served.cases_of(served.book(seed=2))["immigration"]
    served.identified(case)
    officer, supervisor = signed_in("field-officer"), signed_in("supervisor")
    asked = officer.post(f"/desk/cases/{case}/ask_redress", about="identity", reason="It is the brother.")
    owed = notices_page(served.house, by=served.person("supervisor"), what="reply_identity")
    (line,) = [one for one in owed.lines if one.case == case]
    page = text_of(supervisor, "/desk/notices?what=reply_identity")

    assert 303 == asked.status_code
    assert (line.mine, line.to, line.given) == (True, "person", None)
    assert "Reply on identity" in page
    assert f"/desk/cases/{case}#notices" in page
    assert "your role" in page
    assert "brother" not in page
    served.clock.advance(timedelta(days=90))
    assert "overdue by" in text_of(supervisor, "/desk/notices?late=yes&what=reply_identity")
    sent = {"open_notice": line.notice, "notice_outcome": "not_possible"}
    refused = supervisor.post(f"/desk/cases/{case}/give_notice", **sent)
    assert 409 == refused.status_code
    assert "Say in words why it was not possible." in refused.text
    given = supervisor.post(f"/desk/cases/{case}/give_notice", note="The person has moved.", **sent)
    assert 303 == given.status_code
    after = text_of(supervisor, f"/desk/cases/{case}")
    assert re.search(r"Reply on identity.*?Was not possible.*?given .*?overdue by", after, re.DOTALL)
    assert case not in text_of(supervisor, "/desk/notices?what=reply_identity")
    assert "Nothing is owed that fits" in text_of(supervisor, "/desk/notices?what=no_such")


def test_each_statement_of_history_stands_on_the_page_and_its_details_only_where_they_are_read(
    served: World, signed_in
) -> None:
    """Domain 1.5 and 3.1: source, day and correction for everybody who sees the case; a source's words for who decides on them."""
    case = served.cases_of(served.book(seed=2))["immigration"]
    served.identified(case)
    by = served.person("charge-officer")
    told = {"source": "court", "reason": "as read", "by": by, "kind": "disposition"}
    for more in (
        {
            "outcome": "convicted",
            "as_of": date(2009, 1, 5),
            "item": {"literal": "GUILTY, COUNT TWO", "ncic": "2303", "severity": "misdemeanor"},
        },
        {"outcome": "vacated", "as_of": date(2011, 6, 1), "corrects": 1, "item": {}},
    ):
        assert history.state_history(served.house, case, **told, **more).refused is None
    officer = text_of(signed_in("field-officer"), f"/desk/cases/{case}")
    jail = text_of(signed_in("jail-officer", oris=(LOS_ANGELES,)), f"/desk/cases/{case}")

    for page in (officer, jail):
        part = re.search(r'aria-labelledby="history">.*?</section>', page, re.DOTALL).group(0)
        assert re.search(r"1\. Disposition: convicted.*?corrected since.*?2\. Disposition: vacated", part, re.DOTALL)
        assert "Source court, as of 2009-01-05" in part
    assert "GUILTY, COUNT TWO" in officer
    assert "GUILTY" not in jail


def test_what_is_asked_and_done_about_a_record_stands_on_its_case(served: World, signed_in) -> None:
    """Design decision 3: asked, decided by one, carried out by another; a deleted record says so, a sealed one shows nothing else."""
    house, supervisor, owner = served.house, served.person("supervisor"), served.person("repository-owner:criminal")
    for act, order in (("seal", None), ("delete", "docket-11-204")):
        submission = served.book(seed=2)
        case = served.cases_of(submission)["immigration"]
        served.refuted(case)
        asked = retention.request(house, submission, act=act, origin="order" if order else "person", order=order, reason="As ordered.",
                                  by=served.person("field-officer"))  # fmt: skip
        page = text_of(signed_in("supervisor"), f"/desk/cases/{case}")
        assert re.search(
            r'aria-labelledby="record">.*?<strong><a href="/desk/requests/\w+">\w+</a></strong> <span class="mark warn">undecided',
            page,
            re.DOTALL,
        ), page
        assert "As ordered" not in page
        assert "Requests to seal or delete are shown to" in text_of(
            signed_in("examiner", number=3), f"/desk/cases/{case}"
        )
        name = asked["request"]
        assert "refused" not in retention.decide(
            house, name, granted=True, reason_code="ordered", reason="Read.", by=supervisor
        )
        assert "refused" not in retention.execute(house, name, by=owner)
        after = signed_in("supervisor").get(f"/desk/cases/{case}")
        if act == "seal":
            assert 403 == after.status_code
            assert "Sealed by law" in after.text
            assert "Source" not in after.text
        else:
            assert "The record was deleted" in after.text
            assert re.search(
                r"Delete</a></strong> <span class=\"mark good\">carried out.*?No copy can be read after",
                after.text,
                re.DOTALL,
            )


def test_the_board_is_short_and_each_part_opens_page_by_page(
    served: World, signed_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work is found: counts by kind that lead to their tasks, the first lines of each part, all of a part on pages of its own."""
    page_of = 4
    monkeypatch.setattr("tenprint.workflow.views.board.PAGE", page_of)
    for _ in range(SHORT + 1):
        served.book(seed=1)
    by = served.person("supervisor")
    short = board(served.house, by=by, profile="consent")
    full = board(served.house, by=by, profile="consent", wanted=Wanted(part="submissions", page=99))
    page = text_of(signed_in("supervisor"), "/desk")
    alone = text_of(signed_in("supervisor"), "/desk?part=submissions&page=0")
    kind = next(one for one in short.kinds if one.kind == "examine")
    of_kind = text_of(signed_in("supervisor"), "/desk?part=tasks&kind=examine&role=examiner")

    assert SHORT == len(short.newest) == len(short.cases)
    assert all(len(queue.tasks) <= SHORT for queue in short.tasks)
    assert short.submissions > page_of
    assert (full.pages, full.pages) == (-(-full.submissions // page_of), full.page)
    assert full.submissions - (full.pages - 1) * page_of == len(full.newest)
    assert 'href="/desk?part=submissions"' in page
    assert "Page 1 of" in alone
    assert 'aria-labelledby="cases"' not in alone
    assert min(kind.count, page_of) == len(re.findall(r'<th scope="row"><a href="/desk/cases/', of_kind))
    assert "Compare the prints" in of_kind
    assert "Decide the citizenship claim</a>" not in of_kind
    assert sum(one.count for one in short.kinds) == short.open_tasks
