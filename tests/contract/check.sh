#!/usr/bin/env bash
# Tests Mailroom on this machine against docs/openapi.yaml, with schemathesis: its examples, the edges of every schema, and
# valid and invalid generated bodies, through the load balancer and through an HTTP API. It calls with the right token, then
# with a wrong one, and checks that every accepted email was stored. CONTRACT_SEED sets another seed, CONTRACT_EXAMPLES a
# longer run. schemathesis's phase `stateful` is left out: it is for contracts in which an answer leads to the next request.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=tests/contract
right_token=replace-with-your-token # as in the contract's example
seed=${CONTRACT_SEED:-20230901}
examples=${CONTRACT_EXAMPLES:-300}
# shellcheck source=tests/contract/stack.sh
. $here/stack.sh

main() {
  $here/setup.sh
  cargo build --quiet --locked --bin mailroom-local # with the features of the whole workspace, as the tests built it
  local endpoint
  for endpoint in alb http-api; do
    start "$right_token" --parameter "Endpoint=$endpoint"
    echo "== $endpoint: $url with the seed $seed"
    knock "$right_token"
    # Every request with a wrong token is refused, so schemathesis's warnings about refusals tell nothing.
    knock not-the-token --exclude-checks positive_data_acceptance --warnings missing_deserializer,unsupported_regex
    target/venv-schemathesis/bin/python $here/afterwards.py "$watch"
    stop
  done
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
