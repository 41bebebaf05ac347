#!/usr/bin/env bash
# compile.sh [LIST.in ...]: writes requirements.txt beside each requirements.in, or beside all of them without an argument.
# It pins every package and has the hashes of its files. Versions in an existing requirements.txt are kept; otherwise they
# are the newest. Run it with Python 3.11 after a change of a list; Dependabot does the same.
set -euo pipefail
cd "$(dirname "$0")/../.."

lists=("$@")
if ((${#lists[@]} == 0)); then
  while IFS= read -r list; do lists+=("$list"); done < <(git ls-files '*requirements*.in')
fi
venv=target/venv-pip-tools
if [[ ! -x $venv/bin/pip-compile ]]; then
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: pip-tools==7.6.2
fi
for list in "${lists[@]}"; do
  echo "== $list"
  (cd "$(dirname "$list")" && CUSTOM_COMPILE_COMMAND="tests/python/compile.sh $list" \
    "$OLDPWD/$venv/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --pip-args "--only-binary :all:" "$(basename "$list")")
done
