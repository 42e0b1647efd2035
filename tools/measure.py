#!/usr/bin/env python3
"""Run the measurements that the README quotes and keep each with commit, date and machine in docs/measurements/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


def main() -> int:
    """Measure all, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], help="which (default: all)")
    chosen = parser.parse_args().names or list(MEASUREMENTS)
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
        kept = {"command": "tenprint " + " ".join(arguments), "commit": commit(), "date": datetime.now(UTC).date().isoformat(),
                "machine": machine(), "result": json.loads(run.stdout)}  # fmt: skip
        (ROOT / "docs" / "measurements" / f"{name}.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
