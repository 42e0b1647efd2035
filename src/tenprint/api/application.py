"""The HTTP door for agencies: submit a transaction, ask for its state, fetch its answer, fetch its proof."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import structlog
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from tenprint import __version__
from tenprint.errors import FileTooLarge, NotAuthenticated, TenprintError
from tenprint.ids import SubmissionId, fresh
from tenprint.workflow.answering import answer_of, state_of
from tenprint.workflow.house import House
from tenprint.workflow.intake import MAX_FILE_BYTES, Receipt
from tenprint.workflow.journal import promise_for, proof_for
from tenprint.workflow.people import Actor, actor_with
from tenprint.workflow.reception import receive
from tenprint.workflow.submissions import answer_event, first_event
from tenprint.workflow.worker import Worker

log = structlog.get_logger()

EFT: Final = "application/octet-stream"
"""Media type of a transaction in traditional encoding."""

PROMISE_HEADER: Final = "Tenprint-Promise"
"""Carries the signed promise beside an answer in traditional encoding, which has no place for it."""


def caller(request: Request, authorization: Annotated[str, Header()] = "") -> Actor:
    """Whose agency key the request carries. Raises NotAuthenticated."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("no agency key; send the header `Authorization: Bearer KEY`. Nothing was read.")
    return actor_with(request.app.state.house, token)


Caller = Annotated[Actor, Depends(caller)]
"""The authenticated sender of a request."""


def create_app(house: House, *, with_worker: bool = True) -> FastAPI:
    """The application over an opened house. with_worker: also do the steps in a background thread of this process."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker = Worker(house) if with_worker else None
        if worker:
            worker.start()
        yield
        if worker:
            await run_in_threadpool(worker.stop)

    app = FastAPI(
        title="tenprint", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None,  # both load scripts from elsewhere
        description="Submit ten-print transactions and fetch their answers. A score is never an identification: an examiner is.",
    )  # fmt: skip
    app.state.house = house
    app.add_exception_handler(TenprintError, _problem)
    app.add_exception_handler(Exception, _incident)
    app.middleware("http")(_security_headers)
    _routes(app, house)
    return app


def _routes(app: FastAPI, house: House) -> None:
    @app.post("/submissions", status_code=202, tags=["submissions"])
    async def submit(request: Request, by: Caller, response: Response) -> dict[str, Any]:
        """Take one EBTS file (the request's body) in. 202 with its place; a refusal also has a place, and an ERRT there.

        The same file again gives the same submission. The same (ORI, TCN) with other content is refused.
        """
        data = await _body(request)
        receipt = await run_in_threadpool(receive, house, data, by=by)
        response.headers["Location"] = f"/submissions/{receipt.submission}"
        return _receipt_json(receipt)

    @app.get("/submissions/{submission}", tags=["submissions"])
    def look(submission: str, by: Caller) -> dict[str, object]:
        """The state of a submission: what the gate said for each repository, and which answer there is."""
        return state_of(house, SubmissionId(submission), by=by)

    @app.get("/submissions/{submission}/answer", tags=["submissions"], response_class=Response)
    def answer(submission: str, by: Caller, accept: Annotated[str, Header()] = EFT) -> Response:
        """The answer: SRE or ERRT in traditional encoding, or JSON when asked for. 204: none was asked for. 425: not yet."""
        row, content = answer_of(house, SubmissionId(submission), by=by)
        if row.answer_kind is None:
            return JSONResponse({"state": row.state, "detail": "no answer yet; ask again later"}, status_code=425)
        promised = promise_for(house, answer_event(house, SubmissionId(submission)).id)
        headers = {PROMISE_HEADER: json.dumps(promised, separators=(",", ":"))}
        if content is None:
            return Response(status_code=204, headers=headers)
        if "json" in accept:
            public = answer_event(house, SubmissionId(submission)).public
            return JSONResponse({"kind": row.answer_kind, "srf": public["srf"], "code": row.error_code, "field": row.error_field,
                                 "promise": promised})  # fmt: skip
        return Response(content, media_type=EFT, headers=headers)

    @app.get("/submissions/{submission}/proof", tags=["submissions"], response_class=Response)
    def proof(submission: str, by: Caller) -> Response:
        """The tlog-proof that the taking-in was logged, once a checkpoint that covers it is published."""
        state_of(house, SubmissionId(submission), by=by)
        text = proof_for(house, first_event(house, SubmissionId(submission)).id)
        return Response(text, media_type="text/plain; charset=utf-8")

    @app.get("/health", tags=["service"])
    def health() -> dict[str, str]:
        """Whether the service answers at all."""
        return {"status": "ok", "version": __version__}


async def _body(request: Request) -> bytes:
    """The body, read no further than the limit: a larger one is refused before it is in memory."""
    declared = request.headers.get("content-length", "0")
    limit = f"at most {MAX_FILE_BYTES} bytes"
    if declared.isdigit() and int(declared) > MAX_FILE_BYTES:
        raise FileTooLarge(f"{declared} bytes declared", allowed=limit)
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_FILE_BYTES:
            raise FileTooLarge(f"more than {MAX_FILE_BYTES} bytes", allowed=limit)
        parts.append(chunk)
    return b"".join(parts)


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    place = f"/submissions/{receipt.submission}"
    error = (
        {"code": receipt.error_code, "field": receipt.error_field, "message": receipt.message}
        if receipt.error_code
        else None
    )
    return {
        "submission": receipt.submission, "state": receipt.state, "repeated": receipt.repeated, "location": place,
        "answer": f"{place}/answer", "promise": receipt.promise, "error": error,
    }  # fmt: skip


def _problem(_: Request, error: Exception) -> JSONResponse:
    """An error raised on purpose, as RFC 9457 problem details."""
    known = error if isinstance(error, TenprintError) else TenprintError(str(error))
    body = {
        "type": "about:blank",
        "title": type(known).__name__,
        "status": known.http_status,
        "detail": str(known),
        "code": known.code,
    }
    headers = {"WWW-Authenticate": "Bearer"} if known.http_status == 401 else {}
    return JSONResponse(body, status_code=known.http_status, media_type="application/problem+json", headers=headers)


def _incident(_: Request, error: Exception) -> JSONResponse:
    """An error nobody planned for: the caller gets an incident id and no internals; the server goes on."""
    incident = fresh()
    log.error("incident", incident=incident, error=type(error).__name__, exc_info=error)
    body = {"type": "about:blank", "title": "Internal error", "status": 500, "detail": f"Incident {incident}. Nothing was half-stored.",
            "code": "INTERNAL"}  # fmt: skip
    return JSONResponse(body, status_code=500, media_type="application/problem+json")


async def _security_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
