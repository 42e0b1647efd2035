"""The desk's pages as a signed-in person meets them: who sees what, what is hidden, what the rules refuse."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import httpx2 as httpx
import pytest
from cards import BOSTON, LOS_ANGELES
from website import PASSWORD, World

from tenprint.ids import CaseId
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.refer.referral.fold import replay
from tenprint.workflow import desk
from tenprint.workflow.signing_in import sign_out
from tenprint.workflow.views.case_page import case_page

SCRIPT = re.compile(r"<script|javascript:|\son\w+=|<style|\sstyle=", re.IGNORECASE)


@pytest.fixture
def criminal_case(served: World) -> CaseId:
    """A second booking of an enrolled person, searched: its case waits for examiners."""
    return served.cases_of(served.book(seed=1))["criminal"]


@pytest.fixture
def immigration_case(served: World) -> CaseId:
    """A booking of a person whom the immigration repository's owner enrolled."""
    return served.cases_of(served.book(seed=2))["immigration"]


def test_nobody_sees_the_desk_without_signing_in(served: World, criminal_case: CaseId) -> None:
    """Every address of the desk leads to the door, and back afterwards; a foreign address is never the way back."""
    with httpx.Client(base_url=served.url) as client:
        for path in ("/desk", f"/desk/cases/{criminal_case}", f"/desk/cases/{criminal_case}/prints/probe/2.png"):
            answer = client.get(path)
            assert (303, f"/sign-in?after={path}") == (answer.status_code, answer.headers["location"])
        away = client.get("/sign-in?after=https://example.org/desk").text

    assert 'name="after" value="/desk"' in away


def test_the_cookie_of_a_session_is_out_of_reach_and_new_at_each_sign_in(served: World) -> None:
    """Design 8: HttpOnly, SameSite, rotated at sign-in; the old session is over."""
    actor = served.person("auditor")
    with httpx.Client(base_url=served.url) as client:
        tokens = []
        for _ in range(2):
            form = client.get("/sign-in", headers={"cookie": ""})
            csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', form.text)
            if csrf is None:
                client.cookies.delete("tenprint_session")
                form = client.get("/sign-in")
                csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', form.text)
            answer = client.post("/sign-in", data={"csrf": csrf.group(1), "name": actor.label, "password": PASSWORD})
            cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("tenprint_session"))
            assert "HttpOnly" in cookie
            assert "samesite=strict" in cookie.lower()
            tokens.append(client.cookies["tenprint_session"])

    assert tokens[0] != tokens[1]


def test_a_form_without_its_token_or_from_elsewhere_does_nothing(
    served: World, signed_in, criminal_case: CaseId
) -> None:
    """Design 8, CSRF: no token, another session's token, another site: each is refused and nothing is recorded."""
    person, other = signed_in("examiner"), signed_in("examiner", number=2)
    path = f"/desk/cases/{criminal_case}/conclude"
    fields = {"conclusion": "INCONCLUSIVE", "reasons": "test"}
    answers = [
        person.client.post(path, data=fields),
        person.client.post(path, data={**fields, "csrf": other.csrf}),
        person.client.post(path, data={**fields, "csrf": person.csrf}, headers={"sec-fetch-site": "cross-site"}),
    ]

    assert [403, 403, 403] == [a.status_code for a in answers]
    assert desk.stage(served.house, criminal_case) == "examination"
    assert "ConclusionRecorded" not in str(desk.show_case(served.house, criminal_case, by=served.person("auditor")))


def test_a_second_examiner_is_blind_to_the_first(served: World, signed_in, criminal_case: CaseId) -> None:
    """Design decision 9: two independent examiners; the first's conclusion and words are hidden until the second's stand."""
    first, second = signed_in("examiner"), signed_in("examiner", number=2)
    path = f"/desk/cases/{criminal_case}"
    candidate = re.search(r"candidate=([0-9a-f]{32})", first.get(path).text).group(1)
    done = first.post(
        f"{path}/conclude", conclusion="SOURCE_IDENTIFICATION", candidate=candidate, reasons="ZIGZAG at the core"
    )
    before = second.get(path).text
    again = first.get(path).text
    second.post(f"{path}/conclude", conclusion="SOURCE_IDENTIFICATION", candidate=candidate, reasons="Delta agrees")
    after = second.get(path).text

    assert (303, f"{path}?done=conclude") == (done.status_code, done.headers["location"])
    assert "ZIGZAG" not in before
    assert "Another examiner has concluded" in before
    assert not re.search(r"score \d", before)
    assert "ZIGZAG" in again
    assert "Same source (identification)" in again
    assert "ZIGZAG" in after
    assert re.search(r"score \d", after)
    assert "established by two examiners" in after


def test_what_the_rules_refuse_is_shown_with_its_rule_and_keeps_what_was_written(
    served: World, signed_in, criminal_case: CaseId
) -> None:
    """A refusal is a value: the page says why, cites the rule, and the form still holds the words."""
    examiner = signed_in("examiner", number=2)
    answer = examiner.post(
        f"/desk/cases/{criminal_case}/conclude",
        conclusion="SOURCE_IDENTIFICATION",
        candidate="",
        reasons="Forgot to say who",
    )

    assert answer.status_code == 409
    assert "An identification names its candidate." in answer.text
    assert "design decision 9" in answer.text
    assert "CANDIDATE_MISSING" in answer.text
    assert ">Forgot to say who</textarea>" in answer.text


def test_prints_are_served_to_examiners_and_supervisors_only_and_never_kept(
    served: World, signed_in, criminal_case: CaseId
) -> None:
    """Cells of the table: two roles get PNG with no-store, all others a refusal."""
    path = f"/desk/cases/{criminal_case}/prints/probe/2.png"
    for role in ("examiner", "supervisor"):
        answer = signed_in(role).get(path)
        assert (200, "image/png", "no-store") == (
            answer.status_code,
            answer.headers["content-type"],
            answer.headers["cache-control"],
        )
        assert answer.content.startswith(b"\x89PNG")
    for role in ("field-officer", "status-specialist", "auditor", "operator"):
        assert signed_in(role).get(path).status_code == 403, role
    assert signed_in("examiner").get(path.replace("/2.png", "/3.png")).status_code == 404
    assert signed_in("examiner").get(path.replace("probe", "0" * 32)).status_code == 404


def test_both_prints_stand_side_by_side_and_minutiae_only_on_demand(signed_in, criminal_case: CaseId) -> None:
    """Style 6: two prints side by side, minutiae hidden until asked for."""
    examiner = signed_in("examiner", number=3)
    plain = examiner.get(f"/desk/cases/{criminal_case}?finger=7").text
    asked = examiner.get(f"/desk/cases/{criminal_case}?finger=7&minutiae=1").text

    assert 2 == len(re.findall(r'<image href="[^"]+/prints/\w+/7\.png"', plain))
    assert 'class="overlay"' not in plain
    assert 2 == asked.count('class="overlay"')
    assert asked.count("rotate(") > 16


def test_each_print_says_its_quality_and_shows_its_ridges_direction_on_demand(signed_in, criminal_case: CaseId) -> None:
    """What extraction thought of both images, in words; the direction of ridges hidden until asked for, then kept by links."""
    examiner = signed_in("examiner", number=3)
    plain = examiner.get(f"/desk/cases/{criminal_case}?finger=7").text
    asked = examiner.get(f"/desk/cases/{criminal_case}?finger=7&flow=1").text

    assert 2 == plain.count("by tenprint-quality")
    assert 'class="flow"' not in plain
    assert 2 == asked.count('class="flow"')
    assert "Hide direction of ridges" in asked
    assert "minutiae=1&amp;flow=1" in asked


def test_both_prints_have_one_scale_and_a_bar_of_five_millimetres(signed_in, criminal_case: CaseId) -> None:
    """ANSI/NIST-ITL 1-2011 class 500: 98.4 pixels are 5 mm; both drawings have one frame, so a pixel is as large in both."""
    page = signed_in("examiner", number=3).get(f"/desk/cases/{criminal_case}?large=1").text

    frames = re.findall(r'class="sheet" viewBox="([^"]+)"', page)
    assert 2 == len(frames)
    assert 1 == len(set(frames))
    assert 2 == page.count("h98.4")
    assert 'class="bench large"' in page
    assert "Fit to the page" in page


def test_the_board_is_filtered_without_javascript(served: World, signed_in, immigration_case: CaseId) -> None:
    """Who waits for what since when: by role, place and lateness; a choice that fits nothing says so and offers the way back."""
    del immigration_case
    supervisor = signed_in("supervisor")
    everything = supervisor.get("/desk").text
    own = supervisor.get("/desk?role=own").text
    examiners = supervisor.get("/desk?role=examiner").text
    nothing = supervisor.get("/desk?place=Nowhere").text

    assert "Waits since" in everything
    assert 'id="for-examiner"' in everything
    assert 'id="for-examiner"' not in own
    assert 'id="for-examiner"' in examiners
    assert '<option value="examiner" selected>' in examiners
    assert "Nothing waits that fits" in nothing
    assert 'href="/desk">Show everything' in nothing
    assert re.search(r"\d (PDT|PST)</time>", everything), "times are those of the place"


def test_a_mistake_in_a_form_is_named_beside_its_field(signed_in, immigration_case: CaseId) -> None:
    """WCAG 3.3.1 and 3.3.3: which field, what is wrong, and everything that was written is still there."""
    path = f"/desk/cases/{immigration_case}/record_history"
    page = signed_in("charge-officer").post(path, known="none", source="rap sheet", as_of="7 June", reason="as read")

    assert 400 == page.status_code
    assert 'href="#record_history-as_of">As of</a>' in page.text
    assert 'id="record_history-as_of-fault"' in page.text
    assert re.search(r'id="record_history-as_of"[^>]*aria-invalid="true"', page.text)
    assert 'value="rap sheet"' in page.text


def test_a_session_that_ended_loses_no_words(served: World, signed_in, criminal_case: CaseId) -> None:
    """The door says why it is there, leads back, and gives a form's words back to who wrote them, and to nobody else's site."""
    person = signed_in("examiner", number=3)
    sign_out(served.house, person.client.cookies["tenprint_session"])
    path = f"/desk/cases/{criminal_case}"
    sent = {"csrf": person.csrf, "conclusion": "INCONCLUSIVE", "reasons": "A scar <crosses> the core"}
    led = person.get(f"{path}?minutiae=1")
    kept = person.client.post(f"{path}/conclude", data=sent)
    foreign = person.client.post(f"{path}/conclude", data=sent, headers={"sec-fetch-site": "cross-site"})

    assert (303, f"/sign-in?after={path}%3Fminutiae%3D1&ended=1") == (led.status_code, led.headers["location"])
    assert "Your session has ended" in person.get(led.headers["location"]).text
    assert 401 == kept.status_code
    assert "A scar &lt;crosses&gt; the core</textarea>" in kept.text
    assert f'name="after" value="{path}"' in kept.text
    assert person.csrf not in kept.text
    assert "A scar" not in foreign.text
    assert "A scar" not in str(desk.show_case(served.house, criminal_case, by=served.person("examiner", number=3)))


def test_a_print_that_was_never_kept_is_said_not_guessed(signed_in, immigration_case: CaseId) -> None:
    """An encounter enrolled as a template has no picture: the page says so in its place."""
    page = signed_in("examiner", number=3).get(f"/desk/cases/{immigration_case}").text

    assert "No image is kept" in page
    assert "/prints/probe/" in page


def test_a_jail_sees_its_own_agencys_cases_only(served: World, signed_in, immigration_case: CaseId) -> None:
    """The reach `own` of the table of access, on the board and on the page."""
    here = signed_in("jail-officer", number=1, oris=(LOS_ANGELES,))
    away = signed_in("jail-officer", number=2, oris=(BOSTON,))

    assert here.get(f"/desk/cases/{immigration_case}").status_code == 200
    assert immigration_case in here.get("/desk?part=cases&page=999").text
    assert away.get(f"/desk/cases/{immigration_case}").status_code == 403
    assert immigration_case not in away.get("/desk?part=cases&page=999").text


def test_the_board_says_what_the_gate_said_and_names_no_person(
    served: World, signed_in, immigration_case: CaseId
) -> None:
    """Reason as a sentence, basis, evidence and document beside it; names and control numbers nowhere."""
    served.clock.advance(timedelta(seconds=1))  # the newest of them all
    served.book(seed=3, ori=BOSTON)
    page = signed_in("supervisor").get("/desk").text

    assert "The state has not agreed, and the profile honours nothing else here." in page
    assert "not searched" in page
    assert "secondary source" in page
    assert "SAMPLE" not in page
    assert "WEB0000" not in page
    assert "Compare the prints" in page
    operator = signed_in("operator").get("/desk").text
    assert immigration_case not in operator


def test_hourly_alerts_are_one_entry_of_the_timeline(
    served: World, signed_in, immigration_case: CaseId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of alerts of an overdue release would bury what people did: in a row they are told once, with how often."""
    file_stream = Reader.stream
    alert = events.RELEASE_OVERDUE
    at = served.clock.now()

    def with_alerts(reader, kind, name, **asked):
        found = list(file_stream(reader, kind, name, **asked))
        if kind != events.CASE:
            return found
        opened = found[0]
        return [
            *found,
            *(
                replace(opened, type=alert, effective_at=at + timedelta(hours=n), public={"hours": n})
                for n in range(1, 4)
            ),
        ]

    before = case_page(served.house, immigration_case, by=served.person("auditor")).timeline
    monkeypatch.setattr(Reader, "stream", with_alerts)
    monkeypatch.setattr(
        "tenprint.workflow.views.case_page.replay", lambda stream: replay([e for e in stream if e.type != alert])
    )
    timeline = case_page(served.house, immigration_case, by=served.person("auditor")).timeline

    assert 1 + len(before) == len(timeline)
    assert (3, at + timedelta(hours=3), at + timedelta(hours=1)) == (
        timeline[0].times,
        timeline[0].at,
        timeline[0].since,
    )


def test_rule_and_evidence_stand_beside_a_decision(served: World, signed_in, immigration_case: CaseId) -> None:
    """Evidence marks travel into the screens: the answer of the rules, their citation and mark beside the act."""
    served.identified(immigration_case)
    specialist, officer = signed_in("status-specialist"), signed_in("field-officer")
    path = f"/desk/cases/{immigration_case}"
    assert 303 == specialist.post(f"{path}/query", attention="Desk 7", in_custody="yes").status_code
    answer = specialist.post(f"{path}/respond", status="overstay", status_as_of="2011-06-01", removable="yes", citizenship_evidence="none",
                             text="Two records.", sources="A\nB")  # fmt: skip
    assert 303 == answer.status_code
    assert (
        303
        == officer.post(
            f"{path}/dispose", disposition="detainer", reason_code="priority", reason="Within them."
        ).status_code
    )
    page = officer.get(path).text

    assert "may-issue-detainer/protected-person/1" in page, "the rule that decided, and none that was not asked"
    assert "ICE memorandum 10076.1" in page
    assert "secondary source" in page
    assert "What your role may do now" in page
    assert "Issue a detainer" in page
    assert (
        officer.post(
            f"{path}/dispose", disposition="detainer", reason_code="x", reason="", removability_ground=""
        ).status_code
        == 409
    )
    assert (
        officer.post(f"{path}/record_history", known="none", source="x", as_of="not a day", reason="x").status_code
        == 400
    )
    assert officer.post(f"{path}/no_such_command").status_code == 404


def test_no_page_holds_script_or_inline_style(signed_in, criminal_case: CaseId) -> None:
    """CSP without inline script: the pages need none."""
    examiner = signed_in("examiner", number=3)
    for path in ("/desk", f"/desk/cases/{criminal_case}?minutiae=1", "/public", "/public/2011-06", "/public/verify", "/public/participation",
                 "/desk/none"):  # fmt: skip
        assert not SCRIPT.search(examiner.get(path).text), path


def test_signing_out_ends_the_session(signed_in) -> None:
    """The token is of no use afterwards."""
    person = signed_in("auditor", number=2)
    token = person.client.cookies["tenprint_session"]
    assert 303 == person.post("/sign-out").status_code
    person.client.cookies.set("tenprint_session", token)

    assert 303 == person.get("/desk").status_code
