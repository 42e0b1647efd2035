"""Requests to seal, unseal or delete a record: the list, one request with its forms and its receipt, and the form to ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from tenprint.errors import NotFound, UsageError
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor
from tenprint.web.addresses import page_number, with_asked
from tenprint.web.doors import signed_in
from tenprint.web.refusals import BY_RULE, WRONG, Fault, as_written, by_rule
from tenprint.web.rendering import Pages
from tenprint.web.safety import SESSION, check_csrf, read_form
from tenprint.workflow import reception, retention
from tenprint.workflow.house import House
from tenprint.workflow.signing_in import Session
from tenprint.workflow.views.requests import RequestPage, ask_page, request_page, requests_page

Given = Mapping[str, str]
Result = Mapping[str, Any]

DONE: Final = ("ask", "decide", "execute", "unseal")
"""What can have been recorded a moment ago."""


def request_routes(house: House, pages: Pages) -> APIRouter:
    """The routes of this module; each asks who is signed in, and workflow asks what they may."""
    router = APIRouter(prefix="/desk")

    @router.get("/requests")
    def every(request: Request, all: str = "", page: str = "1") -> Response:  # noqa: A002 - the word in the address
        session = signed_in(house, request)
        view = requests_page(house, by=session.actor, everything=all == "yes", page=page_number(page))
        to = partial(with_asked, "/desk/requests", {"all": "yes" if view.everything else ""})
        return pages.page(request, "requests.html", session=session, view=view, to=to)

    @router.get("/requests/{name}")
    def one(request: Request, name: str, done: str = "") -> Response:
        session = signed_in(house, request)
        view = request_page(house, name, by=session.actor)
        return _shown(pages, request, session, view, done=done if done in DONE else "")

    @router.post("/requests/{name}/{act}")
    async def act(request: Request, name: str, act: str) -> Response:
        given = await read_form(request)
        request.state.given = given
        return await run_in_threadpool(_act, house, pages, request, name, act, given)

    @router.get("/cases/{case}/record")
    def asking(request: Request, case: str) -> Response:
        session = signed_in(house, request)
        view = ask_page(house, CaseId(case), by=session.actor)
        return pages.page(request, "request_ask.html", session=session, view=view, fault=None, given={})

    @router.post("/cases/{case}/record")
    async def ask(request: Request, case: str) -> Response:
        given = await read_form(request)
        request.state.given = given
        return await run_in_threadpool(_ask, house, pages, request, CaseId(case), given)

    return router


def _ask(house: House, pages: Pages, request: Request, case: CaseId, given: Given) -> Response:
    session = signed_in(house, request)
    check_csrf(request, given, cookie=SESSION)
    view = ask_page(house, case, by=session.actor)

    def call() -> Result:
        for name, allowed in (("act", view.acts), ("origin", view.origins)):
            if _text(given, name) not in allowed:
                raise UsageError(f"{name}: choose one of those shown. Nothing was recorded.")
        return retention.request(house, view.submission, act=_text(given, "act"), origin=_text(given, "origin"), by=session.actor,
                                 order=_text(given, "order") or None, reason=_text(given, "reason"))  # fmt: skip

    result, fault, status = _tried(call)
    if fault is None:
        return RedirectResponse(f"/desk/requests/{result['request']}?done=ask", status_code=303)
    return pages.page(
        request, "request_ask.html", status=status, session=session, view=view, fault=fault, given=dict(given)
    )


def _act(house: House, pages: Pages, request: Request, name: str, act: str, given: Given) -> Response:
    session = signed_in(house, request)
    check_csrf(request, given, cookie=SESSION)
    call = {"decide": _decide, "execute": _execute, "unseal": _unseal}.get(act)
    if call is None:
        raise NotFound(f"no act {act!r} on a request; nothing was done")
    request_page(house, name, by=session.actor)  # who may not see it may not act on it either
    result, fault, status = _tried(partial(call, house, name, given, session.actor))
    if fault is None and act == "unseal":
        return RedirectResponse(f"/desk/requests/{result['request']}?done=unseal", status_code=303)
    if fault is None and act == "decide":
        return RedirectResponse(f"/desk/requests/{name}?done=decide", status_code=303)
    view = request_page(house, name, by=session.actor)
    receipt = json.dumps(result, indent=1, sort_keys=True) if fault is None else ""  # it can't be made again
    return _shown(pages, request, session, view, status=status, fault=fault, given=given, receipt=receipt,
                  done="" if fault else act)  # fmt: skip


def _decide(house: House, name: str, given: Given, by: Actor) -> Result:
    if given.get("granted") not in {"yes", "no"}:
        raise UsageError("granted: say whether you grant or refuse. Nothing was recorded.")
    done = retention.decide(house, name, granted=given["granted"] == "yes", reason_code=_text(given, "reason_code"),
                            reason=_text(given, "reason"), by=by)  # fmt: skip
    reception.answer_deletions(house)
    return done


def _execute(house: House, name: str, given: Given, by: Actor) -> Result:
    if given.get("sure") != "yes":
        raise UsageError("sure: confirm that it is to be carried out. Nothing was done.")
    done = retention.execute(house, name, by=by)
    reception.answer_deletions(house)
    return done


def _unseal(house: House, name: str, given: Given, by: Actor) -> Result:
    sealed = next((one for one in retention.listing(house, by=by, open_only=False) if one["request"] == name), None)
    if sealed is None:
        raise NotFound(f"no request {name}; nothing was done")
    return retention.request(house, str(sealed["submission"]), act="unseal", origin="order", order=_text(given, "order") or None,
                             reason=_text(given, "reason"), by=by)  # fmt: skip


def _tried(call: Callable[[], Result]) -> tuple[Result, Fault | None, int]:
    """(result, None, 200), or why nothing was done: the refusal with its rule, or what is wrong with what was written."""
    try:
        result = call()
    except WRONG as wrong:
        return {}, as_written(wrong), wrong.http_status
    if "refused" in result:
        return result, by_rule(str(result["why"]), code=str(result["refused"]), rule=str(result["rule"])), BY_RULE
    return result, None, 200


def _shown(
    pages: Pages, request: Request, session: Session, view: RequestPage, *, status: int = 200, fault: Fault | None = None,
    given: Given | None = None, receipt: str = "", done: str = "",
) -> Response:  # fmt: skip
    return pages.page(request, "request.html", status=status, session=session, view=view, fault=fault, given=dict(given or {}),
                      receipt=receipt, done=done)  # fmt: skip


def _text(given: Given, name: str) -> str:
    return given.get(name, "").replace("\r\n", "\n").strip()
