"""What every page of this site carries, and what it asks of every form: headers, cookies, tokens, small bodies."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from tenprint.errors import NotPermitted, UsageError
from tenprint.ids import fresh_secret
from tenprint.workflow.signing_in import csrf_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SESSION: Final = "tenprint_session"
"""Cookie of a signed-in person."""

VISIT: Final = "tenprint_visit"
"""Cookie of the sign-in page, for its form's token; public pages set none."""

LONGEST_FORM: Final = 131_072
"""Most bytes of a form. Source: a pasted receipt of 32 k characters, percent-encoded threefold, fits."""

MOST_FIELDS: Final = 64
"""Most fields of a form. Set by: twice the longest form of a case."""

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
"""Content security policy: no script at all, no inline style, nothing from elsewhere. Source: W3C CSP level 3."""

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer of the site."""


class Guarded:
    """Puts the headers on every answer; what is not said to be kept is not kept (``Cache-Control: no-store``)."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with the headers."""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, with_headers)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, read no further than the limit. Raises UsageError for anything else than a plain form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UsageError("this page takes a plain form; nothing was done")
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LONGEST_FORM:
            raise UsageError(f"the form has more than {LONGEST_FORM} bytes; nothing was done")
        parts.append(chunk)
    try:
        pairs = parse_qsl(
            b"".join(parts).decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise UsageError("the form can't be read; nothing was done") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields


def check_csrf(request: Request, form: Mapping[str, str], *, cookie: str) -> None:
    """Raise NotPermitted unless the form carries the token of the cookie, and the browser says it comes from here."""
    token = request.cookies.get(cookie, "")
    given = form.get("csrf", "")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotPermitted("the form was sent from another site; nothing was done")
    if not token or not hmac.compare_digest(csrf_of(token).encode(), given.encode("utf-8", "replace")):
        raise NotPermitted(
            "the form is not of this session, or the session has ended; nothing was done. Open the page again."
        )


def visit_token(request: Request) -> str:
    """The token of the sign-in page's cookie: the one it has, or a new one."""
    return request.cookies.get(VISIT) or fresh_secret()


def set_cookie(response: Response, request: Request, name: str, value: str, *, max_age: int) -> None:
    """A cookie for this site only, out of scripts' reach; ``Secure`` wherever the page came by HTTPS."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Forget a cookie."""
    response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https")
