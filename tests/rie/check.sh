#!/usr/bin/env bash
# Runs the functions under AWS's Runtime Interface Emulator, which is a part of the SAM CLI, and under the sandbox, with
# the same events, and compares what comes of each invocation.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/python/setup.sh     # boto3
tests/deployment/setup.sh # the SAM CLI
cargo build --quiet --locked --bin mailroom-local --bin api --bin worker
cargo build --quiet --locked --manifest-path sandbox/stack/tests/other-project/Cargo.toml
target/venv/bin/python tests/rie/check.py
