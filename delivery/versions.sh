#!/usr/bin/env bash
# Which versions of the functions run. Traffic goes to the alias `live` of each.
#
#   versions.sh remember STACK DIRECTORY    writes down the aliases and the newest versions; nothing for a new stack
#   versions.sh newest   STACK FUNCTION     the newest version of a function, api or worker; 0 if there is none
#   versions.sh restore  STACK DIRECTORY    moves the aliases back, at once and with all traffic
#   versions.sh tidy     STACK DIRECTORY    after CloudFormation took an update back: aliases, and versions it left
#   versions.sh show     STACK
set -euo pipefail

command=$1 stack=$2
shift 2

remember() {
  local directory=$1 function alias
  mkdir "$directory"
  for function in api worker; do
    alias=$(alias_of "$function")
    if [[ -n $alias ]]; then
      echo "$alias" >"$directory/$function.alias"
      newest "$function" >"$directory/$function.newest"
    fi
  done
}

# Prints nothing if the function or its alias does not exist. A version with a part of the traffic follows the first.
alias_of() {
  local said errors
  errors=$(mktemp)
  # shellcheck disable=SC2016 # the backticks are JMESPath's
  if said=$(aws lambda get-alias --function-name "$stack-$1" --name live --output text \
    --query '[FunctionVersion, keys(RoutingConfig.AdditionalVersionWeights || `{}`)][]' 2>"$errors"); then
    echo "$said"
  elif ! grep -q ResourceNotFoundException "$errors"; then
    echo "::error::the alias of $stack-$1 can't be read: $(<"$errors")" >&2
    rm -f "$errors"
    exit 1
  fi
  rm -f "$errors"
}

newest() {
  local versions
  versions=$(aws lambda list-versions-by-function --function-name "$stack-$1" --query 'Versions[].Version' --output text)
  tr '\t' '\n' <<<"${versions//\$LATEST/0}" | sort -n | tail -n 1
}

# Both, also when the first fails.
restore() {
  local directory=$1 function version failed=
  for function in api worker; do
    if [[ ! -e $directory/$function.alias ]]; then continue; fi
    read -r version _ <"$directory/$function.alias"
    echo "$stack-$function: back to version $version"
    aws lambda update-alias --function-name "$stack-$function" --name live --function-version "$version" \
      --routing-config AdditionalVersionWeights={} >/dev/null ||
      { echo "::error::the alias of $stack-$function could not be moved to version $version" >&2 && failed=yes; }
  done
  [[ -z $failed ]]
}

# Lambda publishes no version that equals the newest one, and CloudFormation fails then with "A version for this Lambda
# function exists". SAM has CloudFormation retain versions, so those of an update that was taken back would make every
# later deployment of the same code fail.
tidy() {
  local directory=$1 function version last
  for function in api worker; do
    if [[ ! -e $directory/$function.alias ]]; then continue; fi
    if [[ $(alias_of "$function") != "$(cat "$directory/$function.alias")" ]]; then
      restore "$directory"
    fi
    last=$(cat "$directory/$function.newest")
    while version=$(newest "$function") && ((version > last)); do
      echo "$stack-$function: deleting version $version, which was taken back"
      aws lambda delete-function --function-name "$stack-$function" --qualifier "$version" >/dev/null || return
    done
  done
}

show() {
  local function
  for function in api worker; do
    printf '%s: version %s  ' "$function" "$(alias_of "$function" | tr '\t' ' ')"
  done | sed 's/ *$//'
}

"$command" "$@"
