#!/usr/bin/env bash
# Installs schemathesis into target/venv-schemathesis.
set -euo pipefail
exec "$(dirname "$0")/../install.sh" contract venv-schemathesis schemathesis
