#!/usr/bin/env bash
# Sets up everything inside .venv: dependencies, the native core, the extractor's weights. Says what it does, step by step.
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${VENV:-.venv}"
step() { printf '\n[setup %s/5] %s\n' "$1" "$2"; }

step 1 "Checking for python3 >= 3.11, gcc and g++"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 >= 3.11 is needed (Debian 12: apt-get install python3 python3-venv python3-dev)"; exit 1; }
for tool in gcc g++; do
    command -v "$tool" > /dev/null || { echo "$tool is needed (Debian 12: apt-get install gcc g++)"; exit 1; }
done

step 2 "Creating $venv"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || { echo "venv is needed (Debian 12: apt-get install python3-venv)"; exit 1; }

step 3 "Installing dependencies (a few hundred megabytes the first time)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip
"$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar "${PIP_PROGRESS:-on}" -q -r requirements.txt

step 4 "Building the native core and installing tenprint"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

step 5 "Fetching the extractor's weights and building the second extractor"
"$venv/bin/python" tools/fetch_models.py --mindtct
"$venv/bin/python" tools/convert_leader.py

touch "$venv/.installed"
printf '\nReady: %s/bin/tenprint --help\n' "$venv"
