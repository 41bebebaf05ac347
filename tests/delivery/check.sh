#!/usr/bin/env bash
# Tests that delivery/deploy.sh does the right thing when a deployment goes wrong. fake/ stands in for the AWS CLI, SAM and
# the bundle's mailroom: a small AWS that behaves like CloudFormation, CodeDeploy and Lambda. Needs git, jq, and the
# environments of tests/deployment/setup.sh and tests/python/setup.sh.
#
#   tests/delivery/check.sh [test_deploy.Works.test_dev_stays_easy_to_delete ...]
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/python/setup.sh
python=$PWD/target/venv/bin/python
commands=$(mktemp)
trap 'rm -f "$commands"' EXIT

cd tests/delivery
if (($#)); then
  "$python" -B -m unittest "$@"
else
  DELIVERY_COMMANDS=$commands "$python" -B -m unittest discover
  "$python" -B aws_cli.py ../../target/venv/bin/aws "$commands"
fi
