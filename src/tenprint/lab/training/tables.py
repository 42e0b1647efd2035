"""Makes the integer tables of `mcc-lssr-1` from its published parameters: ``python -m tenprint.lab.training.tables``.

Every entry is a rounded closed formula, so the same parameters give the same file; a test regenerates and compares it.
Source of formulas and default parameters: [MCC10] Cappelli, Ferrara, Maltoni, IEEE TPAMI 32(12), 2010, table 2.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

NAME: Final = "mcc-lssr-1"
"""The matcher these tables belong to."""

TARGET: Final = Path(__file__).resolve().parents[2] / "identify" / "match" / "tables" / f"{NAME}.json"
"""Where the committed file lies."""

PARAMETERS: Final[Mapping[str, float]] = {
    "min_quality": 50,
    "max_minutiae": 100,
    "radius_px": 70,
    "sigma_s_px": 28 / 3,
    "sigma_d_deg": 40,
    "mu_psi": 0.0085,
    "omega_px": 50,
    "min_valid_share": 0.75,
    "min_minutiae": 2,
    "min_both_share": 0.60,
    "max_turn_deg": 90,
    "repeats": 1,
    "relaxations": 3,
    "min_pairs": 6,
    "max_pairs": 12,
    "mu_p": 20,
    "tau_p": 0.4,
    "mu_stretch_px": 7,
    "tau_stretch": -1.6,
    "mu_twist_deg": 15,
    "tau_twist": -30,
    "mu_swing_deg": 15,
    "tau_swing": -30,
}
"""Parameters in the units of the paper.

Source: [MCC10] table 2, but NS = 8, ND = 6. Set by: `tenprint.lab.training` on four FVC B sets: min_quality, mu_psi,
repeats.
"""

NS: Final = 8
"""Cells across the base of a cylinder. Source: [MCC10], MCC8."""

ND: Final = 6
"""Direction sections of a cylinder. Source: [MCC10], float version; measured level with 5 for bits."""


def sigmoid(value: float, *, mu: float, tau: float) -> float:
    """1 / (1 + exp(-tau (value - mu))) [MCC10, eq. 5]."""
    return 1.0 / (1.0 + math.exp(-tau * (value - mu)))


def cells(radius_px: float) -> list[tuple[int, int]]:
    """Centres of the cells whose distance from the minutia is at most the radius, in sixteenths of a pixel, row
    by row.
    """
    step = Fraction(radius_px) * 16 / NS
    odd = range(-(NS - 1), NS, 2)
    return [(round(step * u), round(step * v)) for u in odd for v in odd if u * u + v * v <= NS * NS]


def section_mass(distance: float, *, sigma: float) -> float:
    """The mass of a normal distribution over one direction section at angular ``distance``, both in turns [MCC10, eq.
    11].
    """
    half = 0.5 / ND
    low, high = (distance - half) / sigma, (distance + half) / sigma
    return 0.5 * (math.erf(high / math.sqrt(2.0)) - math.erf(low / math.sqrt(2.0)))


def directional(sigma_deg: float) -> list[int]:
    """Section k (6) by difference of directions (256 steps): the section's mass, 2**14 = 1."""
    table = []
    for k in range(ND):
        centre = -0.5 + (k + 0.5) / ND
        for step in range(256):
            away = (centre - step / 256 + 0.5) % 1.0 - 0.5
            table.append(round(section_mass(away, sigma=sigma_deg / 360) * 2**14))
    return table


def falling(mu: float, tau: float, *, step: float) -> list[int]:
    """A falling sigmoid sampled in the middle of steps, 32768 = 1, until it rounds to nothing."""
    table: list[int] = []
    while (value := round(sigmoid((len(table) + 0.5) * step, mu=mu, tau=tau) * 32768)) > 0:
        table.append(value)
    return table


def build(parameters: Mapping[str, float]) -> dict[str, object]:
    """The content of a tables file for these parameters."""
    p = parameters
    places = cells(p["radius_px"])
    reach = 3 * p["sigma_s_px"]
    norm = p["sigma_s_px"] * math.sqrt(2 * math.pi)
    spatial = [
        round(math.exp(-(square + 0.5) / 4 / (2 * p["sigma_s_px"] ** 2)) / norm * 2**20)
        for square in range(round(reach * reach * 4) + 1)
    ]
    step_rad = 2 * math.pi / 1024
    return {
        "name": NAME,
        "parameters": dict(p),
        "scalars": {
            "min_quality": int(p["min_quality"]),
            "max_minutiae": int(p["max_minutiae"]),
            "omega": round(p["omega_px"] * 16),
            "reach": round(((p["radius_px"] + reach) * 16) ** 2),
            "min_valid": math.ceil(p["min_valid_share"] * len(places)),
            "min_minutiae": int(p["min_minutiae"]),
            "mu_psi": round(p["mu_psi"] * 2**34),
            "min_both": math.ceil(p["min_both_share"] * len(places)),
            "max_turn": round(p["max_turn_deg"] / 360 * 65536),
            "repeats": int(p["repeats"]),
            "relaxations": int(p["relaxations"]),
        },
        "tables": {
            "sine": [round(math.sin(step * step_rad) * 32768) for step in range(1024)],
            "cells": [part for place in places for part in place],
            "spatial": spatial,
            "directional": directional(p["sigma_d_deg"]),
            "root": [round(math.sqrt(n) * 4096) for n in range(len(places) * ND + 1)],
            "arctan": [round(math.atan2(n, 1024) / (2 * math.pi) * 65536) for n in range(1025)],
            "stretch": falling(p["mu_stretch_px"], p["tau_stretch"], step=0.25),
            "twist": falling(math.radians(p["mu_twist_deg"]), p["tau_twist"], step=step_rad),
            "swing": falling(math.radians(p["mu_swing_deg"]), p["tau_swing"], step=step_rad),
            "pairs": [
                int(p["min_pairs"])
                + round((p["max_pairs"] - p["min_pairs"]) * sigmoid(n, mu=p["mu_p"], tau=p["tau_p"]))
                for n in range(256)
            ],
        },
    }


def text(content: Mapping[str, object]) -> str:
    """The file's text: one key a line, so that a change can be read in a diff."""
    lines = ["{"]
    top = list(content.items())
    for index, (key, value) in enumerate(top):
        comma = "," if index + 1 < len(top) else ""
        if isinstance(value, dict):
            inner = [f"  {json.dumps(name)}: {json.dumps(item)}" for name, item in value.items()]
            lines += [f" {json.dumps(key)}: {{", ",\n".join(inner), f" }}{comma}"]
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}{comma}")
    return "\n".join([*lines, "}", ""])


def main() -> None:
    """Write the file, by default over the committed one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=TARGET)
    parser.parse_args().output.write_text(text(build(PARAMETERS)), encoding="utf-8")


if __name__ == "__main__":
    main()
