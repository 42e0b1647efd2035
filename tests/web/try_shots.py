import sys, pathlib, os
from conftest import *
from tenprint.workflow import desk

OUT = pathlib.Path(os.environ["SHOTS"])


def test_shots(served, browser):
    w = served
    sub = w.book(seed=2)
    s1 = w.book(seed=1)
    case = w.cases_of(s1)["criminal"]
    w.book(seed=3, ori=BOSTON)
    imm = w.cases_of(sub)["immigration"]
    w.identified(imm)
    sp = w.person("status-specialist")
    fo = w.person("field-officer")
    co = w.person("charge-officer")
    desk.query(w.house, imm, attention="Desk seven", offense=None, in_custody=True, by=sp)
    r = desk.respond(
        w.house,
        imm,
        status="overstay",
        as_of=date(2011, 6, 1),
        stale=False,
        removable="yes",
        citizenship_evidence="none",
        text="Two records, one of 2009.",
        sources=("A", "B"),
        by=sp,
    )
    print(r.refused)
    r = desk.code_charge(
        w.house, imm, charge="1", ncic="2303", reason="As written.", severity="misdemeanor", max_penalty_days=180, by=co
    )
    print(r.refused)
    r = (
        desk.evaluate_level(
            w.house, imm, policy="morton-2011", basis="conviction", stage="match", aggravated_felony=None, by=co
        )
        if False
        else None
    )
    r = desk.dispose(
        w.house,
        imm,
        disposition="detainer",
        reason_code="priority",
        reason="Within the priorities.",
        removability_ground="",
        asserted=[],
        by=fo,
    )
    print(r.refused)
    r = desk.issue_detainer(
        w.house,
        imm,
        form="I-247 (08/10)",
        officer_class="deportation_officer",
        boxes=("investigation_initiated",),
        warrant="none",
        recipient="Sheriff",
        reason_code="priority",
        reason="As decided.",
        conditional=False,
        supersedes=None,
        asserted=[],
        by=fo,
    )
    print(r.refused)
    jo = w.person("jail-officer", oris=(LOS_ANGELES,))
    r = desk.answer_detainer(
        w.house,
        imm,
        desk.show_case(w.house, imm, by=fo)["detainers"][0]["detainer"],
        answer="honour",
        reason_code="policy",
        reason="County policy.",
        asserted=[],
        by=jo,
    )
    print(r.refused)
    r = desk.mark_eligible(w.house, imm, why="bail_posted", eligible_at=None, by=jo)
    print(r.refused)
    widths = [int(x) for x in os.environ.get("W", "390,1280").split(",")]
    for width in widths:
        for scheme in os.environ.get("SCHEMES", "light").split(","):
            sfx = f"{width}{'' if scheme == 'light' else '-dark'}"
            ctx = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            p = ctx.new_page()
            p.on("console", lambda m: print("CONSOLE", m.text))
            pages = {
                "index": "/public",
                "month": "/public/2011-06",
                "part": "/public/participation",
                "verify": "/public/verify",
                "signin": "/sign-in",
                "404": "/public/2033-01",
            }
            for n, u in pages.items():
                r = p.goto(w.url + u)
                print(n, r.status, len(r.body()), p.evaluate("document.documentElement.scrollWidth"))
                p.screenshot(path=OUT / f"{n}-{sfx}.png", full_page=True)
            for role, c in (("examiner", case), ("supervisor", imm), ("jail-officer", imm), ("operator", None)):
                if role != "operator":
                    a = w.person(role)
                else:
                    a = w.operator
                p.goto(w.url + "/sign-in?after=/desk")
                p.fill("#name", a.label)
                p.fill("#password", PASSWORD)
                p.press("#password", "Enter")
                p.wait_for_url("**/desk")
                p.screenshot(path=OUT / f"board-{role}-{sfx}.png", full_page=True)
                print(role, "board", p.evaluate("document.documentElement.scrollWidth"))
                if c:
                    r = p.goto(w.url + f"/desk/cases/{c}?minutiae=1")
                    print("case", r.status, len(r.body()), p.evaluate("document.documentElement.scrollWidth"))
                    p.screenshot(path=OUT / f"case-{role}-{sfx}.png", full_page=True)
                if role == "jail-officer":
                    p.click("summary:has-text('Record a claim')") if p.query_selector(
                        "summary:has-text('Record a claim')"
                    ) else None
                p.click("button:has-text('Sign out')")
            ctx.close()
