#!/usr/bin/env bash
# The template is created by moto's CloudFormation, if moto is there (tests/python/setup.sh).
set -euo pipefail
cd "$(dirname "$0")/../../.."

if [[ ! -x target/venv/bin/moto_server ]]; then
  echo "moto is not installed: skipped"
  [[ -z ${CI:-} ]]; exit
fi
expanded=$(mktemp)
trap 'rm -f "$expanded"' EXIT
AWS_DEFAULT_REGION=eu-central-1 target/venv-deployment/bin/python -B tests/deployment/expand.py "$expanded" >/dev/null
target/venv/bin/python -B tests/deployment/create.py "$expanded"
