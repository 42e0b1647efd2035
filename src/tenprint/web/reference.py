"""The page of the machine interface, made from its own OpenAPI description: nothing is loaded from elsewhere, and nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fastapi import APIRouter, HTTPException, Request, Response

from tenprint.web.rendering import Pages

Description: TypeAlias = Callable[[], Mapping[str, Any]]
"""Gives the OpenAPI description of the machine interface that stands beside the pages."""

METHODS: Final = ("get", "post", "put", "patch", "delete")
"""Methods in the order in which a path's operations are shown. Source: OpenAPI 3.1, path item object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing that a request carries. place: path, query or header."""

    name: str
    place: str
    required: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One address with its method. answers: (status, in words) in order."""

    id: str
    method: str
    path: str
    says: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]


def operations(described: Mapping[str, Any]) -> tuple[Operation, ...]:
    """The operations of an OpenAPI description, in its own order."""
    return tuple(
        _operation(path, method, item[method])
        for path, item in described.get("paths", {}).items()
        for method in METHODS
        if method in item
    )


def reference_routes(pages: Pages, describes: Description | None) -> APIRouter:
    """The route of this module; 404 where no machine interface stands beside the pages."""
    router = APIRouter()

    @router.get("/docs")
    def reference(request: Request) -> Response:
        if describes is None:
            raise HTTPException(404)
        described = describes()
        return pages.page(
            request,
            "reference.html",
            public=True,
            described=described.get("info", {}),
            operations=operations(described),
        )

    return router


def _operation(path: str, method: str, told: Mapping[str, Any]) -> Operation:
    text = str(told.get("description") or told.get("summary") or "")
    parameters = tuple(
        Parameter(
            name=str(one["name"]), place=str(one["in"]), required=bool(one.get("required")), says=str(one.get("description", ""))
        )
        for one in told.get("parameters", ())
    )  # fmt: skip
    answers = tuple((status, str(one.get("description", ""))) for status, one in told.get("responses", {}).items())
    return Operation(
        id=f"{method}{path}".translate({ord(c): "-" for c in "/{}"}).strip("-"), method=method.upper(), path=path,
        says=tuple(part.strip() for part in text.split("\n\n") if part.strip()), parameters=parameters, answers=answers,
    )  # fmt: skip
