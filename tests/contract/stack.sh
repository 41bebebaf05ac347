# shellcheck shell=bash
# Sourced by the checks of the contract, from the root of the repository: a stack of this machine on free ports.

work=
mailroom=

# start TOKEN [OPTION...]: starts the stack and waits until it prints its addresses. Sets $url (of emails) and $watch (of
# its pages). Time runs fast, so that the queue stays short.
start() {
  local token=$1
  shift
  work=$(mktemp -d)
  trap stop EXIT
  : >"$work/mailroom.log"
  "${CARGO_TARGET_DIR:-target}/debug/mailroom-local" up --port 0 --aws-port 0 --time-scale 20 --token "$token" "$@" \
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
