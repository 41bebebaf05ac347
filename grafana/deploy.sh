#!/usr/bin/env bash
# Deploys Grafana's stack beside a mail stack; --help has the rest.
# shellcheck disable=SC2154 # variables shared with beside.sh
set -euo pipefail

script=grafana/deploy.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=delivery/beside.sh
. "$here/../delivery/beside.sh"
image_files=(Dockerfile start.sh provisioning dashboards) # what an image is built from

help() {
  cat <<'HELP'
usage: grafana/deploy.sh [--no-image] MAIL_STACK [NAME=VALUE ...]

Deploys Grafana as the stack MAIL_STACK-grafana, behind the load balancer of MAIL_STACK, which must be there. Run it
again to change a parameter, to update image or instance, and after MAIL_STACK has got a certificate.

  GrafanaAllowedCidr=203.0.113.7/32   who may open it; nobody at first
  GrafanaInstanceType=t3.small        t2.micro, t3.micro (the default), t3.small or t3.medium
  GrafanaSubnets=private              an instance without a public address; public is the default
  GrafanaEgress=endpoints             its way to AWS: a NAT gateway (nat, the default) or endpoints (grafana/README.md)
  GrafanaImageDigest=sha256:...       an earlier image of the repository; empty: Grafana's own, without dashboards
  GrafanaAmi  ContainerInsights  LogRetention  PermissionsBoundaryArn    see grafana/template.yaml

A parameter that is not given keeps the value that it has. The image with the dashboards is built with Docker, unless
the repository has it already. --no-image builds none and leaves the image that runs.

Needs the AWS CLI with credentials and a region (AWS_PROFILE, AWS_REGION), and for the image Docker and a git checkout.
HELP
}

main() {
  arguments "$@"
  if $build; then commit; fi
  mail_stack Vpc=load-balancer/vpc SubnetA=load-balancer/subnet-a SubnetB=load-balancer/subnet-b \
    LoadBalancerSecurityGroup=load-balancer/security-group Listener=load-balancer/listener \
    LoadBalancerFullName=load-balancer/full-name Url=load-balancer/url Tls=load-balancer/tls AlarmTopic=alarms/topic \
    MailStackSuffix=names/suffix
  service_linked_role
  if $build; then
    if ! repository; then
      echo "== $stack: with Grafana's own image at first, because the repository for ours is a part of the stack"
      deploy
      repository || die "$stack was deployed and has no repository: $said"
    fi
    image
    deploy "GrafanaImageDigest=$digest"
  else
    deploy
  fi
  report
}

arguments() {
  build=true why='' mail='' parameters=()
  local argument
  for argument; do
    case $argument in
      -h | --help) help && exit ;;
      --no-image) build=false why="--no-image was given" ;;
      -*) die "unknown option $argument; see --help" ;;
      GrafanaImageDigest=*) parameters+=("$argument") build=false why="GrafanaImageDigest was given" ;;
      GrafanaAllowedCidr=* | GrafanaInstanceType=* | GrafanaAmi=*) parameters+=("$argument") ;;
      GrafanaSubnets=* | GrafanaEgress=* | ContainerInsights=* | LogRetention=* | PermissionsBoundaryArn=*) parameters+=("$argument") ;;
      # The AWS CLI ignores a parameter that the template doesn't have.
      *=*) die "Grafana's stack has no parameter ${argument%%=*} to be given; see --help" ;;
      *) if [[ -z $mail ]]; then mail=$argument; else die "two stacks are given, $mail and $argument; see --help"; fi ;;
    esac
  done
  if [[ -z $mail ]]; then help >&2 && exit 2; fi
  beside grafana
  if $build && ! docker info >/dev/null 2>&1; then build=false why="Docker is not installed or not running"; fi
}

# An image's tag is the commit that last changed its files, so that the same files are never pushed twice.
commit() {
  local changed
  changed=$(cd "$here" && git status --porcelain -- "${image_files[@]}" 2>&1) ||
    die "the image's tag is a commit, and git can't tell it ($changed); use a git checkout, or --no-image"
  [[ -z $changed ]] || die "the image's tag is a commit, and these changes are in none; commit them, or use --no-image:
$changed"
  tag=$(cd "$here" && git log -1 --format=%H -- "${image_files[@]}")
}

# ECS creates this role with the first cluster of an account, and may then fail to use it in time:
# https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818
service_linked_role() {
  local create=(iam create-service-linked-role --aws-service-name ecs.amazonaws.com)
  if ask iam get-role --role-name AWSServiceRoleForECS; then return; fi
  if ask "${create[@]}"; then
    echo "== created ECS's service-linked role; it takes some seconds until ECS can use it"
    sleep 15 # IAM shows the role at once, and no call of ECS tells whether ECS sees it
  elif [[ $said != *"has been taken"* ]]; then # else it is there, and these credentials may not look at it
    die "the account has no service-linked role for ECS; ask an administrator to run \"aws ${create[*]}\" once: $said"
  fi
}

# Sets the address of the stack's repository. Fails if there is none yet.
repository() {
  if ask ecr describe-repositories --repository-names "$stack" --query 'repositories[0].repositoryUri'; then
    uri=$said
  elif [[ $said == *RepositoryNotFoundException* ]]; then
    return 1
  else
    die "the repository $stack can't be read: $said"
  fi
}

# Sets the digest of the image, after building and pushing it if the repository has none with its tag.
image() {
  local find=(ecr describe-images --repository-name "$stack" --image-ids "imageTag=$tag")
  find+=(--query 'imageDetails[0].imageDigest')
  if ask "${find[@]}"; then
    echo "== image $tag is in the repository already"
  else
    [[ $said == *ImageNotFoundException* ]] || die "the images of the repository $stack can't be read: $said"
    echo "== building and pushing $uri:$tag"
    aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}" >/dev/null ||
      die "Docker can't log in to ${uri%%/*}"
    # Attestations would turn the image into an index of images that have no tags.
    BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker build --platform linux/amd64 --tag "$uri:$tag" "$here" ||
      die "the image was not built; $stack runs as before"
    docker push "$uri:$tag" || die "the image was not pushed; $stack runs as before"
    ask "${find[@]}" || die "the image was pushed, and its digest can't be read: $said"
  fi
  digest=$said
}

report() {
  local url cidr image subnets egress none="Grafana's own, without dashboards"
  ask cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].[
    Outputs[?OutputKey=='GrafanaUrl']|[0].OutputValue,
    Parameters[?ParameterKey=='GrafanaAllowedCidr']|[0].ParameterValue,
    Parameters[?ParameterKey=='GrafanaSubnets']|[0].ParameterValue,
    Parameters[?ParameterKey=='GrafanaEgress']|[0].ParameterValue,
    Parameters[?ParameterKey=='GrafanaImageDigest']|[0].ParameterValue]" || die "$stack can't be read: $said"
  IFS=$'\t' read -r url cidr subnets egress image <<<"$said"
  if [[ $subnets-$egress == private-endpoints ]]; then
    none="none, so nothing runs: with GrafanaEgress=endpoints the instance reaches this stack's repository alone"
  fi
  echo
  echo "address     $url"
  if [[ $url == http:* ]]; then echo "            Over plain HTTP the password crosses the network in the clear."; fi
  echo "password    of the user admin:"
  echo "            aws secretsmanager get-secret-value --secret-id $stack-admin --query SecretString --output text"
  echo "open to     $cidr$([[ $cidr != 127.* ]] || echo ", which is nobody")"
  echo "            for your own address:"
  echo "            grafana/deploy.sh $mail GrafanaAllowedCidr=\$(curl -s https://checkip.amazonaws.com)/32"
  echo "image       ${image:-"$none"}${why:+; none was built, because $why}"
  if [[ -z $image ]]; then echo "            with dashboards, where Docker runs: grafana/deploy.sh $mail"; fi
}

main "$@"
