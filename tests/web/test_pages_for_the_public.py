"""The public pages: released files byte for byte, numbers with their denominators, a receipt's check, errors, headers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2 as httpx
import pytest
from cards import BOSTON, LOS_ANGELES
from fastapi.testclient import TestClient
from website import World

from tenprint.api.application import create_app
from tenprint.ids import EventId
from tenprint.web.site import create_site
from tenprint.workflow import auditing, journal, releasing
from tenprint.workflow.coverage import report_bookings
from tenprint.workflow.submissions import first_event
from tenprint.workflow.views.coverage_page import coverage_page
from tenprint.workflow.views.places import participation
from tenprint.workflow.views.publications import publication
from tenprint.workflow.views.verification import SelfCheck, check_receipt

PAGES = (
    "/public",
    "/public/2011-06",
    "/public/participation",
    "/public/participation?on=2011-05-04",
    "/public/participation/MA",
    "/public/participation/coverage",
    "/public/participation/obligations",
    "/public/verify",
    "/docs",
    "/sign-in",
)
LIMIT = 300_000


@pytest.fixture
def visitor(served: World):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def test_what_is_downloaded_from_the_pages_verifies_without_them(
    served: World, visitor: httpx.Client, tmp_path: Path
) -> None:
    """Every link to a file leads to its bytes; with the keys of the page a stranger's verification passes."""
    names = re.findall(r'href="/public/2011-06/([\w.]+)"', visitor.get("/public/2011-06").text)
    folder = tmp_path / "2011-06"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(visitor.get(f"/public/2011-06/{name}").content)
    (tmp_path / "keys.json").write_bytes(visitor.get("/public/keys.json").content)
    report = releasing.verify(folder, keys=tmp_path / "keys.json")

    assert 8 == len(names)
    assert report["keys_from"] == "caller"
    assert all(
        (served.house.releases_root / "2011-06" / name).read_bytes() == (folder / name).read_bytes() for name in names
    )


def test_the_log_is_mirrored_over_http_and_recomputed_from_the_mirror(
    served: World, visitor: httpx.Client, tmp_path: Path
) -> None:
    """The log's public files are static: whoever copies them verifies the whole log; nothing else of its folder is served."""
    journal.publish(served.house, force=True)
    root = served.house.ledger_root
    for file in sorted(p for p in root.rglob("*") if p.is_file()):
        name = file.relative_to(root).as_posix()
        answer = visitor.get(f"/public/log/{name}")
        assert answer.status_code == (404 if name.split("/")[0] not in {"checkpoint", "tile"} else 200), name
        if answer.status_code == 200:
            (tmp_path / "mirror" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "mirror" / name).write_bytes(answer.content)
    (tmp_path / "log-keys.json").write_bytes(visitor.get("/public/log-keys.json").content)
    report = auditing.verify_log_folder(tmp_path / "mirror", keys=tmp_path / "log-keys.json")

    assert report["published"] == report["size"] > 500


def test_the_month_says_its_shares_with_both_counts_its_profile_and_its_evidence(
    served: World, visitor: httpx.Client
) -> None:
    """Every rate has its denominator in words; the profile, policy and its evidence mark are printed."""
    page = visitor.get("/public/2011-06").text

    assert "12 of 24 removals and returns (50.0 %), half." in page
    assert "38 of 70 immigration searches (54.3 %), more than half." in page
    assert '<span class="mark">consent</span>' in page
    assert "morton-2011/1" in page
    assert "confirmed by two sources" in page
    assert "Nobody outside can check" in page
    published = publication(served.house, "2011-06")
    for line in published.can_not:
        assert line.replace("'", "&#39;") in page


def test_a_suppressed_cell_is_marked_and_its_number_nowhere(served: World, visitor: httpx.Client) -> None:
    """k = 11: Cook's five submissions and Boston's eight are on no page, and closed gates show zero."""
    page = visitor.get("/public/2011-06").text
    published = publication(served.house, "2011-06")

    assert "Cook County" in published.small
    assert all(line.name != "Cook County" for line in published.lines)
    assert ("Cook, IL", "0") in published.closed
    assert 'Cook, IL</th><td class="num">0</td>' in page


def test_participation_says_what_the_gate_does_on_a_day_and_who_claimed_what(visitor: httpx.Client) -> None:
    """Design decision 10: claims stand beside what the gate does; a notice of termination ends after its thirty days."""
    before = visitor.get("/public/participation?on=2011-05-04").text
    after = visitor.get("/public/participation?on=2011-06-03").text

    assert "Claimed by" in before
    assert before != after
    assert "terminated" in after.lower() or "ended" in after.lower()
    wrong = visitor.get("/public/participation?on=tomorrow")
    assert 400 == wrong.status_code
    assert "tomorrow is no day" in wrong.text
    assert 'value="tomorrow"' in wrong.text


def test_a_record_of_the_whole_nation_stands_once_and_is_named_where_it_decided(
    served: World, visitor: httpx.Client
) -> None:
    """The table holds for any number of national documents: each is told once, and no place loses what decided there."""
    table = participation(served.house)
    page = visitor.get("/public/participation").text
    national = {one.citation.id for one in table.nation}

    assert national
    assert all(1 == page.count(f"<code>{name}</code>") for name in national)
    assert not any(one.citation.id in national for line in table.lines for one in line.positions)
    decided = [(line.name, one.id) for line in table.lines for one in line.decided_by if one.id in national]
    assert len(decided) == page.count("A record of the whole nation decided: ")
    assert 'href="/public/participation/WA"' in page, "a state without a place, with a document of its own"
    for line in table.lines:
        shown = {one.citation.id for one in line.positions} | national
        assert {one.id for one in line.decided_by} <= shown, line.name


def test_a_receipt_is_checked_and_a_changed_one_is_not_believed(served: World) -> None:
    """Format, signature and inclusion; without a proof the log's own copy is looked up and handed over."""
    house = served.house
    submission = served.book(seed=4)
    event = EventId(first_event(house, submission).id)
    promise = journal.promise_for(house, event)
    waiting = check_receipt(house, json.dumps(promise), "")
    journal.publish(house, force=True)
    found = check_receipt(house, json.dumps({"promise": promise}), "")
    own = check_receipt(house, json.dumps(promise), found.proof or "")

    assert waiting.standing == "pending"
    assert (found.standing, found.proof_from, found.index) == ("kept", "server", promise["index"])
    assert (own.standing, own.proof_from) == ("kept", "holder")
    for changed in (
        {**promise, "publish_by": "2099-01-01T00:00:00.000000Z"}, {**promise, "entry": "01" + "0" * 128},
        {**promise, "signature": "00" * 64}, {"format": "x"}, [], "words",
    ):  # fmt: skip
        assert check_receipt(house, json.dumps(changed), "").problem, changed
    assert check_receipt(house, "{not json", "").problem
    assert check_receipt(house, json.dumps(promise), (found.proof or "").replace("index ", "index 1")).problem
    assert check_receipt(house, "x" * 40_000, "").problem


def test_a_pasted_receipt_is_answered_on_the_page(served: World, visitor: httpx.Client) -> None:
    """The form works without a script and sets no cookie."""
    event = EventId(first_event(served.house, served.book(seed=5)).id)
    promise = json.dumps(journal.promise_for(served.house, event))
    journal.publish(served.house, force=True)
    good = visitor.post("/public/verify", data={"promise": promise, "proof": ""})
    bad = visitor.post("/public/verify", data={"promise": promise.replace('"entry": "01', '"entry": "02'), "proof": ""})

    assert "The promise was kept" in good.text
    assert "c2sp.org/tlog-proof@v1" in good.text
    assert "It was not believed" in bad.text
    assert not visitor.cookies


def test_the_servers_own_word_says_when_something_does_not_hold(served: World) -> None:
    """A changed byte of a released file is the server's own verdict too, and it is labelled as its own word."""
    house = served.house
    assert SelfCheck(house).verdict().problem is None
    file = house.releases_root / "2011-06" / "table.csv"
    content = file.read_bytes()
    try:
        file.write_bytes(content.replace(b"83", b"84", 1))
        verdict = SelfCheck(house).verdict()
    finally:
        file.write_bytes(content)

    assert "table.csv" in (verdict.problem or "")


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_light_guarded_and_set_no_cookie_for_the_public(visitor: httpx.Client, path: str) -> None:
    """At most 300 kB with everything that they load; CSP without script; public pages may be kept, the door may not."""
    answer = visitor.get(path)
    weight = len(answer.content) + sum(
        len(visitor.get(a.replace("&amp;", "&")).content)
        for a in set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', answer.text))
    )

    assert answer.status_code == 200
    assert weight <= LIMIT, (path, weight)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    if path == "/sign-in":
        assert answer.headers["cache-control"] == "no-store"
    else:
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/public/2033-01", "/public/2011-06/../../keys", "/public/2011-06/tenprint.db", "/public/%2e%2e/keys.json",
                                  "/public/2011-13", "/public/log/unpublished/head", "/public/log/tile/0/../../log.json", "/assets/../site.py", "/assets/en.yaml"])  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(visitor: httpx.Client, path: str) -> None:
    """404 with a way on, and no file outside a release can be named."""
    answer = visitor.get(path)

    assert answer.status_code == 404
    assert b"BEGIN" not in answer.content
    assert "text/html" in answer.headers["content-type"] or "json" in answer.headers["content-type"]


def test_the_machine_interface_stays_as_it_was(visitor: httpx.Client) -> None:
    """The pages stand beside it: its answers, errors and headers are its own."""
    assert visitor.get("/health").json()["status"] == "ok"
    assert visitor.get("/submissions/none").status_code == 401
    assert visitor.get("/nothing/here").headers["content-type"].startswith("application/json")
    assert visitor.get("/").headers["location"] == "/public"


def test_an_error_that_nobody_planned_for_gets_an_incident_id_and_no_internals(served: World) -> None:
    """The process edge: a number for the operator, nothing of the error's words."""
    site = create_site(served.house)

    @site.get("/public-fault")
    def fault() -> None:
        raise RuntimeError("the name of somebody")

    with TestClient(site) as client:
        answer = client.get("/public-fault")

    assert answer.status_code == 500
    assert re.search(r"Incident [0-9a-f]{32}", answer.text)
    assert "somebody" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_forms_are_read_no_further_than_their_limit(visitor: httpx.Client) -> None:
    """Uploads are hostile: size, kind and number of fields are bounded."""
    assert 400 == visitor.post("/public/verify", data={"promise": "x" * 200_000}).status_code
    assert (
        400 == visitor.post("/public/verify", content=b"{}", headers={"content-type": "application/json"}).status_code
    )
    assert 400 == visitor.post("/public/verify", content=b"&".join(b"a%d=1" % n for n in range(99)), headers={
        "content-type": "application/x-www-form-urlencoded"}).status_code  # fmt: skip


def test_a_states_page_tells_each_document_with_what_the_gate_did_that_day(visitor: httpx.Client) -> None:
    """Domain 4.4: 15 May 2012 opened Massachusetts under `historical` and nothing under `consent`; what is to come is marked so."""
    page = visitor.get("/public/participation/MA").text
    opened = re.search(
        r'<li class="">\s*<div class="when"><time datetime="2012-05-15">.*?</li>\s*(?=<li class="|</ol>)',
        page,
        re.DOTALL,
    )

    assert opened is not None
    assert "after the programme&#39;s today" in opened.group(0)
    assert re.search(r"Under historical:.*?refused.*?then.*?permitted", opened.group(0), re.DOTALL)
    assert re.search(r"Under consent:</span>\s*<span>still", opened.group(0))
    assert (
        page.index('datetime="2006-09-01"') < page.index('datetime="2011-06-03"') < page.index('datetime="2012-05-15"')
    )
    assert "Participation of Massachusetts" in page
    assert "Commonwealth of Massachusetts" in page
    assert 404 == visitor.get("/public/participation/ZZ").status_code
    assert 404 == visitor.get("/public/participation/ma").status_code


def test_what_is_owed_is_shown_with_its_day_and_what_came_of_it(visitor: httpx.Client) -> None:
    """Colorado's quarterly statistics: overdue, counted and sourced; a day that can't be used is said and bounds the work."""
    page = visitor.get("/public/participation/obligations?on=2011-06-07").text
    nothing = visitor.get("/public/participation/obligations?state=MA").text

    assert re.search(r"31 March 2011.*?overdue.*?68 days late.*?30 June 2011.*?coming", page, re.DOTALL)
    assert re.search(r'overdue</div><div class="value">1<', page)
    assert "primary source" in page
    assert "Nothing is owed that fits" in nothing
    for day in ("tomorrow", "9999-12-31", "0001-01-01"):
        wrong = visitor.get(f"/public/participation/obligations?on={day}")
        assert 400 == wrong.status_code
        assert f'value="{day}"' in wrong.text
        assert "31 March 2011" in wrong.text, "the table of today stands below"


def test_coverage_tells_no_count_that_the_release_withholds(served: World, visitor: httpx.Client) -> None:
    """Design decision 11: submissions are the release's own cells; where they are suppressed nothing beside them tells them."""
    agency = served.agency
    for ori, made, kept in ((LOS_ANGELES, 90, 50), (BOSTON, 80, 72)):
        report_bookings(served.house, ori=ori, month="2011-06", made=made, not_forwarded=kept, by=agency)
    view = {line.place: line for line in coverage_page(served.house).lines}
    page = visitor.get("/public/participation/coverage").text

    assert (40, 90, 50) == tuple(getattr(view["Los Angeles, CA"], name) for name in ("submissions", "made", "kept"))
    assert (None, None, None, None) == tuple(
        getattr(view["Suffolk, MA"], name) for name in ("sent", "submissions", "made", "kept")
    )
    assert (1, 0, 1) == tuple(getattr(view["Suffolk, MA"], name) for name in ("agencies", "active", "reported"))
    assert "not reported" in page
    assert "looked for in vain" in page
    assert "1,508" in page, "how many were said to be active, as published"
    assert 404 == visitor.get("/public/participation/coverage?month=2011-07").status_code
    assert 404 == visitor.get("/public/participation/coverage?month=x").status_code


def test_the_machine_interface_is_described_without_anything_from_elsewhere(
    served: World, visitor: httpx.Client
) -> None:
    """Every operation of the OpenAPI description stands on the page; no script, no address of another host, a policy that forbids both."""
    page = visitor.get("/docs")
    described = visitor.get("/openapi.json").json()

    assert set(re.findall(r"<code>(/[^<]*)</code>", page.text)) == set(described["paths"])
    assert sum(len(item) for item in described["paths"].values()) == page.text.count('<section class="card"')
    assert not re.search(r"<script|(?:src|href)=\"(?:https?:)?//", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 404 == visitor.get("/redoc").status_code
    assert "default-src 'none'" in visitor.get("/health").headers["content-security-policy"]
    with TestClient(create_app(served.house, with_worker=False)) as alone:
        assert 404 == alone.get("/docs").status_code
