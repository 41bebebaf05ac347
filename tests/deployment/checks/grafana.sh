#!/usr/bin/env bash
# Checks grafana/: image, provisioning, dashboards, alert rules, and how they fit both stacks. Needs target/venv-deployment with
# tests/deployment/grafana/requirements.txt in it.
set -euo pipefail
cd "$(dirname "$0")/../../.."

exec target/venv-deployment/bin/python -B tests/deployment/grafana/check.py
