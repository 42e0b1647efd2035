"""Rules of the house that nobody has to remember: each is a test of the tree itself."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tenprint import errors

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "tenprint"
DRAWN = {
    "", "model", "identify", "identify.codecs", "identify.extract", "identify.match", "identify.slaps", "identify.gallery", "exchange", "refer",
    "refer.participation", "refer.policy", "refer.referral", "refer.documents", "account", "account.ledger", "account.statistics",
    "account.claims", "infra", "infra.store", "infra.store.migrations", "infra.store.migrations.versions", "infra.vault", "infra.access",
    "infra.post", "workflow", "workflow.views", "lab", "lab.population", "lab.training", "lab.rehearsal", "lab.replay", "lab.evaluation",
    "lab.bench", "programmes", "programmes.secure_communities", "cli", "web", "api",
}  # fmt: skip
BANNED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "handler2",
    "base",
    "data",
    "info",
    "process",
    "lib",
}


def modules() -> list[Path]:
    return sorted(p for p in SRC.rglob("*.py"))


def packages() -> list[Path]:
    return sorted(p.parent for p in SRC.rglob("__init__.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(SRC).parts)


def test_every_room_is_in_the_drawing() -> None:
    """A room exists only where the architecture drew one."""
    assert [] == [name for name in map(dotted, packages()) if name not in DRAWN]


def test_every_room_opens_with_its_four_lines() -> None:
    """A room's __init__ holds its docstring and nothing else: comes in, goes out, never does, source of truth."""
    wrong = []
    for package in packages():
        if package == SRC or "migrations" in package.parts:
            continue
        tree = ast.parse((package / "__init__.py").read_text())
        doc = ast.get_docstring(tree) or ""
        starts = [line.split(":")[0] for line in doc.splitlines() if line and not line.startswith(" ")]
        if len(tree.body) != 1 or starts != ["Comes in", "Goes out", "Never does", "Source of truth"]:
            wrong.append((dotted(package), starts, len(tree.body)))

    assert [] == wrong


def test_files_stay_small_enough_to_read() -> None:
    """600 lines is the end; 400 is where a file should be looked at."""
    sources = [
        *modules(),
        *(ROOT / "native").rglob("*.[ch]pp"),
        *(ROOT / "native").rglob("*.h"),
        *(ROOT / "tests").rglob("*.py"),
    ]

    assert {} == {str(p.relative_to(ROOT)): n for p in sources if (n := len(p.read_text().splitlines())) > 600}


def test_no_file_has_a_name_that_says_nothing() -> None:
    """If a function fits nowhere, a noun is missing."""
    assert [] == [str(p.relative_to(SRC)) for p in modules() if p.stem in BANNED_NAMES]


def test_only_the_clock_reads_time_and_only_ids_draws_at_random() -> None:
    """Time, seed, actor and reason are arguments; `secrets`, `random`, `uuid` and the wall clock have one room each."""
    allowed = {
        "clock.py": r"datetime\.now|time\.time\(|time\.monotonic",
        "ids.py": r"\bsecrets\b|\buuid",
    }
    pattern = re.compile(
        r"datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time\(|time\.monotonic\(|time\.perf_counter\(|"
        r"uuid\.|\bimport random\b|\bimport secrets\b|\bsecrets\.|np\.random"
    )
    rooms_with_a_stopwatch = {"lab", "cli"}
    room_with_a_seed = ("lab", "population")
    seeded = re.compile(r"np\.random\.(Generator\b|PCG64\((?!\))|SeedSequence\((?!\)))")  # never without a seed
    found = []
    for path in modules():
        relative = path.relative_to(SRC)
        if relative.name in allowed and len(relative.parts) == 1:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = line.split("#")[0]
            code = seeded.sub("", code) if relative.parts[:2] == room_with_a_seed else code
            hit = pattern.search(code)
            if hit and not (relative.parts[0] in rooms_with_a_stopwatch and "perf_counter" in hit.group()):
                found.append(f"{relative}:{number}: {line.strip()}")

    assert [] == found


def test_every_error_stands_in_the_drawn_tree() -> None:
    """The tree at the top of errors.py is the tree of the classes."""
    text = inspect.getdoc(errors) or ""
    drawn = []
    for line in (line.removeprefix("    ") for line in text.splitlines()):
        found = re.match(r"^([│├└─ ]*)([A-Z]\w+)\b", line)
        if found and (line.startswith("TenprintError") or "├" in line or "└" in line):
            drawn.append((len(found.group(1)) // 4, found.group(2)))
    parents: list[tuple[str, str | None]] = []
    path: list[str] = []
    for depth, name in drawn:
        path = [*path[:depth], name]
        parents.append((name, path[depth - 1] if depth else None))
    real = {
        (c.__name__, c.__bases__[0].__name__ if c is not errors.TenprintError else None)
        for c in vars(errors).values()
        if isinstance(c, type) and issubclass(c, errors.TenprintError)
    }

    assert real == set(parents)


def public_without_docstring(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    missing = [] if ast.get_docstring(tree) or not tree.body else [f"{path.relative_to(SRC)}: module"]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                missing.append(f"{path.relative_to(SRC)}: {node.name}")
            if isinstance(node, ast.ClassDef):
                missing += [
                    f"{path.relative_to(SRC)}: {node.name}.{m.name}"
                    for m in node.body
                    if isinstance(m, ast.FunctionDef) and not m.name.startswith("_") and not ast.get_docstring(m)
                ]
    return missing


def test_every_public_name_says_what_it_is() -> None:
    """Public docstrings are the reference; a name without one is not finished."""
    assert [] == [line for path in modules() if "versions" not in path.parts for line in public_without_docstring(path)]


def test_numbers_that_decide_say_where_they_come_from() -> None:
    """Every module-level number in extract and match has a docstring with `Source:` or `Set by:`."""
    wrong = []
    for room in ("identify/extract", "identify/match"):
        for path in sorted((SRC / room).glob("*.py")):
            body = ast.parse(path.read_text()).body
            for node, after in zip(body, [*body[1:], None], strict=True):
                if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Constant):
                    continue
                if not isinstance(node.value.value, int | float) or isinstance(node.value.value, bool):
                    continue
                doc = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
                if "Source:" not in str(doc) and "Set by:" not in str(doc):
                    wrong.append(f"{path.relative_to(SRC)}:{node.lineno}")

    assert [] == wrong


@pytest.mark.parametrize(
    "module",
    ["tenprint", "tenprint.model.events", "tenprint.model.facts", "tenprint.refer.policy.rulebook", "tenprint.exchange.itl",
     "tenprint.account.ledger.log", "tenprint.infra.access.table"],
)  # fmt: skip
def test_importing_a_rule_loads_no_arrays(module: str) -> None:
    """`refer`, `exchange` and `account` start without numpy; import contracts can't see a package's __init__ run."""
    code = f"import sys, {module}; sys.exit('numpy' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_nothing_is_left_unfinished_or_switched_off() -> None:
    """No stub, no unfinished mark, no test switched off without a reason that data can lift."""
    marks = re.compile(
        "|".join(
            [
                "NotImplemented" + "Error",
                "TO" + "DO",
                "FIX" + "ME",
                "XX" + "X:",
                "pragma: no " + "cover",
                "assert " + "True",
            ]
        )
    )
    found = []
    for path in [
        *modules(),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "native").rglob("*.*pp"),
        *(ROOT / "tools").glob("*"),
    ]:
        if path.is_file():
            found += [
                f"{path.relative_to(ROOT)}:{n}"
                for n, line in enumerate(path.read_text().splitlines(), 1)
                if marks.search(line)
            ]

    assert [] == found


def test_no_prints_or_transactions_of_others_are_kept_here() -> None:
    """People's data is never in the repository; only our own synthetic pictures may be."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    suspicious = [
        name
        for name in tracked
        if Path(name).suffix in {".tif", ".tiff", ".bmp", ".wsq", ".an2", ".eft", ".jp2", ".onnx"}
    ]

    assert [] == suspicious


def test_the_contracts_of_the_house_hold() -> None:
    """Data flows one way: the import contracts of pyproject.toml are kept."""
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == run.returncode, run.stdout[-3000:]
