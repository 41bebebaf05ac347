#!/usr/bin/env bash
# compile.sh [LIST.in ...]: writes the requirements.txt beside each requirements.in, with every package that it needs,
# pinned, and the hashes of all its files. Versions that requirements.txt has are kept; without it, they are the newest.
# All lists without an argument. By hand, when a list changes, with Python 3.11; Dependabot does the same.
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
