#!/usr/bin/env bash
# Copies emails from one bucket into another, and never over another email; --help has the rest.
set -euo pipefail
export AWS_PAGER=""

help() {
  cat <<'HELP'
usage: replica/merge.sh FROM TO

Copies each email of the bucket FROM that the bucket TO lacks, in any two regions. Nothing in TO is overwritten: an email
that is there already is recognised by its digest, and another email of the same name is stored beside it, under the
name that worker would give it. In the layout batch an object with many emails is copied whole: its name tells which
emails it holds, and readers recognise those that TO has in another object too. Prints a line for each object, and can be
repeated.

  copied KEY     under this name in TO
  there KEY      TO had it
  FAILED KEY     see the message; the exit code is then 1

Needs the AWS CLI with credentials and the region of TO (AWS_PROFILE, AWS_REGION). It asks for about two emails a second
at a time, and for 16 at a time.
HELP
}

main() {
  case ${1:-} in -h | --help) help && exit ;; esac
  if (($# != 2)); then help >&2 && exit 2; fi
  export from=$1 to=$2
  export -f email digest_of
  from_region=$(aws s3api get-bucket-location --bucket "$from" --query LocationConstraint --output text) || exit 1
  if [[ $from_region == None ]]; then from_region=us-east-1; fi # how S3 calls its first region
  export from_region
  # shellcheck disable=SC2016 # the inner shell's
  keys | xargs -0 -r -n 1 -P 16 bash -c 'email "$1"' _ || exit 1
}

# The AWS CLI writes None for a bucket without objects.
keys() {
  aws s3api list-objects-v2 --region "$from_region" --bucket "$from" --query 'Contents[].[Key]' --output text |
    { grep -vx None || true; } | tr '\n' '\0'
}

# email KEY: copies one. A key may begin with a hyphen, so it is never an argument of its own.
email() {
  local digest name names said there
  digest=$(digest_of "$from" "$1" --region "$from_region") || { echo "FAILED $1" && return 1; }
  # As crates/email names them: another email of this name gets 16 digits of its digest, and the next one all 64. No two
  # batches share a name.
  names=("$1")
  if [[ $1 != batches/* ]]; then names+=("${1%.json}-${digest:0:16}.json" "${1%.json}-$digest.json"); fi
  for name in "${names[@]}"; do
    if said=$(aws s3api copy-object --bucket "$to" --key="$name" --copy-source "$from/$1" --if-none-match '*' 2>&1); then
      echo "copied $name" && return
    fi
    if [[ $said != *PreconditionFailed* ]]; then break; fi
    there=$(digest_of "$to" "$name") || break
    if [[ $there == "$digest" ]]; then echo "there $name" && return; fi
  done
  echo "FAILED $1"
  if [[ $said == *PreconditionFailed* ]]; then said="$to has something else under each of its names"; fi
  echo "$said" >&2
  return 1
}

# digest_of BUCKET KEY [OPTION ...]: an email's, or a batch's of the whole object. An object without one is neither.
digest_of() {
  local bucket=$1 key=$2 digest member=content-sha256
  shift 2
  if [[ $key == batches/* ]]; then member=digest; fi
  digest=$(aws s3api head-object --bucket "$bucket" --key="$key" --query "Metadata.\"$member\"" --output text "$@") ||
    return 1
  [[ $digest =~ ^[0-9a-f]{64}$ ]] || { echo "$bucket/$key has no digest, so it is not an email" >&2 && return 1; }
  echo "$digest"
}

main "$@"
