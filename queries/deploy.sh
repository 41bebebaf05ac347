#!/usr/bin/env bash
# Deploys the queries' stack beside a mail stack; --help has the rest.
# shellcheck disable=SC2154 # variables shared with beside.sh
set -euo pipefail

script=queries/deploy.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=delivery/beside.sh
. "$here/../delivery/beside.sh"

help() {
  cat <<'HELP'
usage: queries/deploy.sh MAIL_STACK [NAME=VALUE ...]

Deploys Athena over the buckets of MAIL_STACK, with saved queries, as the stack MAIL_STACK-queries. MAIL_STACK must be
there. Run it again to change a parameter, and after MAIL_STACK has got or lost its load balancer.

  QueryScanLimit=10000000000    bytes that one query may read, 10 MB or more; 10 GB, about 5 cents, unless given

A parameter that is not given keeps the value that it has. An idle stack costs nothing.

Needs the AWS CLI with credentials and a region (AWS_PROFILE, AWS_REGION).
HELP
}

main() {
  command_line "the queries' stack" "QueryScanLimit" "$@"
  beside queries
  mail_stack MailStackSuffix=names/suffix
  access_log
  deploy "AccessLog=$access_log"
  report
}

# A mail stack without a load balancer has no access log.
access_log() {
  ask ssm get-parameters --names "/$mail/load-balancer/full-name" --query InvalidParameters ||
    die "the SSM parameters of $mail can't be read: $said"
  if [[ -z $said ]]; then access_log=yes; else access_log=no; fi
}

report() {
  local policy
  ask cloudformation describe-stacks --stack-name "$stack" \
    --query "Stacks[0].Outputs[?OutputKey=='ReadersPolicyArn']|[0].OutputValue" || die "$stack can't be read: $said"
  policy=$said
  echo
  echo "readers     nobody but administrators, until somebody has this policy, which reads every email:"
  echo "            aws iam attach-role-policy --role-name ROLE --policy-arn $policy"
  echo "first       mailroom query --stack $mail --saved per-day"
  if [[ $access_log == no ]]; then echo "access log  none: $mail has no load balancer"; fi
}

main "$@"
