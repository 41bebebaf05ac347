#!/usr/bin/env bash
# install.sh DIRECTORY VENV NAME: installs the packages of tests/DIRECTORY/requirements.txt into target/VENV. Quick if they
# are there. Needs Python 3.11 to 3.14 with its module venv; PYTHON names it; the default is python3. NAME is for errors.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=tests/$1/requirements.txt
venv=target/$2
if cmp -s "$wanted" "$venv/requirements.txt"; then exit 0; fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'; then
  echo "$3 needs Python 3.11 to 3.14 with venv: set PYTHON to one, instead of $python" >&2
  exit 1
fi

rm -rf "$venv"
mkdir -p target
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --no-deps --requirement "$wanted"
"$venv/bin/python" -m pip check
cp "$wanted" "$venv/requirements.txt" # last, so that an interrupted installation starts again
