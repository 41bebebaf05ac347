#!/usr/bin/env bash
# protected.sh ENVIRONMENT: fails unless this GitHub environment requires a reviewer's approval. Only public repositories
# and some plans have required reviewers. Without them, GitHub starts the job at once.
#
# Needs gh with GH_TOKEN (permission `actions: read`) and GITHUB_REPOSITORY.
# https://docs.github.com/en/rest/deployments/environments#get-an-environment
set -euo pipefail

environment=$1
: "${GITHUB_REPOSITORY:?}"
if ! reviewers=$(gh api "repos/$GITHUB_REPOSITORY/environments/$environment" \
  --jq '[.protection_rules[]? | select(.type == "required_reviewers") | .reviewers[]?] | length'); then
  echo "::error::can't read the environment $environment of $GITHUB_REPOSITORY, so nothing is deployed" >&2
  exit 1
fi
if ((reviewers == 0)); then
  echo "::error::nobody has to approve deployments to $environment: add required reviewers to the environment" \
    "(docs/DELIVERY.md). On a plan without them, this workflow can't deploy prod." >&2
  exit 1
fi
echo "$environment: $reviewers required reviewers"
