#!/usr/bin/env bash
# Installs what looks at the template before AWS does: cfn-lint and SAM CLI into target/venv-deployment, checkov into
# target/venv-checkov, since the three want different versions of the same libraries. Quick if all is there already.
# Needs Python 3.11 to 3.13 with its module venv; PYTHON says which, python3 by default.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
  echo "the checks of the template need Python 3.11 to 3.13 with venv, and $python is none: set PYTHON to one" >&2
  exit 1
fi

# install DIRECTORY REQUIREMENTS...: the lists name every package with its version, so nothing is resolved anew.
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
  cat "$@" >"$venv/requirements.txt" # last, so that an installation that was interrupted starts again
}

# Checks that are added later bring a requirements.txt in a directory of their own.
shopt -s nullglob
install target/venv-deployment tests/deployment/requirements.txt tests/deployment/*/requirements.txt
install target/venv-checkov tests/deployment/requirements-checkov.txt
