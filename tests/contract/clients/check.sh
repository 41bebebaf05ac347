#!/usr/bin/env bash
# Makes a client in Python (openapi-python-client) and one in TypeScript (openapi-typescript, openapi-fetch) from
# docs/openapi.yaml, and posts with both to a stack on this machine: each reads the answer to an email and to three mistakes.
# Without npm the second one is skipped with a message, unless CONTRACT_NODE=required.
set -euo pipefail
cd "$(dirname "$0")/../../.."

here=tests/contract/clients
token=replace-with-your-token
made=target/contract-clients/made
# shellcheck source=tests/contract/stack.sh
. tests/contract/stack.sh

main() {
  if ! command -v npm >/dev/null && [[ ${CONTRACT_NODE:-} == required ]]; then
    echo "npm is missing, and CONTRACT_NODE=required" >&2
    exit 1
  fi
  $here/setup.sh
  cargo build --quiet --locked --bin mailroom-local # with the features of the whole workspace, as the tests built it
  start "$token"
  rm -rf $made
  mkdir -p $made
  python
  if command -v npm >/dev/null; then
    typescript
  else
    echo "== TypeScript: skipped, because npm is missing"
  fi
  stop
}

python() {
  local bin=target/venv-contract-clients/bin
  echo "== Python"
  # A warning says that the client lacks a part of the contract. The generator calls ruff, which is beside it.
  PATH=$PWD/$bin:$PATH openapi-python-client generate --path docs/openapi.yaml --output-path $made/mailroom_client \
    --meta none --fail-on-warning
  PYTHONPATH=$made $bin/python -B $here/post.py "$url" "$token"
}

typescript() {
  local bin=target/contract-clients/node_modules/.bin
  echo "== TypeScript"
  $bin/openapi-typescript docs/openapi.yaml --output $made/contract.ts
  cp $here/post.ts $made # beside node_modules, where its imports are found
  cp $here/tsconfig.json target/contract-clients
  $bin/tsc --project target/contract-clients
  node $made/post.js "$url" "$token"
}

main
