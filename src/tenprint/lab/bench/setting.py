"""Where a measurement was made, and what the machine could do at best: every bench prints both beside its figures."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any, Final

import numpy as np

from tenprint import __version__

COPIED_BYTES: Final = 128 * 2**20
"""Size of the array that is copied to measure memory. Set by: several times any cache of a core's share."""

REPEATS: Final = 5
"""How often the copy is repeated; the best counts, since a limit is what the machine can do undisturbed."""


def setting() -> dict[str, Any]:
    """Machine, versions and commit, without a host's name."""
    return {"machine": machine(), "version": __version__, "commit": commit()}


def machine() -> dict[str, Any]:
    """Processor, cores, Python, numpy and system."""
    cpu = "unknown"
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:  # another system than Linux: its name is told below
        cpu = platform.processor() or cpu
    return {
        "cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__, "system": platform.system(),
    }  # fmt: skip


def commit() -> str | None:
    """The commit of the checkout that this code runs from, marked where its sources differ; None outside a checkout."""
    here = Path(__file__).resolve().parents[4]
    if not (here / ".git").exists():
        return None
    head = _git(here, "rev-parse", "--short=12", "HEAD")
    changed = _git(here, "status", "--porcelain", "src", "native")
    return None if head is None else head + ("+changes" if changed else "")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def memory_bytes_per_s() -> float:
    """Bytes read and written in a processor second by one core that only copies, the best of some copies."""
    source = np.ones(COPIED_BYTES, dtype=np.uint8)
    target = np.empty_like(source)
    best = 0.0
    for _ in range(REPEATS):
        started = process_time()
        np.copyto(target, source)
        best = max(best, 2 * COPIED_BYTES / (process_time() - started))
    return best


def cpu_seconds(work: Callable[[], object], *, repeats: int) -> float:
    """Processor seconds of one call, the median of some: other processes on the machine are not counted."""
    took = []
    for _ in range(repeats):
        started = process_time()
        work()
        took.append(process_time() - started)
    return quantile(took, 0.5)


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that ``share`` of the values do not exceed; no value is made up between two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, int(np.ceil(share * len(ordered))) - 1))]
