#!/usr/bin/env bash
# Asks AWS's and others' tools about what is deployed, without an AWS account: every script in checks/, one after the
# other, also when one before it has failed. tests/template has the rest, what only this project can know.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

tests/deployment/setup.sh || exit 1
failed=()
for check in tests/deployment/checks/*.sh; do
  printf '\n== %s\n' "$check"
  "$check" || failed+=("$check")
done
if ((${#failed[@]} > 0)); then
  printf '\nfailed: %s\n' "${failed[*]}" >&2
  exit 1
fi
