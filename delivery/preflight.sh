#!/usr/bin/env bash
# Checks an AWS account for everything that would make a deployment fail, and prints the fixes. It only reads.
#
#   delivery/preflight.sh [OPTION ...] STACK [NAME=VALUE ...]
#   delivery/preflight.sh [OPTION ...] --config-env ENVIRONMENT [NAME=VALUE ...]
#
#   STACK            name of the mail stack
#   NAME=VALUE       parameter of template.yaml, as in the deployment
#   --config-env     takes the stack's name and its parameters from samconfig.toml
#   --grafana        checks grafana/template.yaml too, and accepts its parameters
#   --read-token     reads the token and checks that it is not blank; never prints it
#
# Needs the AWS CLI 2 with credentials and a region; --config-env also needs Python 3.11. Takes about a minute.
#
# Status: 0 nothing would fail, 1 something would, 2 wrong usage, 3 AWS didn't answer everything.

# shellcheck disable=SC2034,SC2154 # variables shared with the files in preflight/
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
for part in ask parameters stack account domain grafana tools; do
  # shellcheck source=/dev/null
  source "$here/preflight/$part.sh"
done

main() {
  stack='' environment='' grafana=no read_token=no given=()
  read_arguments "$@"
  [[ -z $environment ]] || from_samconfig "$environment"
  [[ -n $stack ]] || wrong_usage "no stack: give its name, or --config-env"
  parameters_exist
  identify
  echo "Account $account in $region, asked as $arn"
  echo

  stack_name || finish
  formats
  stack_state "$stack" "stack"
  is_new=$new
  if [[ $is_new == yes ]]; then
    names_of_the_mail_stack
    if has_load_balancer; then
      zones_of_a_new_stack
      load_balancer_role
      room_for_a_new_stack
    fi
  fi
  lambda_concurrency
  codedeploy
  boundary
  [[ -z $(parameter ReplicaBucketArn) ]] || replica
  token
  [[ -z $(parameter CertificateArn) ]] || certificate
  [[ -z $(parameter HostedZoneId) ]] || hosted_zone
  [[ -z $(parameter CloudFrontPrefixListId) ]] || cloudfront
  [[ $grafana == no ]] || grafana_stack
  sam_cli
  finish
}

read_arguments() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --grafana) grafana=yes ;;
      --read-token) read_token=yes ;;
      --config-env)
        (($# > 1)) || wrong_usage "--config-env needs an environment of samconfig.toml"
        environment=$2
        shift
        ;;
      -*) wrong_usage "unknown option $1" ;;
      [A-Za-z]*=*) given+=("$1") ;;
      *)
        [[ -z $stack ]] || wrong_usage "one stack at a time, not $stack and $1"
        stack=$1
        ;;
    esac
    shift
  done
}

usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$here/preflight.sh"; }

wrong_usage() {
  echo "$1; --help shows the usage" >&2
  exit 2
}

finish() {
  echo
  if ((failures + warnings + unknowns == 0)); then
    echo "Nothing would fail."
  else
    echo "FAIL: $failures, warn: $warnings, unknown: $unknowns"
  fi
  if ((failures > 0)); then exit 1; fi
  if ((unknowns > 0)); then exit 3; fi
  exit 0
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
main "$@"
