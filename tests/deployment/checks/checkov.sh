#!/usr/bin/env bash
# Security rules, for every template. The reason for a skip stands beside the resource, and a skip that nothing needs
# any more fails too.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export BC_SKIP_MAPPING=TRUE LOG_LEVEL=ERROR # without asking anything on the network

list=$(target/venv-deployment/bin/python -B tests/deployment/template.py)
read -r -a templates <<<"$list"
found=$(mktemp)
trap 'rm -f "$found"' EXIT
target/venv-checkov/bin/checkov --file "${templates[@]}" --framework cloudformation --compact --quiet
target/venv-checkov/bin/checkov --file "${templates[@]}" --framework cloudformation --output json >"$found"
target/venv-deployment/bin/python -B tests/deployment/skips.py "$found"
