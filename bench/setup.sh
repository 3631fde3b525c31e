#!/bin/sh
# Make the optional environment .venv-bench for the tool that the benchmark compares with. Does nothing when it is already there.
set -eu
cd "$(dirname "$0")/.."
if .venv-bench/bin/python -c "import Declare4Py, pm4py" 2>/dev/null; then
    exit 0
fi
"${PYTHON:-python3}" -m venv .venv-bench
echo '*' > .venv-bench/.gitignore
.venv-bench/bin/pip install --quiet -r bench/requirements.txt
