"""Cards whose prints contradict each other: the list, one card with its doubted fingers, and the forms of who looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from tenprint.errors import NotFound
from tenprint.ids import SubmissionId
from tenprint.infra.access.table import Actor
from tenprint.web.doors import signed_in
from tenprint.web.refusals import BY_RULE, WRONG, as_written, by_rule
from tenprint.web.rendering import Pages
from tenprint.web.safety import SESSION, check_csrf, read_form
from tenprint.workflow import cards
from tenprint.workflow.house import House
from tenprint.workflow.views.cards import card_page, cards_page, impression_png

DONE: Final = ("examine", "ask_retake")
"""What can have been recorded a moment ago."""


def card_routes(house: House, pages: Pages) -> APIRouter:
    """The routes of this module; each asks who is signed in, and workflow asks what they may."""
    router = APIRouter(prefix="/desk/cards")

    @router.get("")
    def every(request: Request, all: str = "") -> Response:  # noqa: A002 - the word in the address
        session = signed_in(house, request)
        view = cards_page(house, by=session.actor, everything=all == "yes")
        return pages.page(request, "cards.html", session=session, view=view)

    @router.get("/{submission}")
    def one(request: Request, submission: str, done: str = "") -> Response:
        session = signed_in(house, request)
        view = card_page(house, SubmissionId(submission), by=session.actor)
        return pages.page(
            request, "card.html", session=session, view=view, fault=None, given={}, done=done if done in DONE else ""
        )

    @router.post("/{submission}/{act}")
    async def act(request: Request, submission: str, act: str) -> Response:
        given = await read_form(request)
        request.state.given = given
        return await run_in_threadpool(_act, house, pages, request, SubmissionId(submission), act, given)

    @router.get("/{submission}/{kind}/{finger}.png")
    def picture(request: Request, submission: str, kind: str, finger: int) -> Response:
        session = signed_in(house, request)
        content = impression_png(house, SubmissionId(submission), kind, finger, by=session.actor)
        return Response(content, media_type="image/png", headers={"Cache-Control": "no-store"})

    return router


def _act(
    house: House, pages: Pages, request: Request, submission: SubmissionId, act: str, given: Mapping[str, str]
) -> Response:
    session = signed_in(house, request)
    check_csrf(request, given, cookie=SESSION)
    if act not in DONE:
        raise NotFound(f"no act {act!r} on a card; nothing was done")
    try:
        refused = _call(house, submission, act, given, session.actor).refused
        if refused is None:
            return RedirectResponse(f"/desk/cards/{submission}?done={act}", status_code=303)
        status, fault = BY_RULE, by_rule(refused.why, code=refused.code, rule=refused.rule)
    except WRONG as wrong:
        status, fault = wrong.http_status, as_written(wrong)
    view = card_page(house, submission, by=session.actor)
    return pages.page(
        request, "card.html", status=status, session=session, view=view, fault=fault, given=dict(given), done=""
    )


def _call(house: House, submission: SubmissionId, act: str, given: Mapping[str, str], by: Actor) -> cards.Examined:
    reason = given.get("reason", "").replace("\r\n", "\n").strip()
    if act == "ask_retake":
        return cards.ask_retake(house, submission, reason=reason, by=by)
    return cards.examine_card(
        house,
        submission,
        finding=given.get("finding", ""),
        pairs=cards.pairs_of(given.get("pairs", "")),
        reason=reason,
        by=by,
    )
