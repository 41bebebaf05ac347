#!/usr/bin/env bash
# Does delivery/deploy.sh do the right thing when a deployment goes wrong? The AWS CLI, SAM and the bundle's mailroom are
# played by fake/, a small AWS that behaves as CloudFormation, CodeDeploy and Lambda do. Needs git, jq, and what
# tests/deployment/setup.sh and tests/python/setup.sh install.
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
