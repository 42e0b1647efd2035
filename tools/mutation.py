#!/usr/bin/env python3
"""Mutation testing of the engine: how many small faults put into `refer/policy` and the gate do the tests of their rooms notice?

Uses mutmut 3 on a copy of the tree. A fault that changes nothing (an equivalent mutant) counts as noticed only if
tools/equivalent-mutants.json lists it, by its two lines, with the reason; the list is part of the result.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENTS = ROOT / "tools" / "equivalent-mutants.json"
MUTMUT = Path(sys.executable).with_name("mutmut")

MUTATED = ("src/tenprint/refer/policy/*.py", "src/tenprint/refer/participation/gate.py")
"""What is mutated: the engine and the gate."""

TESTS = ("tests/refer/policy", "tests/refer/participation")
"""The tests that must notice."""

COPIED = ("src/tenprint", "docs/explanation", "tests/conftest.py", *TESTS)
"""What the copy holds: sources, because mutmut imports them from its own folder, the tests of the two rooms, and the pages that these
hold to the rules."""

NOTICED = ("killed", "timeout", "segfault")
"""Results that count as noticed: a test failed, or the program no longer ended, or died."""

SURVIVED = 0
"""pytest's exit code when all tests pass: nobody noticed the mutant."""

CONFIG = """[tool.mutmut]
source_paths = ["src/"]
only_mutate = [{only}]
also_copy = ["docs"]
pytest_add_cli_args_test_selection = [{tests}]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider"]
use_git_change_detection = false
timeout_multiplier = 10.0
timeout_constant = 5.0

[tool.pytest.ini_options]
markers = ["slow: takes long", "prints: needs prints"]
filterwarnings = ["ignore"]
"""

CONFTEST = """
import sys

from hypothesis import settings

# An editable install would be imported instead of the mutants. Each mutant's run passes here: what is already ours stays.
sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "ScikitBuildRedirectingFinder"]
for name in [n for n in sys.modules if n == "tenprint" or n.startswith("tenprint.")]:
    if "/mutants/src/" not in (getattr(sys.modules[name], "__file__", None) or "/mutants/src/"):
        del sys.modules[name]
settings.register_profile("mutation", deadline=None, derandomize=True, database=None, max_examples={examples})
settings.load_profile("mutation")
"""


def copy_tree(into: Path, only: list[str], tests: list[str]) -> None:
    """The sources and tests, with mutmut's configuration, in a folder of their own."""
    for name in COPIED:
        source, target = ROOT / name, into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy(source, target)
    quoted = (", ".join(f'"{name}"' for name in names) for names in (only, tests))
    (into / "pyproject.toml").write_text(CONFIG.format(only=next(quoted), tests=next(quoted)))
    conftest = into / "tests" / "conftest.py"
    own = re.sub(r"^settings\..*$", "", conftest.read_text(), flags=re.MULTILINE)
    future = "from __future__ import annotations\n"
    before, _, after = own.partition(future)
    conftest.write_text(before + future + CONFTEST.format(examples=50) + after)


def change_of(name: str, folder: Path) -> str:
    """The change that a mutant makes, as its removed and added lines."""
    shown = subprocess.run([str(MUTMUT), "show", name], cwd=folder, capture_output=True, text=True, check=False).stdout
    lines = [line.rstrip() for line in shown.splitlines() if re.match(r"[-+](?![-+]{2})", line)]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)


def forget_survivors(folder: Path) -> None:
    """In a folder that was measured before: what was not noticed is tried anew, because the tests have grown since."""
    for meta in (folder / "mutants").rglob("*.meta"):
        kept = json.loads(meta.read_text())
        for name, code in kept["exit_code_by_key"].items():
            if code == SURVIVED:
                kept["exit_code_by_key"][name] = None
        meta.write_text(json.dumps(kept))


def refresh(folder: Path, only: list[str]) -> None:
    """In a folder that was measured before: mutmut copies a file once, so what is not mutated is brought up to date here."""
    mutants = folder / "mutants"
    for source in (
        [*folder.glob("src/**/*"), *folder.glob("tests/**/*"), folder / "pyproject.toml"] if mutants.is_dir() else []
    ):
        name = source.relative_to(folder)
        if source.is_file() and "__pycache__" not in name.parts and not any(name.match(pattern) for pattern in only):
            (mutants / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, mutants / name)


def results(folder: Path) -> dict[str, str]:
    """Mutant -> what became of it."""
    from mutmut.stats import status_by_exit_code

    found: dict[str, str] = {}
    for meta in sorted((folder / "mutants").rglob("*.meta")):
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
            found[name] = str(status_by_exit_code[code])
    return found


def measure(folder: Path, *, only: list[str], tests: list[str], children: int) -> dict[str, Any]:
    """Run mutmut in a folder and judge every mutant. Raises RuntimeError when it did not run."""
    forget_survivors(folder)
    copy_tree(folder, only, tests)
    refresh(folder, only)
    log = folder / "mutmut.log"
    with log.open("w") as out:
        environment = os.environ | {"PYTHONPATH": "", "TENPRINT_SHARED": os.environ.get("TENPRINT_SHARED", "")}
        code = subprocess.run(
            [str(MUTMUT), "run", "--max-children", str(children)],
            cwd=folder,
            stdout=out,
            stderr=out,
            env=environment,
            check=False,
        ).returncode
    found = results(folder)
    if code or not found or set(found.values()) <= {"not checked", "no tests"}:
        raise RuntimeError(f"mutmut did not run (exit {code}); the end of its output:\n{log.read_text()[-3000:]}")
    return judge(found, folder)


def judge(found: dict[str, str], folder: Path) -> dict[str, Any]:
    """Counts, the share noticed, and every mutant that was not, by its change; equivalents with their reason."""
    known: dict[str, str] = json.loads(EQUIVALENTS.read_text()) if EQUIVALENTS.exists() else {}
    survivors: dict[str, str] = {}
    equivalent: dict[str, str] = {}
    for name, status in found.items():
        if status in NOTICED:
            continue
        change = change_of(name, folder)
        where = re.sub(r"__mutmut_\d+$", "", name)
        key = f"{where}\n{change}"
        if key in known:
            equivalent[key] = known[key]
        else:
            survivors[name] = f"{status}\n{change}"
    noticed = sum(status in NOTICED for status in found.values())
    counted = len(found) - len(equivalent)
    return {
        "mutants": len(found),
        "by_result": dict(sorted(Counter(found.values()).items())),
        "equivalent": equivalent,
        "noticed_share": round(noticed / counted, 4),
        "survivors": survivors,
        "by_file": _by_file(found),
        "not_mutated": "bodies of properties and of other decorated functions, which mutmut leaves alone",
    }


def _by_file(found: dict[str, str]) -> dict[str, dict[str, int]]:
    files: dict[str, Counter[str]] = {}
    for name, status in found.items():
        module = name.partition(".x")[0]
        files.setdefault(module, Counter())["noticed" if status in NOTICED else "not noticed"] += 1
    return {name: dict(counts) for name, counts in sorted(files.items())}


def main() -> int:
    """Measure and print one JSON object; exits 1 when less than the demanded share was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "only", nargs="*", default=list(MUTATED), help="files to mutate (default: the engine and the gate)"
    )
    parser.add_argument("--folder", type=Path, help="work here and keep it (default: a temporary folder)")
    parser.add_argument(
        "--tests", nargs="+", default=list(TESTS), help="tests that must notice (default: those of the two rooms)"
    )
    parser.add_argument("--children", type=int, default=1, help="mutants tried at once (default 1)")
    parser.add_argument("--at-least", type=float, default=0.9, help="share that must be noticed (default 0.9)")
    given = parser.parse_args()
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
        result = measure(given.folder, only=given.only, tests=given.tests, children=given.children)
    else:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(Path(folder), only=given.only, tests=given.tests, children=given.children)
    print(json.dumps(result, indent=1, sort_keys=True))
    return 0 if result["noticed_share"] >= given.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
