#!/usr/bin/env bash
# Deploys the budget of a mail stack's account; --help has the rest.
# shellcheck disable=SC2154 # variables shared with beside.sh
set -euo pipefail

script=budget/deploy.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=delivery/beside.sh
. "$here/../delivery/beside.sh"
region=us-east-1 # CloudFormation knows budgets in some regions only; a budget itself has none

help() {
  cat <<'HELP'
usage: budget/deploy.sh MAIL_STACK [NAME=VALUE ...]

Deploys a monthly budget of the whole account as the stack MAIL_STACK-budget in us-east-1. Run it again to change it.

  MonthlyBudget=50               US dollars a month (50)
  AlarmEmail=you@example.org     who is told; at first the AlarmEmail of MAIL_STACK

A parameter that is not given keeps the value that it has.

Needs the AWS CLI with credentials and the region of MAIL_STACK (AWS_PROFILE, AWS_REGION).
HELP
}

main() {
  command_line "the budget's stack" "MonthlyBudget AlarmEmail" "$@"
  beside budget
  mail_stack
  [[ $mail_id == arn:aws:* ]] ||
    die "AWS Budgets is not in the partition of $mail, or with another currency; create the budget by hand"
  mail_stack_has AlarmEmail
  local email=$said
  in_region "$region"
  local first=()
  first_email "$email"
  deploy ${first[@]+"${first[@]}"}
  report
}

# first_email ADDRESS: a new stack takes the mail stack's address, unless another one is given.
first_email() {
  if [[ " ${parameters[*]-} " == *" AlarmEmail="* ]]; then return; fi
  if ask cloudformation describe-stacks --stack-name "$stack"; then return; fi
  [[ $said == *"does not exist"* ]] || die "$stack can't be read in $region: $said"
  first=("AlarmEmail=$1")
}

report() {
  local budget email topic
  ask cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].[
    Parameters[?ParameterKey=='MonthlyBudget']|[0].ParameterValue,
    Outputs[?OutputKey=='BudgetTopicArn']|[0].OutputValue,
    Parameters[?ParameterKey=='AlarmEmail']|[0].ParameterValue]" || die "$stack can't be read: $said"
  IFS=$'\t' read -r budget topic email <<<"$said"
  echo
  echo "budget      $budget dollars a month, of everything in the account"
  echo "told        ${email:-"nobody by mail: budget/deploy.sh $mail AlarmEmail=you@example.org"}"
  echo "for chat    $topic"
}

main "$@"
