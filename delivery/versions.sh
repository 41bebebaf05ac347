#!/usr/bin/env bash
# The functions' versions. The alias `live` of each function gets its traffic.
#
#   versions.sh remember STACK DIRECTORY    writes the aliases and newest versions to files; nothing for a new stack
#   versions.sh newest   STACK FUNCTION     prints the newest version of a function, api or worker; 0 if there is none
#   versions.sh restore  STACK DIRECTORY    moves the aliases back, at once and with all traffic
#   versions.sh tidy     STACK DIRECTORY    restores aliases and deletes versions that a rolled back update left
#   versions.sh show     STACK              prints the versions that run
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

# Prints the alias's version, and a second one that has a part of the traffic; nothing if the alias doesn't exist.
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

# Tries both functions, even if one fails.
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

# CloudFormation retains the versions of an update that it rolled back. Lambda doesn't publish a version that equals the
# newest one, so a later deployment of the same code would fail with "A version for this Lambda function exists".
tidy() {
  local directory=$1 function version last
  for function in api worker; do
    if [[ ! -e $directory/$function.alias ]]; then continue; fi
    if [[ $(alias_of "$function") != "$(cat "$directory/$function.alias")" ]]; then
      restore "$directory"
    fi
    last=$(cat "$directory/$function.newest")
    while version=$(newest "$function") && ((version > last)); do
      echo "$stack-$function: deleting version $version, which CloudFormation rolled back"
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
