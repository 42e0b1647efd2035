"""The matcher `mcc-lssr-1`: minutia cylinder-code, local similarity with relaxation, finger by finger, then fused.

It says how alike two sets of prints are, in integer points, and in which zone an examiner should find the pair. It
never says that two people are the same. Native and reference kernel return the same integers (design decision 12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tenprint.errors import TemplateInvalid
from tenprint.identify.match import kernel as kernels
from tenprint.identify.match import table_file, zone
from tenprint.identify.match.reference import Code, Ints
from tenprint.identify.match.table_file import Tables
from tenprint.identify.match.zone import Zone
from tenprint.model.prints import FINGERS, FingerTemplate, Minutiae, TenprintTemplate, in_order

NAME = "mcc-lssr-1"
"""The matcher's name; another algorithm gets another name."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedFinger:
    """One finger's cylinders, (m, 8) uint64, made by the matcher called ``version``; m is 0 when nothing usable was
    found.
    """

    position: int
    code: Code
    version: str


@dataclass(frozen=True, slots=True, eq=False)
class PreparedTenprint:
    """The cylinders of ten positions, 1 to 10 in order; None where the finger is missing or has no usable cylinder."""

    codes: tuple[Code | None, ...]
    version: str

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions that can be compared, ascending."""
        return tuple(position for position, code in zip(FINGERS, self.codes, strict=True) if code is not None)

    def wipe(self) -> None:
        """Overwrite the cylinders with zeros, for an expungement (design decision 3)."""
        for code in self.codes:
            if code is not None:
                code.fill(0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A probe against a candidate.

    score:       fused evidence of the fingers compared, hundredths of a decade of bounded likelihood ratio, 0 or more.
    fingers:     points, 0 to 10000, by position; only positions that both have.
    supporting:  fingers whose own evidence supports the candidate.
    """

    score: int
    fingers: Mapping[int, int]
    supporting: int

    @property
    def common(self) -> int:
        """The number of fingers compared."""
        return len(self.fingers)


def strongest(minutiae: Minutiae, tables: Tables) -> Ints:
    """The minutiae that are compared, (n, 3) int64 of x, y, theta: those of enough quality, the best first, at most
    100.
    """
    scalars = tables.scalars
    best = in_order(minutiae.at_least(scalars["min_quality"]).points)[: scalars["max_minutiae"]]
    columns = [best[name].astype(np.int64) for name in ("x", "y", "theta")]
    return np.ascontiguousarray(np.stack(columns, axis=1))


class Matcher:
    """`mcc-lssr-1`. Stateless and safe on any number of threads; the GIL is released while the native kernel works."""

    name = NAME

    def __init__(self, *, kernel: Literal["native", "reference"] = "native") -> None:
        self._tables = table_file.load(NAME)
        self._calibration = zone.load(NAME)
        if self._calibration.matcher != self._tables.version:
            raise TemplateInvalid(
                f"the calibration is for {self._calibration.matcher}, the tables are {self._tables.version}; nothing "
                "was compared. Train again with tenprint.lab.training.zones, or reinstall tenprint."
            )
        self._kernel = kernels.native(self._tables) if kernel == "native" else kernels.ReferenceKernel(self._tables)

    @property
    def version(self) -> str:
        """Name, hash of tables and parameters, hash of calibration: ``mcc-lssr-1/…/…``; the same for both kernels."""
        return f"{self._tables.version}/{self._calibration.version}"

    def prepare_finger(self, template: FingerTemplate) -> PreparedFinger:
        """The cylinders of one finger's best minutiae. Their order in the template is no evidence: they are sorted
        first.
        """
        return PreparedFinger(template.position, self._code(template.minutiae), self.version)

    def prepare(self, template: TenprintTemplate) -> PreparedTenprint:
        """The cylinders of every finger; a finger without a usable cylinder counts as missing."""
        found = {finger.position: self._code(finger.minutiae) for finger in template.fingers}
        codes = tuple(found[p] if p in found and len(found[p]) else None for p in FINGERS)
        return PreparedTenprint(codes, self.version)

    def compare_fingers(self, a: FingerTemplate, b: FingerTemplate) -> int:
        """Points of two single fingers, whatever their positions: 0 to 10000, the same whichever comes first."""
        return self._kernel.compare(self._code(a.minutiae), self._code(b.minutiae))

    def compare_many(
        self, a: FingerTemplate | PreparedFinger, bs: Sequence[FingerTemplate | PreparedFinger]
    ) -> list[int]:
        """Points of one finger against each of many. Raises TemplateInvalid for cylinders of another matcher
        version.
        """
        rows = [[self._finger_code(b)] for b in bs]
        points = self._kernel.search([self._finger_code(a)], rows, 1)
        return [int(each) for each in points[:, 0]]

    def compare(self, probe: PreparedTenprint, candidate: PreparedTenprint) -> Comparison:
        """One probe against one candidate, each finger against the same position only. Raises TemplateInvalid as
        `search`.
        """
        return self.search(probe, [candidate])[0]

    def search(
        self, probe: PreparedTenprint, candidates: Sequence[PreparedTenprint], *, threads: int = 1
    ) -> list[Comparison]:
        """One probe against every candidate, in their order. The result does not depend on ``threads`` (at least 1).

        Raises TemplateInvalid if anything was prepared by another version of the matcher; nothing was compared then.
        """
        for each in (probe, *candidates):
            self._check(each.version)
        points = self._kernel.search(probe.codes, [candidate.codes for candidate in candidates], max(1, threads))
        return [self._fused(row) for row in points.tolist()]

    def zone(self, comparison: Comparison) -> Zone:
        """Where an examiner finds the candidate: ``strong``, ``review`` or ``none``, by the number of fingers
        compared.
        """
        return self._calibration.zone(comparison.score, compared=comparison.common, supporting=comparison.supporting)

    def _fused(self, row: Sequence[int]) -> Comparison:
        fingers = {position: points for position, points in zip(FINGERS, row, strict=True) if points >= 0}
        score, supporting = self._calibration.fuse(fingers.values())
        return Comparison(score=score, fingers=fingers, supporting=supporting)

    def _finger_code(self, finger: FingerTemplate | PreparedFinger) -> Code:
        if isinstance(finger, FingerTemplate):
            return self._code(finger.minutiae)
        self._check(finger.version)
        return finger.code

    def _check(self, version: str) -> None:
        if version != self.version:
            raise TemplateInvalid(
                f"cylinders of {version} can't be compared by {self.version}; nothing was compared. Prepare them again."
            )

    def _code(self, minutiae: Minutiae) -> Code:
        return self._kernel.prepare(strongest(minutiae, self._tables))
