#!/usr/bin/env bash
# Installs the checkers of the templates: cfn-lint and the SAM CLI into target/venv-deployment, checkov into
# target/venv-checkov, because it needs other versions of the same libraries. Quick if everything is there.
# Needs Python 3.11 to 3.13 with its module venv; PYTHON names it; the default is python3.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
  echo "the checks of the template need Python 3.11 to 3.13 with venv: set PYTHON to one, instead of $python" >&2
  exit 1
fi

# install DIRECTORY REQUIREMENTS...: the lists name every package with its version, so pip resolves nothing.
install() {
  local venv=$1
  shift
  if cat "$@" | cmp -s - "$venv/requirements.txt"; then return; fi
  rm -rf "$venv"
  mkdir -p target
  "$python" -m venv "$venv"
  local list
  for list in "$@"; do
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
      --no-deps --requirement "$list"
  done
  "$venv/bin/python" -m pip check
  cat "$@" >"$venv/requirements.txt" # last, so that an interrupted installation starts again
}

# A check with other packages has a directory with a requirements.txt.
shopt -s nullglob
install target/venv-deployment tests/deployment/requirements.txt tests/deployment/*/requirements.txt
install target/venv-checkov tests/deployment/requirements-checkov.txt
