#!/usr/bin/env bash
# Installs moto, boto3 and the AWS CLI into target/venv, for the tests that use them. Quick if they are there.
# Needs Python 3.11 to 3.14 with its module venv; PYTHON names it; the default is python3.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted=tests/python/requirements.txt
installed=target/venv/requirements.txt
if cmp -s "$wanted" "$installed"; then exit 0; fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'; then
  echo "the tests need Python 3.11 to 3.14 with venv: set PYTHON to one, instead of $python" >&2
  exit 1
fi

mkdir -p target
rm -rf target/venv
"$python" -m venv target/venv
target/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --no-deps --requirement "$wanted"
target/venv/bin/python -m pip check
cp "$wanted" "$installed" # last, so that an interrupted installation starts again
