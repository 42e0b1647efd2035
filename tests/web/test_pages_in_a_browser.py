"""The pages in a real browser: accessible to everybody, without JavaScript, light, and as wide as the window."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from website import PASSWORD, World, absent

from tenprint.ids import CaseId
from tenprint.workflow import history, journal, notices, retention

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIMIT = 300_000
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def case(served: World) -> CaseId:
    """A case with everything on it: identity, status, charge, detainer, a hold's clock."""
    found = served.held(served.cases_of(served.book(seed=2))["immigration"])
    history.state_history(served.house, found, kind="disposition", outcome="dismissed", source="court", as_of=date(2011, 6, 1), charge="1",
                          reason="as read", item={"literal": "NOLLE PROS"}, by=served.person("charge-officer"))  # fmt: skip
    notices.ask_redress(served.house, found, about="hold", reason="He is ill.", by=served.person("field-officer"))
    journal.publish(served.house, force=True)
    return found


def asked_about(served: World, case: CaseId) -> str:
    """A request to delete the record of a case that is over."""
    with served.house.store.reader() as reader:
        submission = reader.cases.get(case).submission
    asked = retention.request(served.house, submission, act="delete", origin="order", order="docket-11-3", reason="As ordered.",
                              by=served.person("field-officer"))  # fmt: skip
    return str(asked["request"])


def pages_of(served: World, case: CaseId) -> dict[str, list[str]]:
    """Who -> every address that they may open; "" is the public."""
    waiting = served.cases_of(served.book(seed=1))["criminal"]
    at = f"/desk/cases/{case}"
    over = served.cases_of(served.book(seed=2))["immigration"]
    served.refuted(over)
    names = [asked_about(served, over) for _ in range(2)]
    retention.decide(
        served.house, names[0], granted=True, reason_code="order", reason="Read.", by=served.person("supervisor")
    )
    card = f"/desk/cards/{served.book_swapped()}"
    first, second = (f"/desk/requests/{name}" for name in names)
    return {
        "": [
            "/public",
            "/public/2011-06",
            "/public/participation",
            "/public/participation/MA",
            "/public/participation/coverage",
            "/public/participation/obligations",
            "/public/verify",
            "/sign-in",
            "/public/2033-01",
        ],
        "examiner": [
            "/desk",
            f"/desk/cases/{waiting}?minutiae=1",
            f"{at}?minutiae=1",
            "/desk/none",
            "/desk/cards",
            card,
        ],
        "supervisor": [
            "/desk",
            "/desk?part=tasks",
            "/desk?part=submissions",
            "/desk/notices",
            "/desk/custody",
            at,
            "/desk/requests",
            second,
        ],
        "repository-owner:criminal": ["/desk/requests?all=yes", first],
        "jail-officer 9": ["/desk", "/desk/custody", at],
        "field-officer": [at, f"/desk/cases/{over}/record", first],
        "operator": ["/desk", "/desk/custody", at],
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
