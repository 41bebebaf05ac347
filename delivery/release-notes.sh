#!/usr/bin/env bash
# release-notes.sh v1.2.3: prints this version's section of CHANGELOG.md. Fails if the section is missing or empty, or if the
# workspace has another version.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1#v}
workspace=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
if [[ $1 != "v$workspace" ]]; then
  echo "the tag is $1, but Cargo.toml has $workspace: change the version there first" >&2
  exit 1
fi
notes=$(awk -v wanted="## [$version]" '
  /^## / { inside = index($0, wanted) == 1; next }
  /^\[[^]]*\]: / { next } # links, at the end of the file
  inside' CHANGELOG.md)
if [[ -z ${notes//[[:space:]]/} ]]; then
  echo "CHANGELOG.md has no section '## [$version]', or an empty one: rename Unreleased" >&2
  exit 1
fi
printf '%s\n' "$notes" | sed '/./,$!d'
