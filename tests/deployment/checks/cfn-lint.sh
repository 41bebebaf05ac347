#!/usr/bin/env bash
# Checks every template against CloudFormation's schemas and rules. Warnings fail too. The regions are an old one, the
# one of CloudFront, and one without t2.
set -euo pipefail
cd "$(dirname "$0")/../../.."

list=$(target/venv-deployment/bin/python -B tests/deployment/template.py)
read -r -a templates <<<"$list"
target/venv-deployment/bin/cfn-lint --regions eu-central-1 us-east-1 eu-north-1 --non-zero-exit-code informational \
  -- "${templates[@]}"
echo "no errors, no warnings in ${templates[*]}"
