#!/usr/bin/env bash
# The result of an update. `sam deploy` fails if the update fails, but also if its connection breaks, if the update takes
# longer than it waits, or if it can't read the outputs afterwards.
#
#   outcome.sh note STACK         prints a note that identifies the last update; nothing for a new stack
#   outcome.sh wait STACK NOTE    waits until CloudFormation is done. Exits with 0 if it completed an update after NOTE, 1
#                                 if it didn't, and 75 (EX_TEMPFAIL) if the result is unknown
#   outcome.sh status STACK
#
# A stack in REVIEW_IN_PROGRESS has a change set and no resources:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
set -euo pipefail

command=$1 stack=$2 noted=${3:-}
NOT_THERE="not there"
PAUSE=5 PATIENCE=360 UNREADABLE=36 # seconds; number of pauses before it gives up: 30 minutes, or 3 without an answer

note() {
  local said
  said=$(state)
  case $said in
    "$NOT_THERE" | REVIEW_IN_PROGRESS*) ;;
    *) cut -f 2- <<<"$said" ;;
  esac
}

# It pauses first, because CloudFormation may not show an update yet that has just started.
wait_for_it() {
  local said="not readable" looks failed=0
  for ((looks = 0; looks < PATIENCE && failed < UNREADABLE; looks++)); do
    sleep "$PAUSE"
    if ! said=$(state); then
      failed=$((failed + 1))
      continue
    fi
    failed=0
    case ${said%%$'\t'*} in
      CREATE_COMPLETE | UPDATE_COMPLETE)
        if [[ $(cut -f 2- <<<"$said") == "$noted" ]]; then exit 1; fi
        exit
        ;;
      REVIEW_IN_PROGRESS) exit 1 ;;
      *_IN_PROGRESS) ;;
      *) exit 1 ;;
    esac
  done
  echo "::error::CloudFormation was not done after half an hour, or can't be read. The last status of $stack: ${said%%$'\t'*}" >&2
  exit 75
}

# Status, id and time of the last update, or NOT_THERE if the stack does not exist.
state() {
  local said errors
  errors=$(mktemp)
  if said=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query 'Stacks[0].[StackStatus, StackId, LastUpdatedTime]' 2>"$errors"); then
    echo "$said"
  elif grep -q "does not exist" "$errors"; then
    echo "$NOT_THERE"
  else
    echo "::error::the stack $stack can't be read: $(cat "$errors")" >&2
    rm -f "$errors"
    return 1
  fi
  rm -f "$errors"
}

case $command in
  note) note ;;
  wait) wait_for_it ;;
  status)
    said=$(state)
    echo "${said%%$'\t'*}"
    ;;
esac
