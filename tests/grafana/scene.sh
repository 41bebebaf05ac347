# shellcheck shell=bash disable=SC2034 # variables shared with check.sh
# An account, a checkout and a machine for one run of grafana/deploy.sh, and the assertions of check.sh.

root=$PWD
scene=$(mktemp -d)
trap 'rm -rf "$scene"' EXIT
failures=0
mail=mailroom-dev stack=mailroom-dev-grafana

start() {
  what=$1
  rm -rf "$scene"
  mkdir -p "$scene/bin" "$scene/checkout"
  touch "$scene/log" "$scene/said"
  local name parameters
  for name in aws docker sleep; do
    printf '#!/usr/bin/env bash\nexec %q -B %q %q %s "$@"\n' \
      "$root/target/venv/bin/python" "$root/tests/grafana/fake.py" "$scene" "$name" >"$scene/bin/$name"
    chmod +x "$scene/bin/$name"
  done
  parameters=$(printf '"/mailroom-dev/load-balancer/%s": "x",' vpc subnet-a subnet-b security-group listener full-name tls)
  echo "{\"mail\": \"$mail\", \"ssm\": {$parameters \"/mailroom-dev/alarms/topic\": \"x\", \"/mailroom-dev/names/suffix\": \"x\",
    \"/mailroom-dev/load-balancer/url\": \"http://alb.example.org\"}}" >"$scene/state.json"
  cp -R "$root/grafana" "$scene/checkout/grafana"
  mkdir "$scene/checkout/delivery"
  cp "$root/delivery/beside.sh" "$scene/checkout/delivery/"
  git_in init -q
  git_in add .
  git_in commit -qm "first"
  read_tag
}

git_in() { git -C "$scene/checkout" -c user.name=test -c user.email=test@example.org -c commit.gpgsign=false "$@"; }

read_tag() {
  tag=$(git_in log -1 --format=%H)
  short=${tag:0:7}
  digest=sha256:${tag}000000000000000000000000
}

# account STATEMENT ...: Python that reads or changes `state`.
account() {
  "$root/target/venv/bin/python" - "$scene/state.json" "$@" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as file:
    state = json.load(file)
for statement in sys.argv[2:]:
    exec(statement)
with open(sys.argv[1], "w") as file:
    json.dump(state, file)
PYTHON
}

forget() { : >"$scene/log"; }

# deploy STATUS ARGUMENT ...
deploy() {
  local status=0 expected=$1
  shift
  PATH=${path:-$scene/bin:$PATH} "$scene/checkout/grafana/deploy.sh" "$@" >"$scene/said" 2>&1 || status=$?
  [[ $status == "$expected" ]] || wrong "deploy.sh $* ends with $status instead of $expected"
}

# The calls that changed something, in this order.
did() {
  local wanted=""
  (($# == 0)) || wanted=$(printf '%s\n' "$@")
  [[ $(cat "$scene/log") == "$wanted" ]] || wrong "it did: $(tr '\n' ';' <"$scene/log")"
}

says() {
  local text
  for text; do grep -qF -- "$text" "$scene/said" || wrong "it doesn't say: $text"; done
}

says_not() {
  local text
  for text; do ! grep -qF -- "$text" "$scene/said" || wrong "it says: $text"; done
}

has() {
  local value
  value=$(account "print(state['stack']['parameters']['$1'])")
  [[ $value == "$2" ]] || wrong "$1 is $value instead of $2"
}

wrong() {
  failures=$((failures + 1))
  echo "FAILED $what: $*" >&2
  sed 's/^/       /' "$scene/said" >&2
}
