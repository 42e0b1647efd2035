"""tenprint: identify, refer, account. A person decides; the record can be checked.

The front door for notebooks is lazy, so that importing a rule never loads an image library.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_FRONT_DOOR: dict[str, tuple[str, str]] = {}
"""Public name -> (module, attribute), filled below; resolved on first use."""


def __getattr__(name: str) -> Any:
    if name in _FRONT_DOOR:
        module, attribute = _FRONT_DOOR[name]
        return getattr(importlib.import_module(module), attribute)
    raise AttributeError(f"tenprint has no {name!r}; its front door offers {', '.join(sorted(_FRONT_DOOR))}")


def __dir__() -> list[str]:
    return sorted([*_FRONT_DOOR, "__version__"])
