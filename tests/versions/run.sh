#!/usr/bin/env bash
# Tests that the functions of another version work beside those of this one. Builds `api` and `worker` of a commit, and runs
# tests/versions with them: the old `api` with the new `worker`, and the reverse, on one bucket.
#
#     tests/versions/run.sh COMMIT...
#
# A first build takes some minutes. Sources, executables and a common target directory stay in target/versions, or in
# $MAILROOM_VERSIONS.
set -euo pipefail
cd "$(dirname "$0")/../.."
(($# > 0)) || { echo "usage: tests/versions/run.sh COMMIT..." >&2; exit 2; }
mkdir -p "${MAILROOM_VERSIONS:=target/versions}"
versions=$(cd "$MAILROOM_VERSIONS" && pwd)

main() {
  for name in "$@"; do
    local commit
    commit=$(git rev-parse --verify "$name^{commit}")
    [[ -x $versions/$commit/worker ]] || build "$commit"
    echo "== beside $(git log -1 --format='%h %s' "$commit")"
    MAILROOM_OTHER_VERSION=$versions/$commit cargo test --locked -p end-to-end versions:: -- --nocapture
  done
}

# Each commit has its own source directory: cargo compares times, and would consider an older file built.
build() {
  local source=$versions/$1/source
  mkdir -p "$source"
  git archive "$1" | tar -x -m -C "$source"
  (cd "$source" && CARGO_TARGET_DIR=$versions/target cargo build --locked --bin api --bin worker)
  cp "$versions/target/debug/api" "$versions/target/debug/worker" "$versions/$1/"
}

main "$@"
