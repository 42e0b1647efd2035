"""The desk: the intake board, and the page of a case with its prints and forms."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from tenprint.errors import NotFound
from tenprint.ids import CaseId
from tenprint.web.addresses import page_number, with_asked
from tenprint.web.commands import FORMS, Answers, choices_of, sent
from tenprint.web.doors import signed_in
from tenprint.web.refusals import BY_RULE, WRONG, as_written, by_rule
from tenprint.web.rendering import Pages
from tenprint.web.safety import SESSION, check_csrf, read_form
from tenprint.workflow.house import House
from tenprint.workflow.participation import profile_of
from tenprint.workflow.signing_in import Session
from tenprint.workflow.views.board import PARTS, SHORT, Wanted, board
from tenprint.workflow.views.case_page import CasePage, case_page
from tenprint.workflow.views.offers import CHOICES
from tenprint.workflow.views.overdue import custody_page
from tenprint.workflow.views.owed import notices_page
from tenprint.workflow.views.prints import (
    KEPT,
    PROBE,
    Impressions,
    candidates_prints,
    flow_of,
    minutiae_of,
    opinion_of,
    png_of,
    probe_prints,
)


def desk_routes(house: House, pages: Pages) -> APIRouter:
    """The routes of this module; each asks who is signed in, and workflow asks what they may."""
    router = APIRouter(prefix="/desk")

    @router.get("")
    def intake(
        request: Request,
        role: str = "",
        place: str = "",
        late: str = "",
        kind: str = "",
        part: str = "",
        page: str = "1",
    ) -> Response:
        session = signed_in(house, request)
        part = part if part in PARTS else ""
        wanted = Wanted(role=role, place=place, late=late == "yes", kind=kind, part=part, page=page_number(page))
        view = board(house, by=session.actor, profile=profile_of(house), wanted=wanted)
        return pages.page(request, "board.html", session=session, board=view, short=SHORT, to=partial(_to, wanted))

    @router.get("/custody")
    def custody(request: Request) -> Response:
        session = signed_in(house, request)
        return pages.page(request, "custody.html", session=session, view=custody_page(house, by=session.actor))

    @router.get("/notices")
    def owed(request: Request, what: str = "", late: str = "", page: str = "1") -> Response:
        session = signed_in(house, request)
        view = notices_page(house, by=session.actor, what=what, late_only=late == "yes", page=page_number(page))
        to = partial(with_asked, "/desk/notices", {"what": what, "late": late})
        return pages.page(request, "notices.html", session=session, view=view, to=to)

    @router.get("/cases/{case}")
    def look(
        request: Request,
        case: str,
        finger: int = 0,
        candidate: str = "",
        minutiae: int = 0,
        large: int = 0,
        flow: int = 0,
        done: str = "",
    ) -> Response:
        session = signed_in(house, request)
        view = case_page(house, CaseId(case), by=session.actor)
        bench = _bench(house, view, session, finger=finger, candidate=candidate, minutiae=minutiae == 1, flow=flow == 1)
        bench["large"] = large == 1
        done = done if done in FORMS else ""
        return _case(pages, request, session, view, bench, done=done)

    @router.post("/cases/{case}/{command}")
    async def act(request: Request, case: str, command: str) -> Response:
        given = await read_form(request)
        request.state.given = given  # if the session has ended, the door gives the words back
        return await run_in_threadpool(_act, request, CaseId(case), command, given)

    def _act(request: Request, case: CaseId, command: str, given: dict[str, str]) -> Response:
        session = signed_in(house, request)
        check_csrf(request, given, cookie=SESSION)
        form = FORMS.get(command)
        if form is None:
            raise NotFound(f"no command {command!r}; nothing was done")
        view = case_page(house, case, by=session.actor)
        try:
            refused = form.call(house, case, Answers(given, view), session.actor).refused
            if refused is None:
                return RedirectResponse(f"/desk/cases/{case}?done={command}", status_code=303)
            status, fault = BY_RULE, by_rule(refused.why, code=refused.code, rule=refused.rule)
        except WRONG as wrong:
            status, fault = wrong.http_status, as_written(wrong)
        view = case_page(house, case, by=session.actor)
        bench = _bench(house, view, session, finger=0, candidate=given.get("candidate", ""), minutiae=False)
        return _case(
            pages,
            request,
            session,
            view,
            bench,
            status=status,
            refused=fault,
            command=command,
            given=sent(given),
        )

    @router.get("/cases/{case}/prints/{whose}/{position}.png")
    def picture(request: Request, case: str, whose: str, position: int) -> Response:
        session = signed_in(house, request)
        content = png_of(house, CaseId(case), whose, position, by=session.actor)
        return Response(content, media_type="image/png", headers={"Cache-Control": "no-store"})

    return router


def _bench(
    house: House, view: CasePage, session: Session, *, finger: int, candidate: str, minutiae: bool, flow: bool = False
) -> dict[str, Any]:
    """The two prints to compare: the finger asked for, or the first that both have. Empty for who may not see prints."""
    if not view.sees_prints:
        return {}
    by, case = session.actor, CaseId(view.id)
    listed = [one.person for one in view.candidates or ()]
    person = candidate if candidate in listed else listed[0] if listed else ""
    probe = probe_prints(house, case, by=by)
    other = candidates_prints(house, case, person, by=by) if person else None
    positions = sorted(set(probe.fingers) | set(other.fingers if other else ()))
    both = [p for p in positions if other and p in probe.fingers and p in other.fingers]
    shown = finger if finger in positions else (both or positions or [0])[0]

    def side(of: Impressions | None) -> dict[str, Any]:
        kept = of is not None and of.holding == KEPT and shown in of.fingers
        marks = minutiae_of(house, case, of.whose, shown, by=by) if of is not None and kept and minutiae else ()
        strokes = flow_of(house, case, of.whose, shown, by=by) if of is not None and kept and flow else ()
        opinion = opinion_of(house, case, of.whose, shown, by=by) if of is not None and kept else None
        return {"prints": of, "finger": of.fingers[shown] if of is not None and kept else None, "marks": marks, "strokes": strokes,
                "opinion": opinion}  # fmt: skip

    sides = [("probe", side(probe)), ("candidate", side(other))]
    there = [one["finger"] for _, one in sides if one["finger"]]
    frame = (max((f.width for f in there), default=1), max((f.height for f in there), default=1))
    following = positions[(positions.index(shown) + 1) % len(positions)] if positions else 0
    return {"positions": positions, "both": both, "finger": shown, "following": following, "candidate": person, "minutiae": minutiae, "flow": flow,
            "large": False, "probe_name": PROBE, "sides": sides, "frame": frame}  # fmt: skip


def _to(wanted: Wanted, **changes: Any) -> str:
    """The board's address with what the viewer wants, changed: a part alone, another page, another kind."""
    asked = {name: getattr(wanted, name) for name in ("role", "place", "kind", "part")}
    return with_asked("/desk", asked | {"late": "yes" if wanted.late else ""}, **changes)


def _way(candidate: str, finger: int, minutiae: bool, large: bool, *, flow: bool) -> str:
    """The address of the bench as the viewer wants it, from the case's own page."""
    asked = (
        {"candidate": candidate, "finger": finger}
        | ({"minutiae": 1} if minutiae else {})
        | ({"large": 1} if large else {})
        | ({"flow": 1} if flow else {})
    )
    return f"?{urlencode(asked)}#bench"


def _case(
    pages: Pages, request: Request, session: Session, view: CasePage, bench: dict[str, Any], *, status: int = 200,
    refused: dict[str, str] | None = None, command: str = "", given: dict[str, Any] | None = None, done: str = "",
) -> Response:  # fmt: skip
    ready = [FORMS[offer.command] for offer in view.offers if offer.ready]
    others = [FORMS[offer.command] for offer in view.offers if not offer.ready]
    choices = {form.command: {f.name: choices_of(f, view, CHOICES) for f in form.fields} for form in (*ready, *others)}
    return pages.page(
        request, "case.html", status=status, session=session, case=view, bench=bench, ready=ready, others=others, choices=choices,
        refused=refused, command=command, given=given or {}, done=done,
        way=partial(_way, flow=bool(bench.get("flow"))),
    )  # fmt: skip
