#!/usr/bin/env bash
# pack-mailroom.sh VERSION PLATFORM...: release/mailroom-{VERSION}-{PLATFORM}.tar.gz with the program and its licences.
# PLATFORM is linux-x86_64 or linux-arm64, built on Linux, or macos-arm64 or macos-x86_64, built on such a Mac.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
shift
packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
cp LICENSE-APACHE LICENSE-MIT "$packed/"
mkdir -p release

for platform; do
  case $platform in
    linux-x86_64) delivery/build-mailroom.sh x86_64 "$packed/mailroom" ;;
    linux-arm64) delivery/build-mailroom.sh aarch64 "$packed/mailroom" ;;
    macos-*)
      cargo build --profile tools --locked --package mailroom
      cp target/tools/mailroom "$packed/"
      ;;
    *) echo "unknown platform $platform: use linux-x86_64, linux-arm64, macos-arm64 or macos-x86_64" >&2 && exit 2 ;;
  esac
  tar -czf "release/mailroom-$version-$platform.tar.gz" -C "$packed" mailroom LICENSE-APACHE LICENSE-MIT
done
