#!/usr/bin/env bash
# A codec from another family reads our schema and our bytes. Needs python3 with venv, and PyPI.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check 'sbe==0.4.3'
"$venv/bin/python" "$here/other_generator.py"
