#!/usr/bin/env bash
# Checks the templates with AWS's and other tools, without an AWS account. Runs every script in checks/, even if one fails.
# tests/template compares the templates with their design.
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
