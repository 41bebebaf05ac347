#!/usr/bin/env bash
# probe.sh STACK DIRECTORY PID: calls each new version of a function while the process PID (`sam deploy`) waits for
# CloudFormation. If a call fails, it cancels the update, and CloudFormation rolls it back. DIRECTORY is that of
# `versions.sh remember`.
#
# A canary may get no request in its five minutes, so this sends some. A new stack has no old version to protect, so
# nothing is called then; the smoke test follows.
set -euo pipefail

stack=$1 directory=$2 pid=$3
here=$(cd "$(dirname "$0")" && pwd)
NOT_READY=75 # EX_TEMPFAIL of call.py

# Repeats a call that failed even if PID has ended.
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

# Fails if a new version does not work. Each function has six attempts to become ready for calls, and three to answer
# correctly, because new rights of its role take a moment to arrive.
look() {
  local function=$1 version status=0
  version=$("$here/versions.sh" newest "$stack" "$function") || return 0 # the next round asks again
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
    echo "::error::the update can't be cancelled any more; the deployment goes back after it" >&2
}

main
