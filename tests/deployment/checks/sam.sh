#!/usr/bin/env bash
# What SAM makes of the template: its own validation, and the CloudFormation that comes out of it.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1

target/venv-deployment/bin/sam validate --lint --template template.yaml
target/venv-deployment/bin/python -B tests/deployment/expand.py
