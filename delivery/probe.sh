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
NOT_READY=75 # EX_TEMPFAIL of call.py

# An answer that was wrong is asked for again even if PID is done by now.
main() {
  local running=yes
  while [[ -n $running ]] || compgen -G "$directory/*.wrong" >/dev/null; do
    kill -0 "$pid" 2>/dev/null || running=
    for function in api worker; do
      if [[ -e $directory/$function.newest ]] && ! look "$function"; then
        cancel
        return 1
      fi
    done
    sleep 5
  done
}

# Fails if there is a new version that does not work. Each function has its own attempts: six until it is ready for calls,
# and three for a right answer, because rights that the update gave to its role take a moment to arrive.
look() {
  local function=$1 version status=0
  version=$("$here/versions.sh" newest "$stack" "$function") || return 0 # asked again in a moment
  if ((version <= $(cat "$directory/$function.asked" 2>/dev/null || cat "$directory/$function.newest"))); then
    rm -f "$directory/$function.wrong" # of a version that was deleted
    return 0
  fi
  python3 "$here/call.py" "$stack" "$function" "$version" || status=$?
  case $status in
    0) ;;
    "$NOT_READY") if again "$function.not-ready" 6; then return 0; fi ;;
    *) if again "$function.wrong" 3; then return 0; fi ;;
  esac
  rm -f "$directory/$function."{wrong,not-ready}
  echo "$version" >"$directory/$function.asked"
  return "$status"
}

# Counts an attempt. Fails if it was the last.
again() {
  echo >>"$directory/$1"
  (($(wc -l <"$directory/$1") < $2))
}

cancel() {
  echo "::error::cancelling the update of $stack" >&2
  aws cloudformation cancel-update-stack --stack-name "$stack" ||
    echo "::error::it can't be cancelled any more: going back follows" >&2
}

main
