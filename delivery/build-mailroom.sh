#!/usr/bin/env bash
# build-mailroom.sh x86_64|aarch64 FILE: builds `mailroom` for Linux with glibc 2.28 or later: Debian 10, Ubuntu 18.10,
# Amazon Linux 2023, RHEL 8. zig links for that version on any machine. Needs Rust with the target and delivery/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/target/venv-delivery/bin:$PATH

processor=$1 file=$2
glibc=2.28
cargo zigbuild --profile tools --locked --package mailroom --target "$processor-unknown-linux-gnu.$glibc"
binary=target/$processor-unknown-linux-gnu/tools/mailroom
python3 delivery/glibc.py "$binary" "$glibc"
cp "$binary" "$file"
