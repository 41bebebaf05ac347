#!/usr/bin/env bash
# Validates the mail stack's template with SAM, and checks the CloudFormation template that SAM expands it to. With the
# defaults it must be the recorded one: an option changes nothing unless it is on.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1

target/venv-deployment/bin/sam validate --lint --template template.yaml
target/venv-deployment/bin/python -B tests/deployment/expand.py
target/venv-deployment/bin/python -B tests/deployment/defaults.py
