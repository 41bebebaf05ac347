#!/usr/bin/env bash
# Does a deployed Mailroom take an email and file it? Posts one through the load balancer, waits for its object, and
# sees that nobody gets in without the token.
#
#   tests/smoke/run.sh URL TOKEN_PARAMETER BUCKET
#
# The three are outputs of the stack (Url, TokenParameter, BucketName); for the local stack (cargo run), it prints them.
# Needs bash, curl and the AWS CLI with credentials that may read the parameter and objects called smoke-*. AWS names
# the CLI, SMOKE_WAIT the seconds that each wait may take (120). The token is never printed, and no command line has it.
set -euo pipefail

if (($# != 3)); then
  echo "usage: $0 URL TOKEN_PARAMETER BUCKET" >&2
  exit 2
fi
url=${1%/} token_parameter=$2 bucket=$3
aws=${AWS:-aws}
wait=${SMOKE_WAIT:-120}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  await "$url/health answers" healthy
  echo "ok    $url is there"

  # A sender of its own, so that no object of another run can be taken for this one's.
  sender=smoke-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
  read -r timestream day < <(date -u '+%s %Y/%m/%d')

  expect 403 "an email without a token" "$(email '')"
  expect 403 "an email with a wrong token" "$(email ',"token":"not-the-token"')"
  token=$(token) # on its own: a failure within an argument would go unseen
  expect 200 "an email with the token" "$(email ",\"token\":\"$token\"")"
  receipt=$(sed -n 's/.*"receipt": *"\([0-9a-f-]*\)".*/\1/p' "$work/answer")
  [[ -n $receipt ]] || fail "the answer has no receipt: $(cat "$work/answer")"

  await "receipt $receipt is filed in s3://$bucket" filed
  [[ $found == "$receipt" ]] || fail "the object of $sender has the receipt $found instead of $receipt"
  echo "ok    receipt $receipt is filed"
}

# The members of an email without a token, and whatever is given beside them.
email() {
  printf '{"data":{"email_sender":"%s","email_timestream":"%s","email_subject":"Smoke test","email_content":"%s"}%s}' \
    "$sender" "$timestream" "Sent after a deployment; nobody needs it." "$1"
}

# The first token of the parameter, as JSON has it between quotes.
token() {
  local all first
  all=$("$aws" ssm get-parameter --name "$token_parameter" --with-decryption --query Parameter.Value --output text) ||
    fail "the token can't be read from $token_parameter"
  first=$(tr -d '\r' <<<"$all" | sed -n '/[^[:space:]]/{p;q;}')
  first=${first//\\/\\\\}
  printf '%s' "${first//\"/\\\"}"
}

# Through standard input, since every user of the machine may read a command line.
post() {
  curl --silent --show-error --max-time 20 --output "$work/answer" --write-out '%{http_code}' \
    --header 'content-type: application/json' --data-binary @- "$url/api/email"
}

expect() {
  local wanted=$1 what=$2 body=$3 status
  status=$(post <<<"$body") || fail "$what: no answer from $url"
  [[ $status == "$wanted" ]] || fail "$what: $status instead of $wanted: $(cat "$work/answer")"
  echo "ok    $what: $status"
}

# A new load balancer's name takes a while to be known everywhere.
healthy() {
  curl --silent --show-error --fail --max-time 10 --output /dev/null "$url/health"
}

# Under the name of either layout; the receipt that it carries tells whether it is ours.
filed() {
  local hash key
  hash=$(printf %s "$sender" | sha256 | cut -c 1-16)
  for key in "${sender}_$timestream.json" "emails/$day/email-$timestream-$hash.json"; do
    if found=$("$aws" s3api head-object --bucket "$bucket" --key "$key" --query Metadata.receipt --output text); then
      return 0
    fi
  done
  return 1
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

# Asks again until it is so; says at the end what the last attempts complained of.
await() {
  local what=$1 end=$((SECONDS + wait))
  until "$2" 2>"$work/errors"; do
    if ((SECONDS >= end)); then
      cat "$work/errors" >&2
      fail "not in $wait seconds: $what"
    fi
    sleep 2
  done
}

fail() {
  echo "FAILED $*" >&2
  exit 1
}

main
