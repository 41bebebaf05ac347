#!/usr/bin/env bash
# Checks every template against CloudFormation's schemas and rules. Warnings fail too. The regions are an old one, the
# one of CloudFront, and one without t2; the budget's template is for us-east-1 alone.
set -euo pipefail
cd "$(dirname "$0")/../../.."

lint() {
  local list templates
  list=$(target/venv-deployment/bin/python -B tests/deployment/template.py "$@")
  read -r -a templates <<<"$list"
  target/venv-deployment/bin/cfn-lint --regions "${regions[@]}" --non-zero-exit-code informational -- "${templates[@]}"
  echo "no errors, no warnings in ${templates[*]}"
}

regions=(eu-central-1 us-east-1 eu-north-1) && lint
regions=(us-east-1) && lint us-east-1
