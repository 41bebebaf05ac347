#!/usr/bin/env bash
# Security rules. What is skipped says why, beside the resource; a skip that nothing needs any more fails too.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export BC_SKIP_MAPPING=TRUE LOG_LEVEL=ERROR # asks nobody on the network

found=$(mktemp)
trap 'rm -f "$found"' EXIT
target/venv-checkov/bin/checkov --file template.yaml --framework cloudformation --compact --quiet
target/venv-checkov/bin/checkov --file template.yaml --framework cloudformation --output json >"$found"
target/venv-deployment/bin/python -B tests/deployment/skips.py "$found"
