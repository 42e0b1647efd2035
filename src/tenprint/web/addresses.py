"""Addresses of pages with what was asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


def page_number(page: str) -> int:
    """The number of a page as it stands in an address; 1 for anything else."""
    return int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1


def with_asked(path: str, asked: Mapping[str, Any], **changes: Any) -> str:
    """An address with what was asked and what changes; what is empty is left out."""
    query = urlencode({name: value for name, value in (dict(asked) | changes).items() if value})
    return f"{path}?{query}" if query else path
