#!/usr/bin/env bash
# Builds what is deployed, once, for every environment: target/delivery/bundle.tar, with
#
#   template.yaml, samconfig.toml   as of this commit
#   ApiFunction.zip, WorkerFunction.zip
#   grafana.tar                     Grafana's image as an OCI archive, so that it keeps its digest wherever it is pushed
#   mailroom                        for this machine: what asks a system, once it is deployed, whether it works
#   version                         the commit, and the image's tag
#
# Needs Rust with the target aarch64-unknown-linux-gnu, Docker with buildx, and delivery/setup.sh. A directory as the
# first argument is taken for the output of `sam build` instead of building; with a second one, a file, that is taken
# for `mailroom`.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/target/venv-delivery/bin:$PATH

built=${1:-} mailroom=${2:-}
bundle=target/delivery/bundle
rm -rf target/delivery
mkdir -p "$bundle"

if [[ -z $built ]]; then
  built=.aws-sam/build
  sam build
  git diff --exit-code Cargo.lock # what is deployed is what was tested; SAM can't be told --locked
fi
if [[ -z $mailroom ]]; then
  mailroom=target/release/mailroom
  cargo build --release --locked --package mailroom
fi

# Zipped here and not by each `sam deploy`, so that dev, staging and prod get the same bytes. Permissions and times are
# fixed, so the same binary makes the same zip.
for function in ApiFunction WorkerFunction; do
  python3 delivery/zip_function.py "$built/$function/bootstrap" "$bundle/$function.zip"
  grep -qx "  *CodeUri: $function" "$built/template.yaml" ||
    { echo "$built/template.yaml has no CodeUri: $function" >&2; exit 1; }
done
sed -E 's/^( *CodeUri: (ApiFunction|WorkerFunction))$/\1.zip/' "$built/template.yaml" >"$bundle/template.yaml"
cp samconfig.toml "$bundle/"
cp "$mailroom" "$bundle/mailroom"
git rev-parse HEAD >"$bundle/version"

if [[ -f grafana/Dockerfile && ${GRAFANA:-yes} == yes ]]; then
  # The default builder can't write OCI archives. An attestation would make the image an index of two manifests.
  docker buildx create --name mailroom-delivery --driver docker-container >/dev/null
  trap 'docker buildx rm mailroom-delivery >/dev/null' EXIT
  docker buildx build --builder mailroom-delivery --platform linux/amd64 --provenance=false --sbom=false \
    --output "type=oci,dest=$bundle/grafana.tar" grafana
fi

tar --create --file target/delivery/bundle.tar --directory "$bundle" .
(cd "$bundle" && sha256sum -- *)
