#!/usr/bin/env bash
# Checks every right in the templates, and creates delivery/access.yaml in moto. Needs target/venv-deployment and
# target/venv-checkov, which has a copy of AWS's service authorization reference.
set -euo pipefail
cd "$(dirname "$0")/../../.."

PYTHONPATH=tests/deployment target/venv-deployment/bin/python -B tests/deployment/rights/check.py
tests/python/setup.sh
target/venv/bin/python -B tests/deployment/rights/create.py
