#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# The tools of this machine.

# The first SAM CLI that builds all functions of a workspace in one target directory, so that what they share is compiled
# once: its aws-lambda-builders, 1.66, has https://github.com/aws/aws-lambda-builders/pull/901
oldest_sam=1.165
install_sam=https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html

# Machines without a SAM CLI let a pipeline deploy.
sam_cli() {
  command -v sam >/dev/null || return 0
  checking "SAM CLI"
  local said major minor
  said=$(SAM_CLI_TELEMETRY=0 sam --version 2>&1 || true) # SAM CLI, version 1.170.0
  if [[ ! $said =~ version\ ([0-9]+)\.([0-9]+) ]]; then
    warn "'sam --version' doesn't print a version; $oldest_sam or later is needed" "$install_sam"
    return 0
  fi
  major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
  if ((major > ${oldest_sam%.*} || major == ${oldest_sam%.*} && minor >= ${oldest_sam#*.})); then
    ok "$major.$minor"
  else
    warn "$major.$minor is older than $oldest_sam: it compiles all dependencies again for each function, or can't build them" \
      "$install_sam"
  fi
}
