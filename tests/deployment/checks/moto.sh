#!/usr/bin/env bash
# The template is created by moto's CloudFormation: references, order, conditions. moto knows most types, not all.
set -euo pipefail
cd "$(dirname "$0")/../../.."

tests/python/setup.sh
expanded=$(mktemp)
trap 'rm -f "$expanded"' EXIT
AWS_DEFAULT_REGION=eu-central-1 target/venv-deployment/bin/python -B tests/deployment/expand.py "$expanded" >/dev/null
target/venv/bin/python -B tests/deployment/create.py "$expanded"
