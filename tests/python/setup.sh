#!/usr/bin/env bash
# Installs moto, boto3 and the AWS CLI into target/venv, for the tests that use them.
set -euo pipefail
exec "$(dirname "$0")/../install.sh" python venv moto
