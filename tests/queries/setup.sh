#!/usr/bin/env bash
# Installs DuckDB, and sqlglot for check.sh, into target/venv-duckdb.
set -euo pipefail
exec "$(dirname "$0")/../install.sh" queries venv-duckdb DuckDB
