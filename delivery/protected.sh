#!/usr/bin/env bash
# protected.sh ENVIRONMENT: fails unless a person has to approve each deployment to this GitHub environment. Required
# reviewers exist only on public repositories and on some plans, and GitHub starts a job without them at once.
#
# Needs gh with GH_TOKEN (permission `actions: read`) and GITHUB_REPOSITORY.
# https://docs.github.com/en/rest/deployments/environments#get-an-environment
set -euo pipefail

environment=$1
: "${GITHUB_REPOSITORY:?}"
if ! reviewers=$(gh api "repos/$GITHUB_REPOSITORY/environments/$environment" \
  --jq '[.protection_rules[]? | select(.type == "required_reviewers") | .reviewers[]?] | length'); then
  echo "::error::the environment $environment of $GITHUB_REPOSITORY can't be read: nothing is deployed" >&2
  exit 1
fi
if ((reviewers == 0)); then
  echo "::error::nobody has to approve deployments to $environment: add required reviewers to the environment" \
    "(docs/DELIVERY.md). Where the plan has none, prod can't be deployed by this workflow." >&2
  exit 1
fi
echo "$environment: $reviewers required reviewers"
