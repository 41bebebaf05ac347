#!/usr/bin/env bash
# Deploys a bundle (delivery/build.sh) to one environment of samconfig.toml, lets the bundle's own `mailroom check` ask
# whether it works, and goes back to the last good bundle if not.
#
#   delivery/deploy.sh dev|staging|prod BUNDLE.tar
#
#   ARTIFACTS_BUCKET      bucket of delivery/access.yaml: uploads, and {stack}/last-good.tar
#   CLOUDFORMATION_ROLE   ARN of the role that CloudFormation works with, of delivery/access.yaml too
#   PARAMETERS            NAME=VALUE ...: parameters of the template that belong to an account and not into samconfig.toml
#
# Needs the SAM CLI, the AWS CLI with credentials and a region, Python 3.11, and skopeo for the image.
#
# A deployment that CloudFormation or CodeDeploy refuses rolls itself back. What is rolled back here is one that both
# took for good; then CodeDeploy is done, and going back means deploying what was there before.
set -euo pipefail

if (($# != 2)); then
  echo "usage: $0 ENVIRONMENT BUNDLE.tar" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
environment=$1 new=$2
: "${ARTIFACTS_BUCKET:?}" "${CLOUDFORMATION_ROLE:?}"
read -ra parameters <<<"${PARAMETERS:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  unpack "$new" "$work/new"
  stack=$(python3 "$here/settings.py" "$work/new/samconfig.toml" "$environment" stack-name)
  last_good=s3://$ARTIFACTS_BUCKET/$stack/last-good.tar

  deploy "$work/new"
  if works "$work/new"; then
    remember "$work/new"
    return
  fi

  echo "::error::the smoke test failed: going back to the last good version" >&2
  aws s3 cp --only-show-errors "$last_good" "$work/last-good.tar" || {
    echo "::error::there is no last good version of $stack: what was deployed stays" >&2
    exit 1
  }
  unpack "$work/last-good.tar" "$work/good"
  deploy "$work/good"
  if works "$work/good"; then
    echo "::error::$(version "$work/new") failed its smoke test; $stack is at $(version "$work/good") again" >&2
  else
    echo "::error::the last good version of $stack, $(version "$work/good"), fails its smoke test too" >&2
  fi
  exit 1
}

unpack() {
  mkdir "$2"
  tar --extract --file "$1" --directory "$2"
}

version() {
  cat "$1/version"
}

# The image's repository is part of the stack, so a new stack is deployed without the image first.
deploy() {
  local bundle=$1 repository tag
  echo "== $stack: $(version "$bundle")"
  repository=$(repository_of_stack)
  if [[ -z $repository ]]; then
    sam_deploy "$bundle"
    repository=$(repository_of_stack)
    [[ -n $repository ]] || return 0 # a stack without Grafana
  fi
  tag=$(version "$bundle")
  push_image "$bundle" "$repository" "$tag"
  sam_deploy "$bundle" "GrafanaImageTag=$tag"
}

sam_deploy() {
  local bundle=$1
  shift
  # Grafana's tag is the pipeline's to say; PARAMETERS come last and may say otherwise.
  python3 "$here/settings.py" "$bundle/samconfig.toml" "$environment" write "$bundle/deploy.yaml" \
    "$@" ${parameters[@]+"${parameters[@]}"} --bucket "$ARTIFACTS_BUCKET" --role-arn "$CLOUDFORMATION_ROLE"
  sam deploy --template-file "$bundle/template.yaml" --config-file "$bundle/deploy.yaml" --config-env "$environment"
}

# As it is, digest and all. A last good bundle has no archive: its image is in the repository since it was deployed.
push_image() {
  local bundle=$1 repository=$2 tag=$3
  aws ecr get-login-password | skopeo login --username AWS --password-stdin "${repository%%/*}"
  if skopeo inspect --raw "docker://$repository:$tag" >/dev/null 2>&1; then return; fi
  skopeo copy --preserve-digests "oci-archive:$bundle/grafana.tar" "docker://$repository:$tag"
}

# Each version is asked by its own program, which knows what that version answers.
works() {
  "$1/mailroom" check --stack "$stack"
}

# Without the image, which the repository keeps; in one step, so that there is always a whole one.
remember() {
  tar --create --file "$work/last-good.tar" --directory "$1" --exclude ./grafana.tar --exclude ./deploy.yaml .
  aws s3 cp --only-show-errors "$work/last-good.tar" "$last_good"
}

repository_of_stack() {
  output GrafanaRepositoryUri 2>/dev/null || true # no stack yet
}

output() {
  local value
  value=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]")
  [[ $value == None ]] || printf '%s' "$value"
}

main
