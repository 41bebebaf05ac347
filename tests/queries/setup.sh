#!/usr/bin/env bash
# Installs DuckDB, and sqlglot for check.sh, into target/venv-duckdb. Quick if they are there. Needs Python 3.11 to 3.14
# with its module venv; PYTHON names it; the default is python3.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted=tests/queries/requirements.txt
venv=target/venv-duckdb
if cmp -s "$wanted" "$venv/requirements.txt"; then exit 0; fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'; then
  echo "DuckDB needs Python 3.11 to 3.14 with venv: set PYTHON to one, instead of $python" >&2
  exit 1
fi

rm -rf "$venv"
mkdir -p target
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --no-deps --requirement "$wanted"
"$venv/bin/python" -m pip check
cp "$wanted" "$venv/requirements.txt" # last, so that an interrupted installation starts again
