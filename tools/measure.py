#!/usr/bin/env python3
"""Run the measurements that the README quotes and keep each with commit, date and machine in docs/measurements/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TENPRINT_SHARED") or ROOT.parent / "shared")
TENPRINT = Path(sys.executable).with_name("tenprint")

MEASUREMENTS: dict[str, list[str]] = {
    "evaluate-fvc": [
        "evaluate",
        "fvc",
        *[f"prints/fvc/{n}" for n in ("2002_DB1_B", "2002_DB3_B", "2004_DB1_B", "2004_DB3_B")],
        "--json",
    ],
    "evaluate-extraction": [
        "evaluate",
        "extraction",
        *[f"prints/fvc/{n}" for n in ("2002_DB1_B", "2002_DB3_B", "2004_DB1_B", "2004_DB3_B")],
        "--cards",
        "prints/minex3",
        *[x for n in ("leader", "leader@avx2-bf16", "leader-fast", "mindtct") for x in ("--extractor", n)],
        "--json",
    ],
    "bench-policy": ["bench", "policy", "--json"],
    "bench-extract": ["bench", "extract", "exchange/nist_itl/type-14-tpcard-nqm.an2", "--json"],
    "evaluate-slaps": [
        "evaluate",
        "slaps",
        *[f"prints/fvc/{n}" for n in ("2002_DB1_B", "2002_DB3_B", "2004_DB1_B", "2004_DB3_B")],
        "prints/minex3",
        "--slaps",
        "100",
        "--seed",
        "1",
        "--json",
    ],
    "bench-gate": ["bench", "gate", "--json"],
    "evaluate-discard": [
        "evaluate",
        "discard",
        *[f"prints/fvc/{n}" for n in ("2002_DB1_B", "2002_DB3_B", "2004_DB1_B", "2004_DB3_B")],
        "--cards",
        "prints/minex3",
        "--synthetic",
        "60",
        "--half",
        "even",
        "--json",
    ],
    "evaluate-minutiae": [
        "evaluate",
        "minutiae",
        *[f"prints/fvc/{n}" for n in ("2002_DB1_B", "2002_DB3_B", "2004_DB1_B", "2004_DB3_B")],
        "--json",
    ],
    "evaluate-mirrored": ["evaluate", "mirrored", "prints/minex3", "--json"],
    "evaluate-persons": ["evaluate", "persons", "prints/minex3", "--json"],
    "population": [
        "population",
        "measure",
        "--seed",
        "1",
        "--people",
        "24",
        "--impressions",
        "3",
        "--finger",
        "2",
        "--finger",
        "4",
        *[
            x
            for n in ("2002_DB1_B", "2002_DB3_B", "2004_DB1_B", "2004_DB3_B")
            for x in ("--reference", f"prints/fvc/{n}")
        ],
        "--json",
    ],
}
"""File name -> command. Paths are relative to the folder of research data."""

MUTATION = "mutation-policy"
"""Name of the measurement by tools/mutation.py: it takes hours, so only `--soak` or its name runs it."""


def machine() -> dict[str, Any]:
    """What it was measured on; no host names."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "unknown",
    )
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def commit() -> str:
    """The commit measured; marked when the tree differs from it."""
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    dirty = subprocess.run(
        ["git", "status", "--porcelain", "src", "native"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    return head + ("+changes" if dirty.strip() else "")


def keep(name: str, command: str, result: dict[str, Any]) -> None:
    """Write one measurement with commit, date and machine."""
    kept = {
        "command": command,
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "result": result,
    }
    (ROOT / "docs" / "measurements" / f"{name}.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def soak() -> int:
    """Run the slow tests whole; keep how many there were, how many failed, and how long each took. Returns pytest's exit code."""
    arguments = ["-m", "pytest", "--whole", "-m", "slow"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "soak.xml"
        code = subprocess.run([sys.executable, *arguments, f"--junitxml={report}"], cwd=ROOT, check=False).returncode
        suite = ET.parse(report).getroot().find("testsuite")
        if suite is None:
            return code or 1
        took = {
            f"{case.get('classname')}::{case.get('name')}": float(case.get("time", 0))
            for case in suite.iter("testcase")
        }
        counts = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    keep(
        "soak",
        "python " + " ".join(arguments),
        {**counts, "seconds": {name: round(took[name], 1) for name in sorted(took)}},
    )
    return code


def mutation() -> int:
    """Put small faults into the engine and the gate and keep how many the tests noticed. Returns 1 when too few."""
    arguments = ["tools/mutation.py", "--children", str(os.cpu_count() or 1)]
    run = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if not run.stdout.strip():
        print(run.stderr[-2000:])
        return 1
    keep(MUTATION, "python " + " ".join(arguments), json.loads(run.stdout))
    return run.returncode


def main() -> int:
    """Measure all, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS, MUTATION], help="which (default: all)")
    parser.add_argument(
        "--soak", action="store_true", help="first run the slow tests whole, and keep what came of them"
    )
    given = parser.parse_args()
    chosen = given.names or list(MEASUREMENTS)
    if given.soak and soak():
        return 1
    if (given.soak or MUTATION in chosen) and mutation():
        return 1
    chosen = [name for name in chosen if name != MUTATION]
    if not SHARED.is_dir():
        print(f"the research data is not at {SHARED}; set TENPRINT_SHARED")
        return 1
    for name in chosen:
        print(f"measuring {name} …", flush=True)
        arguments = MEASUREMENTS[name]
        run = subprocess.run([str(TENPRINT), *arguments], cwd=SHARED, capture_output=True, text=True, check=False)
        if run.returncode:
            print(run.stderr[-2000:])
            return run.returncode
        keep(name, "tenprint " + " ".join(arguments), json.loads(run.stdout))
    return 0


if __name__ == "__main__":
    sys.exit(main())
