#!/usr/bin/env bash
# Checks rules that AWS services enforce and linters don't know: characters, lengths, ranges, combinations. To add a rule,
# see tests/deployment/services/check.py.
set -euo pipefail
cd "$(dirname "$0")/../../.."

PYTHONPATH=tests/deployment exec target/venv-deployment/bin/python -B tests/deployment/services/check.py
