#!/usr/bin/env bash
# Checks grafana/: image, provisioning, dashboards, alert rules, how they fit both stacks, and deploy.sh. Needs
# target/venv-deployment with tests/deployment/grafana/requirements.txt in it.
set -euo pipefail
cd "$(dirname "$0")/../../.."

PYTHONPATH=tests/deployment target/venv-deployment/bin/python -B tests/deployment/grafana/check.py
tests/grafana/check.sh
