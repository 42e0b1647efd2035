"""The loops for AVX-512, compiled as plain code from the same lines, give what the other loops give; their object code is AVX-512."""

import platform
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tenprint.identify import _native
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract import weights
from tenprint.units import Ppi

ROOT = Path(__file__).resolve().parents[3]
LEADER = ROOT / "native" / "leader"
LANGUAGE = ("-std=c++20", "-w", "-Wno-psabi", "-ffp-contract=fast", "-fno-trapping-math", "-fno-math-errno")
"""As CMakeLists.txt compiles the loops."""


@pytest.fixture(scope="module")
def compiler():
    found = shutil.which("g++")
    if found is None or platform.machine() != "x86_64":
        pytest.skip("needs g++ on x86-64")
    return found


@pytest.fixture(scope="module")
def emulated(compiler, tmp_path_factory, extent):
    """A program with the loops for AVX-512 in plain code, and the names of those in it: one of the two in the fast lane."""
    folder = tmp_path_factory.mktemp("loops")
    kinds = {"avx512": "avx512", "avx512-bf16": "bf16"}
    chosen = extent.pick(list(kinds), 1)
    absent = {"portable", "avx2", "avx512", "bf16", "avx2_bf16"} - {kinds[name] for name in chosen}
    stub = "".join(f"const Kernels* {name}_kernels() {{ return nullptr; }}\n" for name in sorted(absent))
    (folder / "absent.cpp").write_text(f'#include "kernels.hpp"\nnamespace tenprint::leader {{\n{stub}}}\n')
    sources = [source for source in sorted(LEADER.glob("*.cpp")) if source.stem.removeprefix("kernels_") not in absent]
    sources += [folder / "absent.cpp", Path(__file__).with_name("leader_loops.cpp")]
    command = [
        compiler,
        *LANGUAGE,
        "-O1",
        "-DTENPRINT_EMULATED",
        f"-I{LEADER}",
        *map(str, sources),
        "-o",
        str(folder / "loops"),
    ]
    subprocess.run(command, check=True, timeout=600)
    return folder / "loops", chosen


@pytest.fixture(scope="module")
def network(leader):
    """The loops that this processor runs by itself."""
    return _native.Leader((weights.models_folder() / weights.ENGINE_FILE).read_bytes(), "auto")


def found_by(program, kind, pixels):
    """(n, 5): x, y, confidence, direction, probability of an ending."""
    command = [str(program), str(weights.models_folder() / weights.ENGINE_FILE), kind, *map(str, pixels.shape)]
    run = subprocess.run(command, input=pixels.tobytes(), capture_output=True, check=True, timeout=600)
    return np.array([[float(word) for word in line.split()] for line in run.stdout.splitlines()]).reshape(-1, 5)


def paired(one, other, reach):
    """Pairs of minutiae of two answers no more than `reach` pixels apart, each used once."""
    left, pairs = list(range(len(other))), []
    for row in one:
        near = [n for n in left if max(abs(other[n][:2] - row[:2])) <= reach]
        if near:
            left.remove(near[0])
            pairs.append((row, other[near[0]]))
    return pairs


@pytest.mark.slow
def test_the_wide_loops_agree_with_the_narrow_ones(emulated, network, synthetic):
    """Sixteen floats a vector, panels of four: the same minutiae as with the loops of this processor, up to rounding."""
    program, kinds = emulated
    pixels = np.ascontiguousarray(synthetic[0]()[:200, :300])
    own = network.find(pixels, 0.3)
    for kind in kinds:
        wide = found_by(program, kind, pixels)
        assert len(wide) == len(own) >= 3
        # bfloat16 has 8 bits: confidence and direction move by about a hundredth on clear ridges.
        np.testing.assert_allclose(wide, own, atol=1e-4 if kind == "avx512" else 0.05)


@pytest.mark.slow
@pytest.mark.prints
def test_bfloat16_pairs_keep_the_minutiae(emulated, network, prints, extent):
    """VDPBF16PS and VCVTNEPS2BF16 in plain code: at least 97 of 100 minutiae of fp32 within 2 pixels and 12 degrees, either way.

    The others lie at the threshold; the accuracy of the whole is judged by matching once a processor with the instruction has run it.
    """
    program, kinds = emulated
    if "avx512-bf16" not in kinds:
        pytest.skip("the other loops are this sample")
    kept = count = 0
    for file in extent.pick(sorted((prints / "fvc" / "2002_DB1_B").glob("*_1.tif")), 1):
        pixels = read_image_file(file, Ppi(500)).pixels
        theirs, own = found_by(program, "avx512-bf16", pixels), network.find(pixels, 0.3)
        alike = [
            (a, b) for a, b in paired(own, theirs, 2) if abs(np.angle(np.exp(1j * (a[3] - b[3])))) <= np.radians(12)
        ]
        kept += 2 * len(alike)
        count += len(own) + len(theirs)
    assert kept >= 0.97 * count, f"{kept} of {count}"


def test_the_object_code_is_what_the_names_say():
    """The installed core multiplies pairs of bfloat16, fuses floats, scales and takes reciprocals in 512-bit registers, for processors
    that have them.
    """
    tool = shutil.which("objdump")
    if tool is None or platform.machine() != "x86_64":
        pytest.skip("needs objdump on x86-64")
    command = [tool, "-d", "--no-show-raw-insn", _native.__file__]
    code = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    for instruction in ("vdpbf16ps", "vcvtneps2bf16", "vfmadd231ps", "vscalefps", "vrcp14ps"):
        assert any(instruction in line and "%zmm" in line for line in code.splitlines()), instruction
