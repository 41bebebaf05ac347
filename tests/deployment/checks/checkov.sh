#!/usr/bin/env bash
# Checks every template against checkov's security rules. The reason for a skip is in the resource's metadata, and a skip
# that is no longer needed fails too.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export BC_SKIP_MAPPING=TRUE LOG_LEVEL=ERROR # without requests over the network

list=$(target/venv-deployment/bin/python -B tests/deployment/template.py)
list+=" $(target/venv-deployment/bin/python -B tests/deployment/template.py us-east-1)"
read -r -a templates <<<"$list"
found=$(mktemp)
trap 'rm -f "$found"' EXIT
target/venv-checkov/bin/checkov --file "${templates[@]}" --framework cloudformation --compact --quiet
target/venv-checkov/bin/checkov --file "${templates[@]}" --framework cloudformation --output json >"$found"
target/venv-deployment/bin/python -B tests/deployment/skips.py "$found"
