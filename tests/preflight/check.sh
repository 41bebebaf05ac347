#!/usr/bin/env bash
# Tests that delivery/preflight.sh reports everything that would make a deployment fail, and nothing else. The real AWS CLI
# sends the requests; account.py answers them, then moto. Needs bash, Python 3.11 and the environment of
# tests/python/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/python/setup.sh
target/venv/bin/python tests/preflight/check.py
target/venv/bin/python tests/preflight/on_moto.py
