#!/usr/bin/env bash
# probe.sh STACK DIRECTORY PID: calls each new version of the functions as soon as there is one, while the process PID
# (`sam deploy`) waits for CloudFormation. If one fails, the update is cancelled: CloudFormation can do that at any
# moment of it, and goes back. DIRECTORY is that of `versions.sh remember`.
#
# With little traffic a canary may see no request in its five minutes. This is the request. A new stack has no old
# version to protect, so there is nothing to do then; the smoke test follows.
set -euo pipefail

stack=$1 directory=$2 pid=$3
here=$(cd "$(dirname "$0")" && pwd)
attempts=0

main() {
  while kill -0 "$pid" 2>/dev/null; do
    for function in api worker; do
      if [[ -e $directory/$function.newest ]] && ! look "$function"; then
        cancel
        return 1
      fi
    done
    sleep 5
  done
}

# Fails if there is a new version that does not work. It may not be ready for calls yet, so it gets some attempts.
look() {
  local function=$1 version status=0
  version=$("$here/versions.sh" newest "$stack" "$function") || return 0 # asked again in a moment
  if ((version <= $(cat "$directory/$function.asked" 2>/dev/null || cat "$directory/$function.newest"))); then
    return 0
  fi
  python3 "$here/call.py" "$stack" "$function" "$version" || status=$?
  attempts=$((attempts + 1))
  if ((status == 75 && attempts < 6)); then return 0; fi # EX_TEMPFAIL
  attempts=0
  echo "$version" >"$directory/$function.asked"
  return "$status"
}

cancel() {
  echo "::error::cancelling the update of $stack" >&2
  aws cloudformation cancel-update-stack --stack-name "$stack" ||
    echo "::error::it can't be cancelled any more: going back follows" >&2
}

main
