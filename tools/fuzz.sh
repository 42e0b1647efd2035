#!/usr/bin/env bash
# Fuzzes the native decoders with clang's libFuzzer, address and undefined-behaviour sanitizers: tools/fuzz.sh [SECONDS]
# Seeds are made here (no print of anybody); what was found stays in build/fuzz. Exits 1 on a finding.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-120}"
command -v clang++ > /dev/null || { echo "clang++ is needed (Debian 12: apt-get install clang libclang-rt-14-dev)"; exit 2; }
work=build/fuzz
mkdir -p "$work/seeds" "$work/corpus" "$work/findings"
clang++ -std=c++20 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -ffp-contract=off \
    native/fuzz/wsq.cpp native/wsq/*.cpp -o "$work/wsq"
"${VENV:-.venv}/bin/python" - "$work/seeds" << 'PY'
import sys
from pathlib import Path

import numpy as np

from tenprint.identify.codecs.wsq import encode_wsq
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

print_ = impression(person(1, 1), 2).pixels
for name, (rows, columns) in {"whole": (200, 160), "small": (96, 96), "odd": (97, 131), "flat": (96, 97)}.items():
    pixels = np.ascontiguousarray(print_[100 : 100 + rows, 80 : 80 + columns]) if name != "flat" else np.full((rows, columns), 128, np.uint8)
    (Path(sys.argv[1]) / f"{name}.wsq").write_bytes(encode_wsq(GreyImage(pixels, Ppi(500))))
PY
"$work/wsq" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/findings/" \
    -print_final_stats=1 -verbosity=0 "$work/corpus" "$work/seeds"
