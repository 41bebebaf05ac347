#!/usr/bin/env bash
# Deploys a bundle (delivery/build.sh) to one environment of samconfig.toml, tests it, and goes back to the last good
# version if a test fails.
#
#   delivery/deploy.sh dev|staging|prod BUNDLE.tar
#
#   ARTIFACTS_BUCKET      the bucket of delivery/access.yaml: uploads, {stack}/last-good.tar and {stack}/deploying
#   CLOUDFORMATION_ROLE   ARN of CloudFormation's role, from delivery/access.yaml
#   PERMISSIONS_BOUNDARY  ARN of the boundary of the stack's roles, from delivery/access.yaml (optional)
#   PARAMETERS            NAME=VALUE ...: template parameters that belong to an account and not into samconfig.toml
#   STEP_BACK_TO          the bundle's commit, if it is older than the stack's and should be deployed all the same
#
# Needs the SAM CLI, the AWS CLI with credentials and a region, Python 3.11 and git.
#
# Its parts: lock.sh (one deployment at a time), order.sh (no step back by mistake), versions.sh (the functions' versions),
# probe.sh (calls a new version during the update), outcome.sh (the result of an update), protect.sh (no deletion by
# mistake).
#
# CloudFormation and CodeDeploy roll back a deployment that they refuse. If they complete one that then fails its test,
# this script goes back: both aliases at once, then the last good bundle without CodeDeploy. CodeDeploy would refuse to
# start, because an alarm of the bad version may still be in ALARM and the aliases are not where CloudFormation left them.
set -euo pipefail

if (($# != 2)); then
  echo "usage: $0 ENVIRONMENT BUNDLE.tar" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
environment=$1 bundle=$2
: "${ARTIFACTS_BUCKET:?}" "${CLOUDFORMATION_ROLE:?}"
read -r -d '' -a parameters <<<"${PARAMETERS:-}" || true # read fails at the end of the text
if [[ -n ${PERMISSIONS_BOUNDARY:-} ]]; then parameters+=("PermissionsBoundaryArn=$PERMISSIONS_BOUNDARY"); fi
work=$(mktemp -d)
phase=preparing # deploying, testing, tested, returning: for the message of an interruption
new=$work/new good=$work/good before=$work/before

main() {
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap finish EXIT
  unpack "$bundle" "$new" || fail "$bundle is not a bundle of delivery/build.sh"
  stack=$(settings stack-name)
  "$here/lock.sh" take "$ARTIFACTS_BUCKET" "$stack" "$work/lock"
  if fetch_last_good; then # no `set -e` in there
    "$here/order.sh" "$(version "$new")" "$(version "$good")"
  fi
  "$here/versions.sh" remember "$stack" "$before"

  phase=deploying
  deploy_and_probe
  phase=testing
  if [[ ! -e $work/probe-failed ]] && works "$new"; then
    phase=tested
    remember_as_good || fail "$(version "$new") works and runs, but $last_good is still the version before it, and a" \
      "deployment that fails would go back to that: start this deployment again"
    protect || fail "$(version "$new") works and runs, but $stack is not protected from deletion: start this deployment again"
    runs "$new"
    return
  fi
  go_back
}

# Returns only if CloudFormation completed the update, even if `sam deploy` failed.
deploy_and_probe() {
  local noted outcome=0
  noted=$("$here/outcome.sh" note "$stack")
  if probe_during sam_deploy "$new"; then return; fi
  echo "sam deploy failed. Waiting until CloudFormation is done with $stack"
  probe_during "$here/outcome.sh" wait "$stack" "$noted" || outcome=$?
  case $outcome in
    0) ;;
    1) refused ;;
    *) unknown "$(version "$new")" ;;
  esac
}

# Calls the new versions while the command waits for CloudFormation.
probe_during() {
  "$@" &
  local waiting=$! probe
  "$here/probe.sh" "$stack" "$before" "$waiting" &
  probe=$!
  wait "$probe" || touch "$work/probe-failed"
  wait "$waiting"
}

# CloudFormation refused the deployment or rolled it back, so the old version runs.
refused() {
  local status
  status=$("$here/outcome.sh" status "$stack") || status="not readable"
  if [[ $status == UPDATE_ROLLBACK_COMPLETE ]]; then
    "$here/versions.sh" tidy "$stack" "$before" || true # it prints its own errors
  fi
  if [[ -e $work/probe-failed ]]; then
    fail "$(version "$new") failed when it was called directly, so its deployment was cancelled. $stack is $status"
  fi
  fail "CloudFormation did not deploy $(version "$new"): its events above say why. $stack is $status"
}

unknown() {
  fail "it is not known whether CloudFormation deployed $1. If it did, that is not tested and has all traffic. Watch the" \
    "events of the stack $stack until it is done, and start this deployment again: it tests what the stack has then"
}

go_back() {
  local noted outcome=0
  error "$(version "$new") failed its test on $stack: going back"
  if [[ ! -e $good ]]; then
    fail "$stack has no last good version to go back to: $(version "$new") stays"
  fi
  phase=returning
  "$here/versions.sh" restore "$stack" "$before" || true # the next step moves them too
  noted=$("$here/outcome.sh" note "$stack")
  run sam_deploy "$good" ShiftTraffic=false || run "$here/outcome.sh" wait "$stack" "$noted" || outcome=$?
  if ((outcome > 1)); then unknown "$(version "$good") again"; fi
  if ((outcome == 1)); then
    "$here/versions.sh" restore "$stack" "$before" || true # CloudFormation may have moved them
    fail "CloudFormation did not deploy $(version "$good") again. $("$here/versions.sh" show "$stack"). The next" \
      "deployment needs ShiftTraffic=false in PARAMETERS, because CodeDeploy refuses to start where aliases were moved"
  fi
  if works "$good"; then
    runs "$good"
    fail "$(version "$new") failed its test and $stack is back at $(version "$good")"
  fi
  fail "the last good version of $stack, $(version "$good"), runs again and fails its test too"
}

# Runs in the background only, because it ends with exec. Its arguments override PARAMETERS, which override samconfig.toml.
sam_deploy() {
  local from=$1
  shift
  echo "== $stack: $(version "$from") $*"
  python3 "$here/settings.py" write "$from/samconfig.toml" "$environment" "$from/deploy.yaml" \
    ${parameters[@]+"${parameters[@]}"} "$@" --bucket "$ARTIFACTS_BUCKET" --role-arn "$CLOUDFORMATION_ROLE" || exit
  exec sam deploy --template-file "$from/template.yaml" --config-file "$from/deploy.yaml" --config-env "$environment"
}

# Each bundle's own program tests it, because it knows that version's answers.
works() {
  run "$1/mailroom" check --stack "$stack"
}

fetch_last_good() {
  local said
  last_good=s3://$ARTIFACTS_BUCKET/$stack/last-good.tar
  if ! said=$(aws s3 cp --only-show-errors "$last_good" "$work/last-good.tar" 2>&1); then
    if [[ $said == *"(404)"* ]]; then return 1; fi
    fail "$last_good can't be read: $said"
  fi
  unpack "$work/last-good.tar" "$good" ||
    fail "$last_good can't be unpacked: restore an earlier version of it (the bucket keeps them), or delete it to deploy" \
      "without a version to go back to"
}

remember_as_good() {
  tar --create --file "$work/last-good.tar" --directory "$new" --exclude ./deploy.yaml . &&
    aws s3 cp --only-show-errors "$work/last-good.tar" "$last_good"
}

protect() {
  local value
  value=$(settings value Stage ${parameters[@]+"${parameters[@]}"}) && "$here/protect.sh" "$stack" "$value"
}

runs() {
  echo "$stack runs $(version "$1"). $("$here/versions.sh" show "$stack")"
}

# tar does not notice a file that ends between two members.
unpack() {
  mkdir "$2" && tar --extract --file "$1" --directory "$2" &&
    [[ -s $2/version && -s $2/template.yaml && -s $2/samconfig.toml && -x $2/mailroom ]]
}

version() {
  cat "$1/version"
}

# settings COMMAND [ARGUMENT...]
settings() {
  local command=$1
  shift
  python3 "$here/settings.py" "$command" "$new/samconfig.toml" "$environment" "$@"
}

# A signal interrupts `wait`, so that a cancelled job still releases the lock.
run() {
  "$@" &
  wait $!
}

error() {
  echo "::error::$*" >&2
}

fail() {
  error "$@"
  exit 1
}

interrupted() {
  local goes_on="CloudFormation goes on with what it has begun: watch the events of the stack ${stack:-} until it is done"
  case $phase in
    preparing) echo "before anything was changed" ;;
    deploying)
      echo "while CloudFormation deployed $(version "$new"). $goes_on, and start this deployment again, because the new" \
        "version gets all traffic without a test"
      ;;
    testing) echo "in the test: $(version "$new") has all traffic, and its test was not finished. Start this deployment again" ;;
    tested) echo "after the test: $(version "$new") works and runs. Start this deployment again to remember it as good" ;;
    returning)
      echo "while $stack went back to $(version "$good"). $goes_on. The next deployment needs ShiftTraffic=false in" \
        "PARAMETERS, because CodeDeploy refuses to start where aliases were moved"
      ;;
  esac
}

finish() {
  local status=$? running
  running=$(jobs -pr)
  if [[ -n $running ]]; then
    # shellcheck disable=SC2086 # one word for each process
    kill $running || true
  fi
  if ((status == 130 || status == 143)); then error "interrupted $(interrupted)"; fi
  if [[ -e $work/lock ]]; then "$here/lock.sh" release "$ARTIFACTS_BUCKET" "$stack" "$work/lock" || status=1; fi
  rm -rf "$work"
  exit "$status"
}

main
