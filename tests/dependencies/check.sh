#!/usr/bin/env bash
# Checks the crates that Mailroom is made of: lock files are up to date, no layer depends on one that it must not know,
# every dependency is used (cargo-machete), deny.toml allows licences, sources and versions, and no advisory
# concerns a dependency (cargo-deny). Builds both tools into target/dependency-tools, which takes minutes the first time.
#
# The advisories come from GitHub. Without access to GitHub, the script skips them with a message; in GitHub Actions it
# fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=target/dependency-tools
machete=0.9.2
deny=0.20.2
failed=()

main() {
  install cargo-machete $machete
  install cargo-deny $deny
  check lock-files lock_files # first: cargo-machete would update them
  check layers layers
  check shared-units python3 -B tests/dependencies/shared.py
  check unused-dependencies unused
  check licences-bans-sources $tools/bin/cargo-deny --locked --log-level error check bans licenses sources
  if has_advisories; then
    check advisories $tools/bin/cargo-deny --locked --log-level error check --disable-fetch advisories
  fi
  if ((${#failed[@]})); then
    echo "FAILED: ${failed[*]}" >&2
    exit 1
  fi
}

# fuzz/ is a workspace of its own that no other check builds, so its lock file would go stale unnoticed.
lock_files() {
  for manifest in Cargo.toml fuzz/Cargo.toml; do
    cargo metadata --locked --format-version 1 --manifest-path $manifest >/dev/null || return 1
  done
}

# The layers: functions, their shared crates, sandbox, programs. Tests may use everything, so dev-dependencies don't count.
layers() {
  local sandbox='sandbox|sandbox-.*' tools='mailroom|mailroom-local|terminal' package ok=0
  for package in api worker canary email probe runtime tokens; do
    without "$package" "$sandbox|$tools|bench" || ok=1
  done
  for package in $(members | grep -xE "$sandbox"); do
    without "$package" "api|worker|canary|email|probe|runtime|tokens|$tools" || ok=1
  done
  without mailroom "api|worker|canary|runtime|$sandbox|mailroom-local" || ok=1
  # A first `cargo demo` would wait longest for the AWS SDKs to compile. `email` adds nothing to what the sandbox compiles.
  without mailroom-local "api|worker|canary|probe|runtime|tokens|mailroom|aws-(config|sdk-.*)" || ok=1
  return $ok
}

members() {
  cargo metadata --locked --no-deps --format-version 1 | grep -oE '"name":"[^"]*","version"' | cut -d'"' -f4
}

# without PACKAGE CRATES: fails if the package is built with one of these.
without() {
  local tree found
  tree=$(cargo tree --locked --package "$1" --edges normal,build --prefix none --format '{p}') || return 1
  found=$(cut -d' ' -f1 <<<"$tree" | grep -vx "$1" | grep -xE "$2" | sort -u) || return 0
  echo "$1 must not depend on ${found//$'\n'/, }"
  return 1
}

# cargo-machete succeeds even if it could not read a crate.
unused() {
  local said
  said=$($tools/bin/cargo-machete --with-metadata . 2>&1) || { echo "$said"; return 1; }
  if grep "error when handling" <<<"$said"; then return 1; fi
}

# A debug build, which takes half the time: each tool runs once.
install() {
  local tool=$1 version=$2
  if [[ -f $tools/$tool-$version ]]; then return; fi
  echo "== building $tool $version"
  cargo install --quiet --debug --locked --root $tools --target-dir $tools/build "$tool" --version "$version"
  touch "$tools/$tool-$version" # last, so that an interrupted installation starts again
}

has_advisories() {
  if $tools/bin/cargo-deny --locked fetch db >$tools/advisories.log 2>&1; then return; fi
  if [[ -n ${GITHUB_ACTIONS:-} ]]; then
    cat $tools/advisories.log >&2
    failed+=(advisories)
  else
    echo "== advisories: skipped, because GitHub is out of reach ($tools/advisories.log)"
  fi
  return 1
}

check() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

main
