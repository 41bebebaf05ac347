#!/usr/bin/env bash
# Deploys the bucket that a mail stack's emails are copied to; --help has the rest.
# shellcheck disable=SC2154 # variables shared with beside.sh
set -euo pipefail

script=replica/deploy.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=delivery/beside.sh
. "$here/../delivery/beside.sh"

help() {
  cat <<'HELP'
usage: replica/deploy.sh MAIL_STACK REGION [NAME=VALUE ...]

Deploys a bucket for copies of MAIL_STACK's emails as the stack MAIL_STACK-replica in REGION, with an alarm when copies
are late. Copying starts when MAIL_STACK is deployed with the ReplicaBucketArn that this command prints. Run it again
after EmailRetentionDays of MAIL_STACK has changed.

  EmailRetentionDays=30          days after which copies expire
  AlarmEmail=you@example.org     who gets the alarm, and
  AlarmWebhook=https://...       a pager

A parameter that is not given has the value that MAIL_STACK has.

Needs the AWS CLI with credentials and the region of MAIL_STACK (AWS_PROFILE, AWS_REGION).
HELP
}

main() {
  arguments "$@"
  mail_stack
  IFS=: read -r _ _ _ mail_region _ <<<"$mail_id"
  [[ $region != "$mail_region" ]] || die "$mail is in $region itself; a copy belongs in another region"
  mail_stack_has EnableCustomerKey
  [[ $said != yes ]] || die "$mail encrypts emails with its own key (EnableCustomerKey), which S3 can't use in $region"
  of_the_mail_stack
  in_region "$region"
  deploy "${ours[@]}"
  report
}

arguments() {
  mail='' region='' parameters=()
  local argument
  for argument; do
    case $argument in
      -h | --help) help && exit ;;
      -*) die "unknown option $argument; see --help" ;;
      EmailRetentionDays=* | AlarmEmail=* | AlarmWebhook=*) parameters+=("$argument") ;;
      # The AWS CLI ignores a parameter that the template doesn't have.
      *=*) die "the replica's stack has no parameter ${argument%%=*} to be given; see --help" ;;
      *)
        if [[ -z $mail ]]; then
          mail=$argument
        elif [[ -z $region ]]; then
          region=$argument
        else
          die "$argument is too much after $mail and $region; see --help"
        fi
        ;;
    esac
  done
  if [[ -z $region ]]; then help >&2 && exit 2; fi
  [[ $region =~ ^[a-z]{2,}(-[a-z]+)+-[0-9]+$ ]] || die "$region is not the name of a region, such as eu-west-1"
  beside replica
}

# Puts the mail stack's bucket, and those of its parameters that were not given, into ours.
of_the_mail_stack() {
  local name
  ask cloudformation describe-stacks --stack-name "$mail" \
    --query "Stacks[0].Outputs[?OutputKey=='BucketName'] | [0].OutputValue" || die "$mail can't be read: $said"
  ours=("SourceBucket=$said")
  for name in EmailRetentionDays AlarmEmail AlarmWebhook; do
    if [[ " ${parameters[*]-} " == *" $name="* ]]; then continue; fi
    mail_stack_has "$name"
    if [[ $name != EmailRetentionDays || -n $said ]]; then ours+=("$name=$said"); fi
  done
}

report() {
  local arn topic days
  ask cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].[
    Outputs[?OutputKey=='ReplicaBucketArn']|[0].OutputValue,
    Outputs[?OutputKey=='AlarmTopicArn']|[0].OutputValue,
    Parameters[?ParameterKey=='EmailRetentionDays']|[0].ParameterValue]" || die "$stack can't be read: $said"
  IFS=$'\t' read -r arn topic days <<<"$said"
  echo
  echo "copies      expire $([[ $days == 0 ]] && echo never || echo "after $days days")"
  echo "alarm       $topic in $region"
  echo "next        add this to the parameter_overrides of $mail in samconfig.toml, and deploy it:"
  echo "            ReplicaBucketArn=$arn"
}

main "$@"
