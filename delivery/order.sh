#!/usr/bin/env bash
# order.sh NEW OLD: refuses the commit NEW unless it contains OLD, the stack's last good version. GitHub doesn't order runs
# that wait for approval, so an older one may be approved last.
set -euo pipefail

new=$1 old=$2
if [[ $new == "${STEP_BACK_TO:-}" ]]; then
  echo "STEP_BACK_TO=$new: not checking that it contains $old"
  exit
fi
if [[ $(git -C "$(dirname "$0")" rev-parse --is-shallow-repository) != false ]]; then
  echo "::error::this checkout lacks a part of the history, so git can't tell whether $new contains $old, which the stack" \
    "has: fetch the whole history (git fetch --unshallow; fetch-depth: 0 in a workflow)" >&2
  exit 1
fi
status=0
git -C "$(dirname "$0")" merge-base --is-ancestor "$old" "$new" || status=$?
case $status in
  0) exit ;;
  1) reason="$new does not contain $old, which the stack has: it is older, or from another branch" ;;
  *) reason="git can't tell whether $new contains $old, which the stack has: fetch the whole history" ;;
esac
echo "::error::$reason. To deploy it all the same, set STEP_BACK_TO=$new" >&2
exit 1
