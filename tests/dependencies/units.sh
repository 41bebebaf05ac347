#!/usr/bin/env bash
# Holds each deployed function to the features, crates and profile of its own. It runs the real `sam build` and
# cargo-lambda, with fake/cargo in place of cargo: that writes down which units cargo would compile, and compiles none.
# Takes seconds. Needs Rust and delivery/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

delivery/setup.sh
export UNITS
UNITS=$(mktemp -d)
trap 'rm -rf "$UNITS"' EXIT
CARGO_REAL=$(command -v cargo)
export CARGO_REAL
unset CARGO # cargo-lambda would prefer it to the one on the PATH

PATH=$PWD/tests/dependencies/fake:$PWD/target/venv-delivery/bin:$PATH CARGO_TARGET_DIR=$UNITS/target \
  SAM_CLI_TELEMETRY=0 sam build --build-dir "$UNITS/build" >"$UNITS/log" 2>&1 || { cat "$UNITS/log" >&2 && exit 1; }
python3 -B tests/dependencies/units.py "$UNITS"
