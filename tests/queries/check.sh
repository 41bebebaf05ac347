#!/usr/bin/env bash
# Checks the saved queries: each is valid in Athena's dialect, names columns that the template's tables have, and answers
# what it should when DuckDB runs it.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/queries/setup.sh
target/venv-duckdb/bin/python -B tests/queries/check.py
