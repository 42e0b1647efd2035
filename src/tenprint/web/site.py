"""The site: its routes put together, its errors turned into pages, and its place beside the machine interface."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as PlainHTTPException

from tenprint.errors import KeySealed, NotAuthenticated, TenprintError
from tenprint.ids import fresh
from tenprint.web.cards import card_routes
from tenprint.web.desk import desk_routes
from tenprint.web.doors import doors, led_to_the_door, session_or_none
from tenprint.web.public import public_routes
from tenprint.web.reference import Description, reference_routes
from tenprint.web.rendering import ASSETS, Pages
from tenprint.web.requests import request_routes
from tenprint.web.safety import App, Guarded, Receive, Scope, Send
from tenprint.web.words import Catalogue
from tenprint.workflow.house import House

log = structlog.get_logger()

PREFIXES: Final = ("/assets", "/desk", "/docs", "/public", "/sign-in", "/sign-out")
"""Where the site's pages lie, besides ``/``; every other path is the machine interface's."""

MEDIA: Final = {"tenprint.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
"""The assets there are, with their media types."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""Assets' addresses hold a piece of their hash."""


def create_site(house: House, *, describes: Description | None = None) -> FastAPI:
    """The site over an opened house, as an application of its own. describes: the machine interface beside it, for its page."""
    pages = Pages(house, Catalogue.load("en"))
    site = FastAPI(title="tenprint pages", docs_url=None, redoc_url=None, openapi_url=None)
    site.add_exception_handler(TenprintError, _Explained(house, pages).known)
    site.add_exception_handler(PlainHTTPException, _Explained(house, pages).plain)
    site.add_exception_handler(RequestValidationError, _Explained(house, pages).plain)
    site.include_router(doors(house, pages))
    site.include_router(request_routes(house, pages))  # before the cases: their forms take any word as a command
    site.include_router(card_routes(house, pages))
    site.include_router(desk_routes(house, pages))
    site.include_router(public_routes(house, pages))
    site.include_router(reference_routes(pages, describes))

    @site.get("/assets/{name}")
    def asset(name: str) -> Response:
        if name not in MEDIA:
            raise HTTPException(404)
        return Response((ASSETS / name).read_bytes(), media_type=MEDIA[name], headers={"Cache-Control": FOR_EVER})

    site.add_middleware(_Caught, pages=pages)
    site.add_middleware(Guarded)
    return site


def mount(app: FastAPI, house: House) -> None:
    """Put the site beside the machine interface: its paths go to it, all others stay as they were."""
    app.add_middleware(_Beside, site=create_site(house, describes=app.openapi))


class _Beside:
    """Hands the site's paths to the site, before anything of the machine interface sees them."""

    def __init__(self, app: App, site: App) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        ours = scope["type"] == "http" and (path == "/" or any(path == p or path.startswith(p + "/") for p in PREFIXES))
        await (self._site if ours else self._app)(scope, receive, send)


class _Explained:
    """Errors as pages: what happened, what was not done, what to do next."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    def known(self, request: Request, error: Exception) -> Response:
        """An error raised on purpose. Who is not signed in is led to the door."""
        if isinstance(error, NotAuthenticated):
            return led_to_the_door(self._pages, request)
        status = error.http_status if isinstance(error, TenprintError) else 500
        return self._page(request, status, str(error), sealed=isinstance(error, KeySealed))

    def plain(self, request: Request, error: Exception) -> Response:
        """An address that is none, or a method that it does not take."""
        status = error.status_code if isinstance(error, PlainHTTPException) else 404
        return self._page(request, status, "")

    def _page(self, request: Request, status: int, why: str, *, sealed: bool = False) -> Response:
        session = session_or_none(self._house, request) if request.url.path.startswith("/desk") else None
        return self._pages.page(
            request, "error.html", status=status, session=session, why=why, incident="", code=status, sealed=sealed
        )


class _Caught:
    """The process edge: an error that nobody planned for becomes a page with an incident id, and the server goes on."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            incident = fresh()
            log.exception("incident", incident=incident, error=type(error).__name__, path=scope.get("path"))
            if begun:
                raise
            page = self._pages.page(
                Request(scope), "error.html", status=500, why="", incident=incident, code=500, sealed=False
            )
            await page(scope, receive, send)
