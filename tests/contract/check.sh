#!/usr/bin/env bash
# Tests Mailroom on this machine against docs/openapi.yaml, with schemathesis: its examples, the edges of every schema, and
# valid and invalid generated bodies. It calls with the right token, then with a wrong one, and checks that every accepted
# email was stored. CONTRACT_SEED sets another seed, CONTRACT_EXAMPLES a longer run. schemathesis's phase `stateful` is left
# out: it is for contracts in which an answer leads to the next request.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=tests/contract
right_token=replace-with-your-token # as in the contract's example
seed=${CONTRACT_SEED:-20230901}
examples=${CONTRACT_EXAMPLES:-300}
work=$(mktemp -d)
mailroom=

main() {
  $here/setup.sh
  cargo build --quiet --locked --bin mailroom-local # with the features of the whole workspace, as the tests built it
  start
  echo "== $url with the seed $seed"
  knock "$right_token"
  # Every request with a wrong token is refused, so schemathesis's warnings about refusals tell nothing.
  knock not-the-token --exclude-checks positive_data_acceptance --warnings missing_deserializer,unsupported_regex
  target/venv-schemathesis/bin/python $here/afterwards.py "$watch"
  stop
}

# Starts the stack on free ports and waits until it prints its addresses. Time runs fast, so that the queue stays short.
start() {
  trap stop EXIT
  : >"$work/mailroom.log"
  "${CARGO_TARGET_DIR:-target}/debug/mailroom-local" up --port 0 --aws-port 0 --time-scale 20 --token "$right_token" \
    >"$work/mailroom.log" 2>&1 &
  mailroom=$!
  for ((tenths = 0; tenths < 3000; tenths++)); do
    url=$(printed 'post emails to')
    watch=$(printed 'watch it')
    if [[ -n $url && -n $watch ]]; then return; fi
    if ! kill -0 "$mailroom" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "the stack did not start:" >&2
  cat "$work/mailroom.log" >&2
  exit 1
}

# Prints the URL that the stack printed after these words, without its path.
printed() {
  sed -n "s|.*$1 *\(http://[0-9.:]*\)/.*|\1|p" "$work/mailroom.log"
}

stop() {
  trap - EXIT
  if [[ -n $mailroom ]]; then
    kill "$mailroom" 2>/dev/null || true
    wait "$mailroom" || true
    mailroom=
  fi
  rm -rf "$work"
}

# knock TOKEN [OPTION...]: runs schemathesis with this token.
knock() {
  local token=$1
  shift
  echo "== a caller with the token $token"
  CONTRACT_TOKEN=$token CONTRACT_RIGHT_TOKEN=$right_token \
    target/venv-schemathesis/bin/schemathesis --config-file "$here/schemathesis.toml" run docs/openapi.yaml \
    --url "$url" --checks all --phases examples,coverage,fuzzing --max-examples "$examples" --seed "$seed" \
    --no-color "$@"
}

main
