#!/usr/bin/env bash
# Installs the SAM CLI and cargo-lambda into target/venv-delivery, unless they are there.
# Needs Python 3.11 or later with its module venv. PYTHON names it; the default is python3.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=delivery/requirements.txt
venv=target/venv-delivery
if cmp -s "$wanted" "$venv/requirements.txt"; then exit 0; fi

rm -rf "$venv"
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --no-deps --requirement "$wanted"
"$venv/bin/python" -m pip check
cp "$wanted" "$venv/requirements.txt" # last, so that an interrupted installation starts again
