#!/usr/bin/env bash
# Checks that each deployed function is built with its own features, crates and profile only. Runs the real `sam build` and
# cargo-lambda. fake/cargo replaces cargo: it writes the units that cargo would compile to a file and compiles nothing.
# Takes seconds. Needs Rust and the environment of delivery/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

delivery/setup.sh
export UNITS
UNITS=$(mktemp -d)
trap 'rm -rf "$UNITS"' EXIT
CARGO_REAL=$(command -v cargo)
export CARGO_REAL
unset CARGO # cargo-lambda would prefer it to the cargo on PATH

PATH=$PWD/tests/dependencies/fake:$PWD/target/venv-delivery/bin:$PATH CARGO_TARGET_DIR=$UNITS/target \
  SAM_CLI_TELEMETRY=0 sam build --build-dir "$UNITS/build" >"$UNITS/log" 2>&1 || { cat "$UNITS/log" >&2 && exit 1; }
python3 -B tests/dependencies/units.py "$UNITS"
