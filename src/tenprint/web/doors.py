"""Signing in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from tenprint.errors import AccessError, NotAuthenticated, TooManyAttempts
from tenprint.web.rendering import Pages
from tenprint.web.safety import SESSION, VISIT, check_csrf, drop_cookie, read_form, set_cookie, visit_token
from tenprint.workflow.house import House
from tenprint.workflow.signing_in import SESSION_LASTS, Session, csrf_of, session_of, sign_in, sign_out

VISIT_S: Final = 3600
"""How long the sign-in form stays good, seconds. Set by: longer than anybody takes to find a password."""


def signed_in(house: House, request: Request) -> Session:
    """The session of a request. Raises NotAuthenticated."""
    return session_of(house, request.cookies.get(SESSION, ""))


def session_or_none(house: House, request: Request) -> Session | None:
    """The session of a request, or None: for pages that everybody may see."""
    try:
        return signed_in(house, request)
    except NotAuthenticated:
        return None


def way_back(path: str) -> str:
    """Where to go after signing in: a desk's page, never another site."""
    return (
        path if path.startswith("/desk") and "//" not in path and "\\" not in path and path.isprintable() else "/desk"
    )


def door(
    pages: Pages, request: Request, *, after: str, name: str = "", problem: str = "", status: int = 200, ended: bool = False,
    kept: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The sign-in page with its cookie. ended: a session is over; kept: what its form held, given back to who wrote it."""
    token = visit_token(request)
    written = [(field, value) for field, value in (kept or {}).items() if value and field not in {"csrf", "other_key"}]
    page = pages.page(
        request, "sign_in.html", status=status, csrf=csrf_of(token), after=after, name=name, problem=problem, ended=ended, kept=written
    )  # fmt: skip
    set_cookie(page, request, VISIT, token, max_age=VISIT_S)
    return page


def led_to_the_door(pages: Pages, request: Request) -> Response:
    """For who is not signed in, or no longer: the way in, back to the page they wanted, with what their form held."""
    ended = bool(request.cookies.get(SESSION))
    if request.method == "GET":
        after = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        return RedirectResponse(f"/sign-in?after={quote(after)}{'&ended=1' if ended else ''}", status_code=303)
    path = request.url.path.split("/")
    after = "/".join(path[:4]) if path[1:3] in (["desk", "cases"], ["desk", "requests"], ["desk", "cards"]) else "/desk"
    own = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"  # another site's form is not given back
    kept = getattr(request.state, "given", {}) if own else {}
    return door(pages, request, after=way_back(after), status=401, ended=ended, kept=kept)


def doors(house: House, pages: Pages) -> APIRouter:
    """The routes of this module."""
    router = APIRouter()

    @router.get("/sign-in")
    def ask(request: Request, after: str = "/desk", ended: str = "") -> Response:
        if session_or_none(house, request):
            return RedirectResponse(way_back(after), status_code=303)
        return door(pages, request, after=way_back(after), ended=ended == "1")

    @router.post("/sign-in")
    async def enter(request: Request) -> Response:
        given = await read_form(request)
        check_csrf(request, given, cookie=VISIT)
        name, after = given.get("name", "").strip(), way_back(given.get("after", ""))
        address = request.client.host if request.client else ""
        try:
            session = await run_in_threadpool(sign_in, house, name, given.get("password", ""), address=address)
        except (NotAuthenticated, TooManyAttempts) as refused:
            key = "too_many" if isinstance(refused, TooManyAttempts) else "wrong"
            return await run_in_threadpool(
                door, pages, request, after=after, name=name, problem=key, status=refused.http_status
            )
        if request.cookies.get(SESSION):
            await run_in_threadpool(sign_out, house, request.cookies[SESSION])  # an earlier session never lives on
        response = RedirectResponse(after, status_code=303)
        set_cookie(response, request, SESSION, session.token, max_age=int(SESSION_LASTS.total_seconds()))
        drop_cookie(response, request, VISIT)
        return response

    @router.post("/sign-out")
    async def leave(request: Request) -> Response:
        given = await read_form(request)
        try:
            check_csrf(request, given, cookie=SESSION)
        except AccessError:
            return RedirectResponse("/sign-in", status_code=303)
        await run_in_threadpool(sign_out, house, request.cookies.get(SESSION, ""))
        response = RedirectResponse("/sign-in", status_code=303)
        drop_cookie(response, request, SESSION)
        return response

    return router
