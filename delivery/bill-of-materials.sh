#!/usr/bin/env bash
# bill-of-materials.sh VERSION DIRECTORY: writes the crates of each released binary (CycloneDX, JSON) into a file for Linux
# and, for `mailroom`, one for macOS. The processor makes no difference. Needs cargo-cyclonedx, which writes beside the
# sources.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 directory=$2
mkdir -p "$directory"
trap 'find crates cli functions tests -name "*.cdx.json" -delete' EXIT

bill() {
  local name=$1 package=$2 platform=$3 target=$4
  cargo cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --target "$target" --manifest-path "$package/Cargo.toml"
  mv "$package/$name.cdx.json" "$directory/$name-$version-$platform.cdx.json"
}

bill api functions/api linux aarch64-unknown-linux-gnu
bill worker functions/worker linux aarch64-unknown-linux-gnu
bill canary functions/canary linux aarch64-unknown-linux-gnu
bill mailroom cli/mailroom linux aarch64-unknown-linux-gnu
bill mailroom cli/mailroom macos aarch64-apple-darwin
