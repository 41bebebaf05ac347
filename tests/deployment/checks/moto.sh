#!/usr/bin/env bash
# moto's CloudFormation creates the mail stack alone, and then Grafana's stack on its parameters, with grafana/deploy.sh
# and the real AWS CLI: references, order, conditions. moto knows most types, not all.
set -euo pipefail
cd "$(dirname "$0")/../../.."

tests/python/setup.sh
templates=$(mktemp -d)
trap 'rm -rf "$templates"' EXIT
AWS_DEFAULT_REGION=eu-central-1 target/venv-deployment/bin/python -B tests/deployment/expand.py \
  "$templates/mail.json" "$templates/grafana.json"
target/venv/bin/python -B tests/deployment/create.py "$templates/mail.json" "$templates/grafana.json"
