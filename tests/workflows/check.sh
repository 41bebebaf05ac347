#!/usr/bin/env bash
# Checks .github and every shell script of the repository: the forms of GitHub's files, actionlint, zizmor, shellcheck.
# Installs them into target/venv-workflows; PYTHON says with which Python, python3 by default.
#
# actionlint comes from GitHub's releases. Where they are out of reach it is left out, with a line that says so; where
# GitHub runs this, that fails. With GH_TOKEN, zizmor also asks GitHub whether each pinned commit is the version beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=tests/workflows
venv=target/venv-workflows
failed=()

main() {
  install
  bin=$PWD/$venv/bin
  PATH=$bin:$PATH # actionlint hands what workflows run to shellcheck

  check form-of-workflows check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
  check form-of-actions check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
  check form-of-dependabot check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
  if has_actionlint; then
    check actionlint actionlint -color
  fi
  if [[ -n ${GH_TOKEN:-} ]]; then
    check zizmor zizmor --quiet --strict-collection .github
  else
    check zizmor zizmor --quiet --strict-collection --offline .github
  fi
  check shellcheck shellcheck "${scripts[@]}"

  if ((${#failed[@]})); then
    echo "FAILED: ${failed[*]}" >&2
    exit 1
  fi
}

install() {
  if ! cmp -s $here/requirements.txt $venv/requirements.txt; then
    rm -rf $venv
    "${PYTHON:-python3}" -m venv $venv
    pip_install --no-deps --requirement $here/requirements.txt
    $venv/bin/python -m pip check
    cp $here/requirements.txt $venv/requirements.txt # last, so that an installation that was interrupted starts again
  fi
  if ! cmp -s $here/requirements-actionlint.txt $venv/requirements-actionlint.txt; then
    if pip_install --requirement $here/requirements-actionlint.txt >$venv/actionlint.log 2>&1; then
      cp $here/requirements-actionlint.txt $venv/requirements-actionlint.txt
    elif [[ -n ${GITHUB_ACTIONS:-} ]]; then
      cat $venv/actionlint.log >&2
      exit 1
    fi
  fi
  # What git knows or would take, so that a new script is checked before it is committed.
  scripts=()
  while IFS= read -r file; do
    if [[ -f $file ]] && head -n 1 "$file" | grep -qE '^#!.*[ /](ba|da)?sh$'; then scripts+=("$file"); fi
  done < <(git ls-files --cached --others --exclude-standard)
}

pip_install() {
  $venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}

has_actionlint() {
  cmp -s $here/requirements-actionlint.txt $venv/requirements-actionlint.txt && return
  echo "== actionlint: left out, since it can't be had here ($venv/actionlint.log)"
  return 1
}

check() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

main
