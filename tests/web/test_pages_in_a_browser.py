"""The pages in a real browser: accessible to everybody, without JavaScript, light, and as wide as the window."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest

from conftest import PASSWORD, World, absent
from tenprint.ids import CaseId
from tenprint.workflow import desk, journal

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIMIT = 300_000
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def case(served: World) -> CaseId:
    """A case with everything on it: identity, status, charge, detainer, a hold's clock."""
    found = served.cases_of(served.book(seed=2))["immigration"]
    served.identified(found)
    specialist, officer = served.person("status-specialist"), served.person("field-officer")
    jail = served.person("jail-officer", oris=("CA0190000",), number=9)
    house = served.house
    done = [
        desk.query(house, found, attention="Desk 7", offense=None, in_custody=True, by=specialist),
        desk.respond(house, found, status="overstay", as_of=date(2011, 6, 1), stale=False, removable="yes", citizenship_evidence="none", text="Two records.",
                     sources=("A",), by=specialist),
        desk.dispose(house, found, disposition="detainer", reason_code="priority", reason="Within them.", removability_ground="", asserted=[],
                     by=officer),
        desk.issue_detainer(house, found, form="I-247 (08/10)", officer_class="deportation_officer", boxes=("investigation_initiated",),
                            warrant="none", recipient="Sheriff", reason_code="priority", reason="As decided.", conditional=False,
                            supersedes=None, asserted=[], by=officer),
    ]  # fmt: skip
    (detainer,) = desk.show_case(house, found, by=officer)["detainers"]
    done.append(
        desk.answer_detainer(
            house,
            found,
            detainer["detainer"],
            answer="honour",
            reason_code="county",
            reason="Policy.",
            asserted=[],
            by=jail,
        )
    )
    done.append(desk.mark_eligible(house, found, why="bail_posted", eligible_at=None, by=jail))
    assert [None] * 6 == [one.refused for one in done]
    journal.publish(house, force=True)
    return found


def pages_of(served: World, case: CaseId) -> dict[str, list[str]]:
    """Who -> every address that they may open; "" is the public."""
    waiting = served.cases_of(served.book(seed=1))["criminal"]
    at = f"/desk/cases/{case}"
    return {
        "": ["/public", "/public/2011-06", "/public/participation", "/public/verify", "/sign-in", "/public/2033-01"],
        "examiner": ["/desk", f"/desk/cases/{waiting}?minutiae=1", f"{at}?minutiae=1", "/desk/none"],
        "supervisor": ["/desk", at],
        "jail-officer 9": ["/desk", at],
        "field-officer": [at],
        "operator": ["/desk", at],
    }


def enter(served: World, page: Any, who: str) -> None:
    role, _, number = who.partition(" ")
    actor = served.operator if role == "operator" else served.person(role, number=int(number or 1))
    page.goto(f"{served.url}/sign-in?after=/desk")
    page.fill("#name", actor.label)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/desk")


def heard(said: list[str], message: Any) -> None:
    if "Content Security" in message.text:
        said.append(message.text)


def weighed(sizes: list[int], answer: Any) -> None:
    sizes.append(int(answer.headers.get("content-length", 0)))


def opened_everything(page: Any) -> None:
    """Folded parts are part of the page."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(served: World, browser: Any, case: CaseId, scheme: str, extent: Any) -> None:
    """WCAG 2.2 AA and axe's best practice, in light and dark, on a phone and a desk, folded parts open."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        absent("axe-playwright-python is not installed")
    axe = Axe()
    found = []
    for who, addresses in extent.pick(list(pages_of(served, case).items()), 2):
        context = browser.new_context(
            viewport={"width": WIDTHS[scheme == "light"], "height": 900}, color_scheme=scheme, bypass_csp=True
        )
        page = context.new_page()
        if who:
            enter(served, page, who)
        for address in addresses:
            page.goto(served.url + address)
            opened_everything(page)
            results = axe.run(page, options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
            for violation in results.response["violations"]:
                nodes = [
                    node["html"][:120] + " :: " + node.get("failureSummary", "")[:220]
                    for node in violation["nodes"][:3]
                ]
                found.append((who, address, violation["id"], nodes))
        context.close()

    assert [] == found


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_window_heavier_than_allowed_or_against_its_policy(
    served: World, browser: Any, case: CaseId, width: int, extent: Any
) -> None:
    """300 kB with all that is loaded; nothing scrolls sideways; the browser reports no breach of the content policy."""
    faults = []
    for who, addresses in extent.pick(list(pages_of(served, case).items()), 2):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        said: list[str] = []
        sizes: list[int] = []
        page.on("console", partial(heard, said))
        page.on("response", partial(weighed, sizes))
        if who:
            enter(served, page, who)
        for address in addresses:
            sizes.clear()
            page.goto(served.url + address, wait_until="load")
            if sum(sizes) > LIMIT or not sizes:
                faults.append((address, "bytes", sum(sizes)))
            across = page.evaluate("document.documentElement.scrollWidth")
            if across > width:
                faults.append((address, "wide", across))
        faults += [(who, "policy", text) for text in said]
        context.close()

    assert [] == faults


def test_an_examiner_concludes_without_javascript(served: World, browser: Any) -> None:
    """Design 4.7: sign in, compare, choose, say why, conclude; by keyboard labels alone, with scripts switched off."""
    waiting = served.cases_of(served.book(seed=1))["criminal"]
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    enter(served, page, "examiner")
    page.goto(f"{served.url}/desk/cases/{waiting}")
    page.get_by_role("link", name="Show minutiae").click()
    assert 2 == page.locator("svg g.overlay").count()
    page.get_by_label("Conclusion").select_option("SOURCE_EXCLUSION")
    page.get_by_label("What you saw").fill("The deltas differ.")
    page.get_by_role("button", name="Conclude").click()

    assert "Recorded: Conclude" in page.get_by_role("status").inner_text()
    assert "Different source (exclusion)" in page.content()
    context.close()


def test_the_pages_can_be_used_by_keyboard(served: World, browser: Any) -> None:
    """WCAG 2.4.1 and 2.4.7: the first stop skips to the content, and the focus is always seen."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{served.url}/public")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")

    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    context.close()
