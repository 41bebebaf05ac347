#!/usr/bin/env bash
# Does delivery/deploy.sh do the right thing when a deployment goes wrong? AWS, SAM, skopeo and the bundle's
# mailroom are played by this script: they write down what they are asked, and answer from files. Needs bash and Python 3.11.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
scene=$(mktemp -d)
trap 'rm -rf "$scene"' EXIT
failures=0

main() {
  bad_after_good
  good_deployments
  bad_without_a_last_good
  last_good_fails_too
  new_stack
  stack_without_grafana
  refused_by_cloudformation
  image_that_is_there
  ((failures == 0)) || exit 1
  echo "deploy.sh: every scenario as it should be"
}

bad_after_good() {
  start "what fails its smoke test is followed by the last good version"
  give_stack && give_last_good old && give_bundle new
  printf '%s\n' bad good >"$scene/verdicts"
  deploy 1
  saw "copy new" "sam tag=new" "check new" "sam tag=old" "check old"
  remembered old
}

good_deployments() {
  start "what passes its smoke test becomes the last good version"
  give_stack && give_last_good old && give_bundle new
  echo good >"$scene/verdicts"
  deploy 0
  saw "copy new" "sam tag=new" "check new"
  remembered new
  ! tar -tf "$scene/s3" | grep -qF grafana.tar || wrong "the last good version holds the image"
}

bad_without_a_last_good() {
  start "a first version that fails its smoke test stays and is not remembered"
  give_stack && give_bundle new
  echo bad >"$scene/verdicts"
  deploy 1
  saw "copy new" "sam tag=new" "check new"
  [[ ! -e $scene/s3 ]] || wrong "it is remembered"
}

last_good_fails_too() {
  start "a last good version that fails its smoke test too ends it"
  give_stack && give_last_good old && give_bundle new
  printf '%s\n' bad bad >"$scene/verdicts"
  deploy 1
  saw "copy new" "sam tag=new" "check new" "sam tag=old" "check old"
  remembered old
}

new_stack() {
  start "a new stack is deployed without the image first"
  give_bundle new
  echo good >"$scene/verdicts"
  deploy 0
  saw "sam tag=" "copy new" "sam tag=new" "check new"
}

stack_without_grafana() {
  start "a stack without Grafana is deployed once"
  give_bundle new
  touch "$scene/no-grafana"
  echo good >"$scene/verdicts"
  deploy 0
  saw "sam tag=" "check new"
}

refused_by_cloudformation() {
  start "what CloudFormation refuses is neither tested nor rolled back twice"
  give_stack && give_last_good old && give_bundle new
  touch "$scene/refuses"
  deploy 1
  saw "copy new" "sam tag=new"
  remembered old
}

image_that_is_there() {
  start "an image that is in the repository is not pushed again"
  give_stack && give_bundle new
  touch "$scene/image-new"
  echo good >"$scene/verdicts"
  deploy 0
  saw "sam tag=new" "check new"
}

start() {
  what=$1
  rm -rf "$scene"
  mkdir -p "$scene/bin"
  touch "$scene/verdicts" "$scene/log"
  for name in aws sam skopeo; do player "$name" "$scene/bin/$name"; done
}

# player NAME FILE
player() {
  printf '#!/usr/bin/env bash\nset -euo pipefail\nscene=%q\n' "$scene" >"$2"
  declare -f "play_$1" >>"$2"
  echo "play_$1 \"\$@\"" >>"$2"
  chmod +x "$2"
}

give_stack() { touch "$scene/stack"; }

# bundle VERSION FILE
bundle() {
  local directory=$scene/bundle-$1
  mkdir "$directory"
  printf '[dev.deploy.parameters]\nstack_name = "mailroom-dev"\nresolve_s3 = true\nparameter_overrides = "LogLevel=INFO"\n' \
    >"$directory/samconfig.toml"
  echo "$1" >"$directory/version"
  touch "$directory/template.yaml" "$directory/grafana.tar"
  player mailroom "$directory/mailroom"
  tar -cf "$2" -C "$directory" .
}

give_bundle() { bundle "$1" "$scene/bundle.tar"; }
give_last_good() { bundle "$1" "$scene/s3"; touch "$scene/image-$1"; }

deploy() {
  local status=0
  PATH=$scene/bin:$PATH ARTIFACTS_BUCKET=artifacts CLOUDFORMATION_ROLE=arn:role \
    PARAMETERS="AlarmEmail=ops@example.com" "$root/delivery/deploy.sh" dev "$scene/bundle.tar" \
    >"$scene/said" 2>&1 || status=$?
  [[ $status == "$1" ]] || wrong "it ends with $status instead of $1"
}

# The calls that change something, in this order.
saw() {
  local wanted
  wanted=$(printf '%s\n' "$@")
  [[ $(cat "$scene/log") == "$wanted" ]] || wrong "it does: $(tr '\n' ';' <"$scene/log")"
}

remembered() {
  [[ $(tar -xOf "$scene/s3" ./version) == "$1" ]] || wrong "the last good version is not $1"
}

wrong() {
  failures=$((failures + 1))
  echo "FAILED $what: $*" >&2
  sed 's/^/       /' "$scene/said" >&2
}

play_sam() {
  while (($# > 1)) && [[ $1 != --config-file ]]; do shift; done
  python3 - "$2" >>"$scene/log" <<'PYTHON'
import json, sys
parameters = json.load(open(sys.argv[1]))["dev"]["deploy"]["parameters"]
overrides = dict(word.split("=", 1) for word in parameters["parameter_overrides"])
assert overrides["LogLevel"] == "INFO" and overrides["AlarmEmail"] == "ops@example.com", overrides
assert parameters["s3_bucket"] == "artifacts" and "resolve_s3" not in parameters, parameters
print("sam tag=" + overrides.get("GrafanaImageTag", ""))
PYTHON
  [[ ! -e $scene/refuses ]]
  touch "$scene/stack"
}

play_aws() {
  case "$*" in
    "cloudformation describe-stacks"*GrafanaRepositoryUri*)
      [[ -e $scene/stack ]]
      if [[ -e $scene/no-grafana ]]; then echo None; else echo 1.dkr.ecr.eu-central-1.amazonaws.com/mailroom; fi
      ;;
    "ecr get-login-password") echo password ;;
    "s3 cp"*" s3://"*" "*) cp "$scene/s3" "${@: -1}" ;;
    "s3 cp"*" s3://"*) cp "${@: -2:1}" "$scene/s3" ;;
    *) echo "aws is asked: $*" >&2 && exit 64 ;;
  esac
}

play_skopeo() {
  local image=${*: -1}
  case $1 in
    login) [[ $(cat) == password ]] ;;
    inspect) [[ -e $scene/image-${image##*:} ]] ;;
    copy) echo "copy ${image##*:}" >>"$scene/log" ;;
  esac
}

# Each bundle has its own.
play_mailroom() {
  [[ $* == "check --stack mailroom-dev" ]] || { echo "mailroom is asked: $*" >&2 && exit 64; }
  echo "check $(cat "${0%/*}/version")" >>"$scene/log"
  local verdict
  verdict=$(head -1 "$scene/verdicts")
  sed -i.old 1d "$scene/verdicts"
  [[ $verdict == good ]] || exit 3
}

main
