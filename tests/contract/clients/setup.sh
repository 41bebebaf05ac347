#!/usr/bin/env bash
# Installs openapi-python-client into target/venv-contract-clients, and openapi-typescript into target/contract-clients if
# npm is there. Quick if they are there. Needs Python 3.11 to 3.14 with its module venv; PYTHON names it; the default is
# python3.
set -euo pipefail
cd "$(dirname "$0")/../../.."

here=tests/contract/clients
venv=target/venv-contract-clients
if ! cmp -s $here/requirements.txt $venv/requirements.txt; then
  rm -rf $venv
  mkdir -p target
  "${PYTHON:-python3}" -m venv $venv
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    --no-deps --requirement $here/requirements.txt
  $venv/bin/python -m pip check
  cp $here/requirements.txt $venv/requirements.txt # last, so that an interrupted installation starts again
fi

node=target/contract-clients
if command -v npm >/dev/null && ! cmp -s $here/package-lock.json $node/installed.json; then
  rm -rf $node
  mkdir -p $node
  cp $here/package.json $here/package-lock.json $node
  (cd $node && npm ci --ignore-scripts --no-audit --no-fund --loglevel error)
  cp $here/package-lock.json $node/installed.json # last, as above
fi
