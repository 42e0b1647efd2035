"""Makes pages: templates, texts and the few ways in which numbers, times and ids are written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tenprint.clock import from_text
from tenprint.web.words import Catalogue
from tenprint.workflow.house import House
from tenprint.workflow.participation import profile_of
from tenprint.workflow.retention import VIEW
from tenprint.workflow.signing_in import Session
from tenprint.workflow.views.board import may
from tenprint.workflow.views.prints import may_see_prints

TEMPLATES: Final = Path(__file__).parent / "templates"
"""Folder of the templates."""

ASSETS: Final = Path(__file__).parent / "assets"
"""Folder of the files that pages load: the style sheet and the mark."""


GROUPS: Final[Mapping[str, str]] = {
    "answer": "detainer_answer", "basis": "basis", "citizenship_evidence": "citizenship_evidence", "conclusion": "conclusion",
    "conviction_known": "known", "disposition": "disposition", "giving_role": "role", "kind": "task", "known": "known",
    "officer_class": "officer_class", "outcome": "outcome", "permitted": "gate_answer", "receiving_role": "role",
    "removable_indication": "removable", "repository": "repository", "role": "role", "severity": "severity", "stage": "stage",
    "status": "status", "warrant": "warrant", "why": "why_eligible", "zone": "zone",
}  # fmt: skip
"""Fact of a case's event -> the group of words that its codes have."""


class Pages:
    """Renders templates over one house, in one language."""

    def __init__(self, house: House, catalogue: Catalogue) -> None:
        self._house = house
        self.catalogue: Final = catalogue
        """The texts."""
        self._env = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.globals.update(
            t=catalogue.text,
            w=catalogue.word,
            n=catalogue.count,
            has=catalogue.has,
            may=may,
            may_see_prints=may_see_prints,
            sees_requests=VIEW,
            fact=partial(fact, catalogue),
            language=catalogue.language,
            asset=_asset,
            version=house.code_version,
        )
        self._env.filters.update(
            number=_number,
            instant=instant,
            day=_day,
            short=_short,
            left=partial(time_left, catalogue),
            iso=_iso,
            month=_month,
            date_text=_date_text,
        )

    def page(
        self, request: Request, template: str, *, status: int = 200, session: Session | None = None, public: bool = False,
        **content: Any,
    ) -> HTMLResponse:  # fmt: skip
        """One page. public: may be kept by anybody for five minutes; all others are kept by nobody."""
        frame = {
            "programme": self._house.programme.title, "profile": profile_of(self._house), "now": self._house.clock.now(),
            "session": session, "path": request.url.path, "section": _section(request.url.path),
        }  # fmt: skip
        body = self._env.get_template(template).render({**frame, **content})
        headers = {"Cache-Control": "public, max-age=300"} if public and status == 200 else {}
        return HTMLResponse(body, status_code=status, headers=headers)


def fact(catalogue: Catalogue, name: str, value: str, tz: tzinfo | None = None) -> str:
    """A fact's value in words; instants as times, a code without a word as it is."""
    if name in {"due", "starts", "expires"} and value.endswith("Z"):
        return instant(from_text(value), tz)
    group = GROUPS.get(name, "value")
    return catalogue.word(group, value) if catalogue.has(group, value) else value.replace("_", " ")


def _section(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "home"
    return parts[1] if parts[0] == "public" and len(parts) > 1 and not parts[1][0].isdigit() else parts[0]


def _asset(name: str) -> str:
    """The address of an asset, with a piece of its hash, so that it may be kept for ever."""
    return f"/assets/{name}?v={_digest(name)}"


def _digest(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]


def _number(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"


def instant(at: datetime, tz: tzinfo | None = None) -> str:
    """``7 June 2011, 09:00 PDT``: the place's own time where it is known, else UTC."""
    local = at.astimezone(tz or UTC)
    return f"{local.day} {local:%B %Y, %H:%M %Z}"


def _day(value: Any) -> str:
    return f"{value.day} {value:%B %Y}"


def _date_text(value: str) -> str:
    """``2011-06-30`` as ``30 June 2011``."""
    return _day(date.fromisoformat(value))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _month(month: str) -> str:
    """``2011-06`` as ``June 2011``."""
    year, number = (int(part) for part in month.split("-"))
    return f"{datetime(year, number, 1, tzinfo=UTC):%B} {year}"


def _short(identifier: str) -> str:
    """The first eight characters of a random id: enough to tell two apart on one page."""
    return identifier[:8]


def time_left(catalogue: Catalogue, seconds: int) -> str:
    """``3 h 20 min left`` or ``overdue by 2 d 4 h``."""
    minutes = abs(seconds) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    spans = [catalogue.text("clock.days", n=days)] if days else []
    spans += [catalogue.text("clock.hours", n=hours)] if hours else []
    spans += [catalogue.text("clock.minutes", n=rest)] if not days and (rest or not hours) else []
    span = " ".join(spans)
    return catalogue.text("clock.overdue" if seconds < 0 else "clock.left", span=span)
