"""The public pages: releases, participation, verification. They set no cookie and name roles, never staff."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from tenprint.web.charts import charts_of
from tenprint.web.rendering import Pages
from tenprint.web.safety import read_form
from tenprint.workflow.house import House
from tenprint.workflow.obligations import obligations
from tenprint.workflow.signed_copy import signed_copy
from tenprint.workflow.views.coverage_page import coverage_page
from tenprint.workflow.views.places import participation
from tenprint.workflow.views.publications import months, publication, released_file
from tenprint.workflow.views.states import state_story, states_of
from tenprint.workflow.views.verification import (
    ReceiptCheck,
    SelfCheck,
    check_receipt,
    checkpoint_note,
    keys,
    log_file,
    log_keys_file,
    trusted_keys,
)

KEPT_FOR = {"Cache-Control": "public, max-age=300"}
"""Released files never change; five minutes let a withdrawn server be noticed."""


FURTHEST = timedelta(days=3660)
"""How far from today obligations may be asked for. Set by: ten years; each quarter up to the day is worked out."""


def public_routes(house: House, pages: Pages) -> APIRouter:
    """The routes of this module. Nobody needs to be signed in, and nothing here changes anything."""
    router = APIRouter()
    self_check = SelfCheck(house)

    @router.get("/")
    def start() -> Response:
        return RedirectResponse("/public", status_code=303)

    @router.get("/public")
    def index(request: Request) -> Response:
        return pages.page(request, "index.html", public=True, months=months(house), table=participation(house))

    @router.get("/public/participation")
    def places(request: Request, on: str = "", state: str = "") -> Response:
        day, wrong = _day(on)
        table = participation(house, on=day)
        states = sorted({line.state for line in table.lines})
        state = state if state in states else ""
        return pages.page(
            request, "participation.html", status=400 if wrong else 200, public=True, table=table, wrong=wrong, states=states, state=state,
            all_states=states_of(house), lines=[line for line in table.lines if state in {"", line.state}],
        )  # fmt: skip

    @router.get("/public/participation/coverage")
    def covered(request: Request, month: str = "") -> Response:
        view = coverage_page(house, month=month)
        return pages.page(request, "coverage.html", public=True, view=view)

    @router.get("/public/participation/obligations")
    def owed(request: Request, on: str = "", state: str = "") -> Response:
        day, wrong = _day(on)
        if day and abs(day - house.clock.now().date()) > FURTHEST:
            day, wrong = None, on[:20]
        found = obligations(house, on=day)
        states = sorted({row["state"] for row in found["obligations"]})
        rows = [row for row in found["obligations"] if state in {"", row["state"]}]
        counts = [(name, sum(row["status"] == name for row in rows)) for name in found["counts"]]
        return pages.page(
            request, "obligations.html", status=400 if wrong else 200, public=True, on=date.fromisoformat(found["on"]), rows=rows,
            counts=counts, states=states, state=state, wrong=wrong, asked=bool(day),
        )  # fmt: skip

    @router.get("/public/participation/documents/recorded/{name}.json")
    def signed_document(name: str) -> Response:
        kind = {"Content-Disposition": f'attachment; filename="tenprint-document-{name[:32]}.json"'}
        content = signed_copy(house, f"recorded/{name}")
        return Response(content, media_type="application/json", headers={**KEPT_FOR, **kind})

    @router.get("/public/participation/{state}")
    def one_state(request: Request, state: str) -> Response:
        return pages.page(request, "state.html", public=True, story=state_story(house, state))

    @router.get("/public/verify")
    def verify(request: Request) -> Response:
        return _verify(request, None, "", "")

    @router.post("/public/verify")
    async def check(request: Request) -> Response:
        given = await read_form(
            request
        )  # nothing is changed or kept, so the form needs no token and the page no cookie
        promise, proof = given.get("promise", ""), given.get("proof", "")
        checked = await run_in_threadpool(check_receipt, house, promise, proof)
        return await run_in_threadpool(_verify, request, checked, promise, proof)

    def _verify(request: Request, checked: ReceiptCheck | None, promise: str, proof: str) -> Response:
        return pages.page(
            request, "verify.html", public=checked is None, verdict=self_check.verdict(), keys=keys(house),
            checkpoint=checkpoint_note(house), checked=checked, promise=promise, proof=proof,
        )  # fmt: skip

    @router.get("/public/keys.json")
    def trusted() -> Response:
        return JSONResponse(trusted_keys(house), headers=KEPT_FOR)

    @router.get("/public/log-keys.json")
    def log_trusted() -> Response:
        return JSONResponse(log_keys_file(house), headers=KEPT_FOR)

    @router.get("/public/log/{path:path}")
    def log(path: str) -> Response:
        text = path == "checkpoint"
        kept = KEPT_FOR if text or ".p/" in path else {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(
            log_file(house, path),
            media_type="text/plain; charset=utf-8" if text else "application/octet-stream",
            headers=kept,
        )

    @router.get("/public/{month}")
    def release(request: Request, month: str) -> Response:
        published = publication(house, month)
        charts = charts_of(published, {name: pages.catalogue.word("column", name) for name in published.columns})
        return pages.page(request, "month.html", public=True, release=published, parts=published.parts(), charts=charts)

    @router.get("/public/{month}/{name}")
    def file(month: str, name: str) -> Response:
        content, media = released_file(house, month, name)
        kind = {"Content-Disposition": f'attachment; filename="tenprint-{month}-{name}"'}
        return Response(content, media_type=media, headers={**KEPT_FOR, **kind})

    return router


def _day(text: str) -> tuple[date | None, str]:
    """The day that was typed, if any; else None with what was typed, which is no day."""
    try:
        return (date.fromisoformat(text) if text else None), ""
    except ValueError:
        return None, text[:20]
