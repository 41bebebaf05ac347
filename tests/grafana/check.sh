#!/usr/bin/env bash
# Tests that grafana/deploy.sh does the right thing, in order, and stops with the right message. fake.py stands in for AWS
# and Docker; git is real, in a copy of grafana/. Needs target/venv (tests/python/setup.sh).
# shellcheck disable=SC2154 # variables shared with scene.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=/dev/null
. tests/grafana/scene.sh

main() {
  tests/python/setup.sh
  first_deployment
  second_deployment
  new_dashboards
  without_docker
  without_image
  private
  by_digest
  without_the_mail_stack
  service_linked_role
  refused_by_cloudformation
  image_that_fails
  uncommitted_files
  wrong_arguments
  every_parameter
  ((failures == 0)) || exit 1
  echo "grafana/deploy.sh: every scenario as it should be"
}

first_deployment() {
  start "the first deployment runs Grafana's own image until ours is in the repository"
  deploy 0 "$mail"
  did "deploy without our image" "build $short" "push $short" "deploy $digest"
  says "http://alb.example.org/grafana/" "password crosses the network in the clear" "127.0.0.1/32, which is nobody" \
    "--secret-id $stack-admin" "grafana/deploy.sh $mail GrafanaAllowedCidr=" "$digest"
  says_not "without dashboards" "none was built"
}

second_deployment() {
  start "a second deployment pushes nothing and keeps what the first was given"
  deploy 0 "$mail" GrafanaAllowedCidr=203.0.113.7/32 LogRetention=30
  forget
  deploy 0 "$mail"
  did "deploy $digest"
  says "is in the repository already" "203.0.113.7/32"
  says_not "nobody"
  has LogRetention 30

  start "a mail stack with TLS"
  account 'state["ssm"]["/mailroom-dev/load-balancer/url"] = "https://mail.example.org"'
  deploy 0 "$mail"
  says "https://mail.example.org/grafana/"
  says_not "in the clear"
}

new_dashboards() {
  start "a commit that changes no file of the image builds none"
  deploy 0 "$mail"
  echo "# text" >>"$scene/checkout/grafana/README.md"
  git_in commit -qam "text"
  forget
  deploy 0 "$mail"
  did "deploy $digest"

  start "a commit that changes a dashboard builds an image"
  deploy 0 "$mail"
  echo >>"$scene/checkout/grafana/dashboards/service-health.json"
  git_in commit -qam "dashboard"
  read_tag
  forget
  deploy 0 "$mail"
  did "build $short" "push $short" "deploy $digest"
}

without_docker() {
  start "without Docker, Grafana's own image runs, and the way to ours is shown"
  account 'state["docker"] = False'
  deploy 0 "$mail"
  did "deploy without our image"
  says "Grafana's own, without dashboards; none was built, because Docker is not installed or not running" \
    "with dashboards, where Docker runs: grafana/deploy.sh $mail"

  start "without Docker, our image stays where it runs already"
  deploy 0 "$mail"
  forget
  account 'state["docker"] = False'
  deploy 0 "$mail"
  did "deploy $digest"
  says_not "without dashboards"
}

without_image() {
  start "--no-image builds none, also from files that are in no commit"
  echo >>"$scene/checkout/grafana/start.sh"
  deploy 0 --no-image "$mail"
  did "deploy without our image"
  says "none was built, because --no-image was given"
}

private() {
  start "through endpoints nothing runs until our image is in the repository"
  deploy 0 --no-image "$mail" GrafanaSubnets=private GrafanaEgress=endpoints
  did "deploy without our image"
  has GrafanaSubnets private
  says "none, so nothing runs" "none was built, because --no-image was given" "where Docker runs: grafana/deploy.sh $mail"
  forget
  deploy 0 "$mail"
  did "build $short" "push $short" "deploy $digest"
  has GrafanaEgress endpoints
  says_not "nothing runs"

  start "through a NAT gateway Grafana's own image runs"
  deploy 0 --no-image "$mail" GrafanaSubnets=private
  has GrafanaEgress nat
  says "Grafana's own, without dashboards"
}

by_digest() {
  start "an earlier image by its digest"
  deploy 0 "$mail"
  forget
  deploy 0 "$mail" GrafanaImageDigest=
  did "deploy without our image"
  forget
  deploy 0 "$mail" "GrafanaImageDigest=$digest"
  did "deploy $digest"

  start "a digest that is in no repository"
  deploy 0 "$mail"
  deploy 1 "$mail" "GrafanaImageDigest=sha256:$(printf '0%.0s' {1..64})"
  says "GrafanaService" "Circuit Breaker" "$stack was not deployed (UPDATE_ROLLBACK_COMPLETE). $mail takes emails"
  has GrafanaImageDigest "$digest"
}

without_the_mail_stack() {
  start "a mail stack that isn't there"
  deploy 1 mailroom-staging
  did
  says "the mail stack mailroom-staging can't be read; deploy it first" "Stack with id mailroom-staging does not exist"

  start "a mail stack that has not written every parameter"
  account 'del state["ssm"]["/mailroom-dev/load-balancer/tls"]' 'del state["ssm"]["/mailroom-dev/alarms/topic"]'
  deploy 1 "$mail"
  did
  says "/mailroom-dev/load-balancer/tls" "/mailroom-dev/alarms/topic" "deploy it with the present template.yaml"
  says_not "/mailroom-dev/load-balancer/vpc"

  start "no AWS CLI"
  rm "$scene/bin/aws"
  path=$scene/bin:/usr/bin:/bin deploy 1 "$mail"
  says "the AWS CLI is not installed: https://"
}

service_linked_role() {
  start "an account that never had a cluster"
  account 'state["role"] = "missing"'
  deploy 0 "$mail"
  did "create the role" "deploy without our image" "build $short" "push $short" "deploy $digest"

  start "a role that these credentials may not look at"
  account 'state["role"] = "hidden"'
  deploy 0 --no-image "$mail"
  did "deploy without our image"

  start "a role that may not be created"
  account 'state["role"] = "denied"'
  deploy 1 "$mail"
  did
  says "ask an administrator to run \"aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com\" once"
  says AccessDenied
}

refused_by_cloudformation() {
  start "a first deployment that fails"
  account 'state["fails"] = ["deploy"]'
  deploy 1 "$mail"
  did "deploy without our image"
  says "GrafanaGroup" "reached your quota" "was not created" "aws cloudformation delete-stack --stack-name $stack"
  says_not address
  account 'state["fails"] = []'
  forget
  deploy 1 "$mail"
  did
  says "is in ROLLBACK_COMPLETE state and can not be updated" "aws cloudformation delete-stack --stack-name $stack"

  start "an update that fails"
  deploy 0 "$mail"
  account 'state["fails"] = ["deploy"]'
  deploy 1 "$mail" GrafanaInstanceType=t3.small
  says "reached your quota" "(UPDATE_ROLLBACK_COMPLETE)"
  has GrafanaInstanceType t3.micro

  start "a value that CloudFormation refuses"
  deploy 1 "$mail" GrafanaAllowedCidr=999.1.1.1/00
  did
  says "Parameter 'GrafanaAllowedCidr' must be"
}

image_that_fails() {
  local step
  for step in build login push; do
    start "an image whose $step fails"
    account "state['fails'] = ['$step']"
    deploy 1 "$mail"
    case $step in
      build) says "the image was not built; $stack runs as before" && did "deploy without our image" ;;
      login) says "Docker can't log in to 123456789012.dkr.ecr.eu-central-1" && did "deploy without our image" ;;
      push) says "the image was not pushed; $stack runs as before" && did "deploy without our image" "build $short" ;;
    esac
    says_not "the image was pushed"
    account 'state["fails"] = []'
    forget
    deploy 0 "$mail"
    did "build $short" "push $short" "deploy $digest"
  done
}

uncommitted_files() {
  start "a changed file of the image"
  echo >>"$scene/checkout/grafana/start.sh"
  deploy 1 "$mail"
  did
  says "these changes are in none; commit them, or use --no-image" "start.sh"

  start "a new dashboard"
  echo '{}' >"$scene/checkout/grafana/dashboards/new.json"
  deploy 1 "$mail"
  did
  says "dashboards/new.json"

  start "no checkout"
  rm -rf "$scene/checkout/.git"
  deploy 1 "$mail"
  did
  says "git can't tell it" "use a git checkout, or --no-image"
}

wrong_arguments() {
  start "arguments"
  deploy 0 --help
  says "usage: grafana/deploy.sh"
  deploy 2
  says "usage: grafana/deploy.sh"
  deploy 1 "$mail" --image
  says "unknown option --image"
  deploy 1 "$mail" GrafanaAllowedCIDR=203.0.113.7/32
  says "has no parameter GrafanaAllowedCIDR"
  deploy 1 "$mail" Vpc=vpc-1
  says "has no parameter Vpc"
  deploy 1 "$mail" mailroom
  says "two stacks are given, $mail and mailroom"
  local name
  for name in Mailroom mailroom- 1mailroom a12345678901234567890 'mail room'; do
    deploy 1 "$name"
    says "$name is not the name of a mail stack"
  done
  did
}

# deploy.sh sets or accepts each parameter of the template, and its help names those that it accepts.
every_parameter() {
  start "parameters"
  local name
  while read -r name; do
    grep -qE "[\" (]$name=" "$root/grafana/deploy.sh" "$root/delivery/beside.sh" || wrong "nothing gives the parameter $name"
    if grep -q "$name=\*" "$root/grafana/deploy.sh"; then
      "$root/grafana/deploy.sh" --help | grep "$name" >/dev/null || wrong "the help doesn't name $name"
    fi
  done < <(sed -n '/^Parameters:/,/^Conditions:/s/^  \([A-Z][A-Za-z]*\):$/\1/p' "$root/grafana/template.yaml")
}

main
