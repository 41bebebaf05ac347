#!/usr/bin/env bash
# Checks that delivery/preflight.sh sees what would make a deployment fail, and nothing else. The AWS CLI asks its
# questions, and account.py answers them, then moto. Needs bash, Python 3.11 and what tests/python/setup.sh installs.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/python/setup.sh
target/venv/bin/python tests/preflight/check.py
target/venv/bin/python tests/preflight/on_moto.py
