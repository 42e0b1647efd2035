"""tenprint: identify, refer, account. A person decides; the record can be checked.

The front door for notebooks is lazy, so that importing a rule never loads an image library.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_FRONT_DOOR: dict[str, tuple[str, str]] = {
    "Ppi": ("tenprint.units", "Ppi"),
    "compare": ("tenprint.workflow.notebook", "compare"),
    "extract": ("tenprint.workflow.notebook", "extract"),
    "open_gallery": ("tenprint.workflow.notebook", "open_gallery"),
    "read_image": ("tenprint.workflow.notebook", "read_image"),
    "read_transaction": ("tenprint.workflow.notebook", "read_transaction"),
}
"""Public name -> (module, attribute); resolved on first use. How to use them: docs/how-to/notebook.md."""


def __getattr__(name: str) -> Any:
    if name in _FRONT_DOOR:
        module, attribute = _FRONT_DOOR[name]
        return getattr(importlib.import_module(module), attribute)
    raise AttributeError(f"tenprint has no {name!r}; its front door offers {', '.join(sorted(_FRONT_DOOR))}")


def __dir__() -> list[str]:
    return sorted([*_FRONT_DOOR, "__version__"])
