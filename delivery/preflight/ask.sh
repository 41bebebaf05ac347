#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# Asks AWS and reports the answers. Written for bash 3.2, the version of macOS.

failures=0 warnings=0 unknowns=0 check=''

# checking CHECK: names the check of the following lines.
checking() { check=$1; }

ok() { report ok "$@"; }
warn() { warnings=$((warnings + 1)) && report warn "$@"; }
fail() { failures=$((failures + 1)) && report FAIL "$@"; }
unknown() { unknowns=$((unknowns + 1)) && report unknown "$@"; }

# report STATUS TEXT [FIX ...]: a fix is a command or a setting, each on its own line.
report() {
  local status=$1 text=$2 label=fix: line
  shift 2
  printf '%-8s %-20s %s\n' "$status" "$check" "$text"
  for line in "$@"; do
    printf '%8s %-4s %s\n' '' "$label" "$line"
    label=''
  done
}

# ask ACTION ABSENT COMMAND ...: puts AWS's answer into `answer`. An error that contains ABSENT means that the resource
# doesn't exist; `answer` is then empty. Any other error is reported as unknown and returns 1, so a refused or lost request
# never counts as a good answer.
ask() { ask_through cat "$@"; }

# Like `ask`, but pipes the answer through FILTER before the shell sees it.
ask_through() {
  local filter=$1 action=$2 absent=$3 error status=0
  shift 3
  [[ " $* " == *" --output "* ]] || set -- "$@" --output text
  answer=$(aws "$@" --cli-connect-timeout 10 --cli-read-timeout 30 2>"$work/error" | "$filter") || status=$?
  if ((status == 0)); then
    [[ $answer != None ]] || answer='' # how the CLI writes null as text
    return 0
  fi
  answer='' error=$(<"$work/error")
  if [[ -n $absent && $error == *"$absent"* ]]; then return 0; fi
  unknown "$(why_unknown "$action" "$status" "$error" "$1 $2")"
  return 1
}

# https://docs.aws.amazon.com/cli/latest/topic/return-codes.html
why_unknown() {
  local action=$1 status=$2 error=$3 command=$4 named='perform: ([a-z0-9-]+:[A-Za-z]+)'
  case $error in
    *\(AccessDenied* | *\(UnauthorizedOperation* | *\(AuthorizationError* | *"not authorized to perform"*)
      if [[ $error =~ $named ]]; then action=${BASH_REMATCH[1]}; fi
      echo "not allowed to ask: needs the action $action"
      ;;
    *)
      if ((status == 2 || status == 252)); then
        echo "this AWS CLI does not know 'aws $command' as used here: install the latest version"
      else
        echo "no answer to 'aws $command', try again: $(first_line "$error")"
      fi
      ;;
  esac
}

first_line() {
  local line
  while IFS= read -r line; do
    [[ -z ${line//[[:space:]]/} ]] || break
  done <<<"$1"
  printf '%s' "$line"
}

# identify: sets account, region, partition and arn, or ends the script.
identify() {
  command -v aws >/dev/null || cannot_ask "the AWS CLI is missing: https://aws.amazon.com/cli/"
  export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_CLI_ERROR_FORMAT=legacy
  export AWS_STS_REGIONAL_ENDPOINTS=regional # so that a region that is not enabled says so here

  # The AWS CLI 2 prefers AWS_REGION; the SAM CLI knows AWS_DEFAULT_REGION alone. Both fall back to the profile.
  local of_sam=${AWS_DEFAULT_REGION:-$(aws configure get region || true)}
  region=${AWS_REGION:-$of_sam}
  [[ -n $region ]] || cannot_ask "no region: export AWS_REGION and AWS_DEFAULT_REGION, such as eu-central-1"
  [[ $region == "$of_sam" ]] ||
    cannot_ask "two regions: the AWS CLI uses $region, the SAM CLI ${of_sam:-none}; export AWS_DEFAULT_REGION=$region"
  export AWS_REGION=$region AWS_DEFAULT_REGION=$region

  local who
  who=$(aws sts get-caller-identity --query '[Account, Arn]' --output text \
    --cli-connect-timeout 10 --cli-read-timeout 30 2>"$work/error") ||
    cannot_ask "AWS does not accept the credentials in $region: $(first_line "$(<"$work/error")")" \
      "run 'aws configure' or 'aws sso login', or set AWS_PROFILE"
  read -r account arn <<<"$who"
  partition=${arn#arn:} partition=${partition%%:*}
}

cannot_ask() {
  printf '%s\n' "$@" >&2
  exit 3
}
