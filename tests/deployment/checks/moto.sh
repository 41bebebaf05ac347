#!/usr/bin/env bash
# Checks references, order and conditions: moto's CloudFormation creates the mail stack with every option alone and with all
# that fit together, then the stacks beside it with their deploy.sh and the real AWS CLI. moto knows most resource types,
# not all.
set -euo pipefail
cd "$(dirname "$0")/../../.."

tests/python/setup.sh
templates=$(mktemp -d)
trap 'rm -rf "$templates"' EXIT
AWS_DEFAULT_REGION=eu-central-1 target/venv-deployment/bin/python -B tests/deployment/expand.py \
  "$templates"/{mail,grafana,queries}.json
AWS_DEFAULT_REGION=eu-central-1 target/venv-deployment/bin/python -B tests/deployment/matrix.py "$templates/matrix.json"
target/venv/bin/python -B tests/deployment/merge.py
target/venv/bin/python -B tests/deployment/create.py "$templates"/{mail,grafana,queries,matrix}.json
