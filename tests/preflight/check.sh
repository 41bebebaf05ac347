#!/usr/bin/env bash
# Does delivery/preflight.sh see what would make a deployment fail, and nothing else? Asks the AWS CLI itself, which gets
# its answers from account.py, and then moto. Needs bash, Python 3.11 and what tests/python/setup.sh installs.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/python/setup.sh
target/venv/bin/python tests/preflight/check.py
target/venv/bin/python tests/preflight/on_moto.py
