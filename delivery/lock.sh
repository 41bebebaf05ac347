#!/usr/bin/env bash
# Locks a stack, so that one deployment runs at a time. The lock is an object in the artifacts bucket that S3 writes only if
# it doesn't exist. GitHub's `concurrency` can't serve: a run holds it while it waits for approval, up to 30 days.
#
#   lock.sh take    BUCKET STACK FILE    takes the lock, or prints its holder and fails; `release` needs FILE
#   lock.sh release BUCKET STACK FILE
#
# Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
# The bucket is versioned, and `release` deletes the version that `take` wrote, so it never deletes another one's lock.
set -euo pipefail

command=$1 bucket=$2 stack=$3 file=$4
key=$stack/deploying

take() {
  local said
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  printf '%s\n%s\n%s\n' "$(date +%s)" "$(holder)" "$RANDOM$RANDOM$RANDOM" >"$work/mine"
  if aws s3api put-object --bucket "$bucket" --key "$key" --if-none-match '*' --body "$work/mine" \
    --query VersionId --output text >"$work/version" 2>"$work/errors"; then
    mv "$work/version" "$file"
    return
  fi
  said=$(<"$work/errors")
  if [[ $said == *PreconditionFailed* || $said == *ConditionalRequestConflict* ]]; then
    held "$work"
  else
    echo "::error::the lock s3://$bucket/$key can't be written; check ARTIFACTS_BUCKET and the role's rights: $said" >&2
    exit 1
  fi
}

# The lock exists. It is ours if the AWS CLI lost S3's answer and repeated the write.
held() {
  local version since by
  if ! version=$(aws s3api get-object --bucket "$bucket" --key "$key" --query VersionId --output text "$1/theirs"); then
    echo "::error::another deployment of $stack has just ended: start this deployment again" >&2
    exit 1
  fi
  if cmp -s "$1/mine" "$1/theirs"; then
    echo "$version" >"$file"
    return
  fi
  { read -r since && read -r by; } <"$1/theirs"
  echo "::error::$stack is being deployed by $by, since $((($(date +%s) - since) / 60)) minutes." \
    "Wait until that is done and start this deployment again. If it died, delete its lock:" \
    "aws s3 rm s3://$bucket/$key" >&2
  exit 1
}

holder() {
  if [[ -n ${GITHUB_RUN_ID:-} ]]; then
    echo "$GITHUB_ACTOR ($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID)"
  else
    echo "${USER:-somebody} on $(hostname)"
  fi
}

release() {
  aws s3api delete-object --bucket "$bucket" --key "$key" --version-id "$(cat "$file")" >/dev/null ||
    { echo "::error::the lock can't be released: delete it with aws s3 rm s3://$bucket/$key" >&2 && exit 1; }
}

"$command"
