#!/usr/bin/env bash
# Builds the bundle that every environment deploys, target/delivery/bundle.tar:
#
#   template.yaml, samconfig.toml   as of this commit
#   ApiFunction.zip, WorkerFunction.zip, CanaryFunction.zip
#   mailroom                        for this machine: tests a deployed system
#   version                         the commit
#
#   delivery/build.sh [BUILT [MAILROOM]]    uses this output of `sam build` and this program instead of building them
#
# Needs Linux, Rust with the targets of the functions and of this machine, and delivery/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/target/venv-delivery/bin:$PATH

built=${1:-} mailroom=${2:-}
bundle=target/delivery/bundle
rm -rf target/delivery
mkdir -p "$bundle"

architecture=$(python3 delivery/settings.py architecture samconfig.toml)
if [[ -z $built ]]; then
  built=.aws-sam/build
  sam build
  # SAM can't pass --locked, and what is deployed must be what was tested.
  git diff --exit-code Cargo.lock ||
    { echo "sam build changed Cargo.lock: it was not up to date; run cargo check, commit it and build again" >&2; exit 1; }
fi
if [[ -z $mailroom ]]; then
  mailroom=target/delivery/mailroom
  delivery/build-mailroom.sh "$(uname -m)" "$mailroom"
fi

# `sam deploy` would zip them anew for each environment. Fixed permissions and times make the same zip of the same binary.
for function in ApiFunction WorkerFunction CanaryFunction; do
  python3 delivery/zip_function.py "$architecture" "$built/$function/bootstrap" "$bundle/$function.zip"
  grep -qx "  *CodeUri: $function" "$built/template.yaml" ||
    { echo "$built/template.yaml has no CodeUri: $function" >&2; exit 1; }
done
sed -E 's/^( *CodeUri: (ApiFunction|WorkerFunction|CanaryFunction))$/\1.zip/' "$built/template.yaml" >"$bundle/template.yaml"
cp samconfig.toml "$bundle/"
cp "$mailroom" "$bundle/mailroom"
git rev-parse HEAD >"$bundle/version"

tar --create --file target/delivery/bundle.tar --directory "$bundle" .
(cd "$bundle" && sha256sum -- *)
