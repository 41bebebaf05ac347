#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# Parameters of the templates: given ones, then those of samconfig.toml, then defaults.

# parameter NAME: its given value, or its default. An update would keep the stack's value of a parameter that is not given;
# this assumes the default.
parameter() {
  local pair value=''
  if is_given "$1"; then
    for pair in "${given[@]}"; do
      if [[ $pair == "$1="* ]]; then value=${pair#*=}; fi
    done
  else
    value=$(default_of "$1" "$root/template.yaml")
    [[ -n $value ]] || value=$(default_of "$1" "$root/grafana/template.yaml")
  fi
  printf '%s' "$value"
}

is_given() {
  local pair
  for pair in ${given[@]+"${given[@]}"}; do
    if [[ $pair == "$1="* ]]; then return 0; fi
  done
  return 1
}

default_of() {
  awk -v name="  $1:" '
    $0 == "Parameters:" { inside = 1; next }
    /^[A-Za-z]/ { inside = 0 }
    inside && /^  [A-Za-z]/ { found = ($0 == name) }
    found && $1 == "Default:" { gsub(/"/, "", $2); print $2; exit }
  ' "$2"
}

names_in() {
  awk '
    $0 == "Parameters:" { inside = 1; next }
    /^[A-Za-z]/ { inside = 0 }
    inside && /^  [A-Za-z]+:$/ { sub(/:/, ""); print $1 }
  ' "$@"
}

# A misspelt name would silently skip its check.
parameters_exist() {
  local pair known
  known=$(names_in "$root/template.yaml")
  [[ $grafana == no ]] || known+=$'\n'$(names_in "$root/grafana/template.yaml")
  for pair in ${given[@]+"${given[@]}"}; do
    grep -qx "${pair%%=*}" <<<"$known" ||
      wrong_usage "no template has a parameter ${pair%%=*}; those of grafana/template.yaml need --grafana"
  done
}

# Reads what `sam deploy --config-env` reads: the command's section overrides the environment's global one.
from_samconfig() {
  local said line from_file=()
  [[ -z $stack ]] || wrong_usage "either STACK or --config-env"
  said=$(python3 - "$root/samconfig.toml" "$1" <<'PYTHON'
import shlex, sys, tomllib

file, environment = sys.argv[1:]
config = tomllib.load(open(file, "rb"))
if environment not in config:
    sys.exit(f"samconfig.toml has no environment {environment}")
section = config[environment]
settings = {}
for command in "global", "deploy":
    settings |= section.get(command, {}).get("parameters", {})
overrides = settings.get("parameter_overrides", [])
lines = [overrides] if isinstance(overrides, str) else overrides
print(settings["stack_name"], *(word for line in lines for word in shlex.split(line)), sep="\n")
PYTHON
  ) || wrong_usage "--config-env $1 can't be read"
  while IFS= read -r line; do
    if [[ -z $stack ]]; then stack=$line; else from_file+=("$line"); fi
  done <<<"$said"
  given=(${from_file[@]+"${from_file[@]}"} ${given[@]+"${given[@]}"}) # the last value of a name counts
}

# The templates' patterns and rules refuse the same values, but only after the upload.
formats() {
  checking parameters
  local label labels domain cidr before=$failures
  domain=$(parameter DomainName)
  IFS=. read -ra labels <<<"$domain"
  for label in ${labels[@]+"${labels[@]}"}; do
    ((${#label} <= 63)) || fail "DomainName: ${label:0:20}... has ${#label} characters, and a label may have 63"
  done
  ((${#domain} <= 253)) || fail "DomainName has ${#domain} characters, and a name may have 253"
  if [[ -n $(parameter CanaryRate) && $(parameter WorkerBatchWindow) == 60 ]]; then
    fail "WorkerBatchWindow=60 is longer than the canary waits for its email" "WorkerBatchWindow=30, or no CanaryRate"
  fi
  if [[ $grafana == yes ]]; then
    cidr=$(parameter GrafanaAllowedCidr)
    is_range "$cidr" || fail "GrafanaAllowedCidr=$cidr is not an IPv4 range with a prefix of 1 to 32 bits" \
      "GrafanaAllowedCidr=\$(curl -s https://checkip.amazonaws.com)/32"
  fi
  ((failures > before)) || ok "well formed"
}

is_range() {
  local number='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
  local range="^($number\\.){3}$number/(3[0-2]|[12][0-9]|[1-9])\$"
  [[ $1 =~ $range ]]
}
