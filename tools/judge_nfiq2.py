#!/usr/bin/env python3
"""Compare a port of NFIQ 2 with NIST's reference outputs, feature by feature. Prints one JSON object.

    python tools/judge_nfiq2.py UNPACKED_AFIS_1.2.7 FOLDER_WITH_images_AND_output

Needs NumPy and SciPy, in an environment of its own; nothing of the port is used by the product (docs/adr, "not NFIQ 2").
Minutiae are not given to the port: NFIQ 2 takes them from FingerJet FX, which the port does not hold.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RELATIVE, ABSOLUTE = 1e-4, 1e-5
"""What counts as equal: the reference prints six digits."""


def reference_of(path: Path) -> dict[str, float]:
    """Feature -> value of one reference output, lines ``name: value``."""
    pairs = (line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if ":" in line)
    return {name.strip(): float(value) for name, value in pairs}


def judge(port: Path, shared: Path) -> dict[str, Any]:
    """The table: for each feature how many images agree, and both values of each image."""
    sys.path.insert(0, str(port))
    features = importlib.import_module("afis.algorithms.nfiq2.features")
    forest = importlib.import_module("afis.algorithms.nfiq2.rf")
    calibrator = importlib.import_module("afis.algorithms.nfiq2.calibrate")
    found, expected, scores = [], [], {}
    for path in sorted((shared / "output").glob("*_output.txt")):
        name = path.name.removesuffix("_output.txt")
        known = reference_of(path)
        ported = features.extract_nfiq2_features(np.asarray(Image.open(shared / "images" / f"{name}.pgm")))
        found.append(ported)
        expected.append(known)
        scores[name] = {
            "reference": int(known["UnifiedQualityScore"]),
            "forest_on_reference_features": forest.predict_score(forest.features_to_vector(known)),
            "forest_on_ported_features": forest.predict_score(ported),
            "as_the_port_answers": calibrator.calibrate_score(ported),
        }
    table: dict[str, dict[str, Any]] = {}
    for feature in forest.RF_FEATURE_ORDER:
        pairs = [(round(float(a[feature]), 6), b[feature]) for a, b in zip(found, expected, strict=True)]
        equal = sum(abs(a - b) <= max(ABSOLUTE, RELATIVE * abs(b)) for a, b in pairs)
        table[feature] = {
            "equal": equal,
            "of": len(pairs),
            "ported": [a for a, _ in pairs],
            "reference": [b for _, b in pairs],
        }
    wrong = [feature for feature, row in table.items() if row["equal"] < row["of"]]
    return {
        "scores": scores,
        "features": len(table),
        "features_equal": len(table) - len(wrong),
        "features_unequal": wrong,
        "table": table,
    }


if __name__ == "__main__":
    print(json.dumps(judge(Path(sys.argv[1]), Path(sys.argv[2])), indent=1, sort_keys=True))
