"""What a gallery asks of a matcher. `tenprint.identify.match` has one; any other that keeps to this fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from tenprint.model.prints import TenprintTemplate

ZONES: Final = ("none", "review", "strong")
"""Names of the zones of a score, weakest first. Source: design decision 9; there is no zone that decides."""


class Compared(Protocol):
    """What came of comparing a probe with one enrolled encounter."""

    @property
    def score(self) -> int:
        """The ten-print score; higher is more alike."""
        ...

    @property
    def fingers(self) -> Mapping[int, int]:
        """Score of each finger that both have, by position 1-10."""
        ...

    @property
    def common(self) -> int:
        """How many fingers could be compared, 0 to 10."""
        ...


class Comparing(Protocol):
    """A matcher. What it prepares is its own affair: the gallery only keeps it in memory and hands it back.

    A prepared template may have a method ``wipe()`` that overwrites it; the gallery calls it on expungement.
    """

    @property
    def name(self) -> str:
        """Short name, such as ``mcc-lssr-1``."""
        ...

    @property
    def version(self) -> str:
        """Name and hash of all that decides a score."""
        ...

    def prepare(self, template: TenprintTemplate, /) -> Any:
        """The form in which a template is compared."""
        ...

    def search(self, probe: Any, gallery: Sequence[Any], /) -> Sequence[Any]:
        """One `Compared` for each prepared template of ``gallery``, in its order."""
        ...

    def zone(self, comparison: Any, /) -> str:
        """The zone of a comparison, one of `ZONES`."""
        ...


def label(matcher: Comparing) -> str:
    """Name and version of a matcher in one text, as candidate lists record it."""
    return matcher.version if matcher.version.startswith(matcher.name) else f"{matcher.name}/{matcher.version}"
