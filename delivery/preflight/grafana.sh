#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# Requirements of grafana/template.yaml.

grafana_stack() {
  if ! has_load_balancer; then
    checking "Grafana's stack"
    fail "it is behind the load balancer of $stack, and Endpoint=http-api has none" "Endpoint=both" "or without --grafana"
    return 0
  fi
  stack_state "$stack-grafana" "Grafana's stack"
  mail_stack_is_there
  if [[ $new == yes ]]; then
    names_of_grafana
    grafana_roles
  fi
  instance_type
  [[ $(parameter GrafanaSubnets) != private ]] || private_subnets
}

private_subnets() {
  if [[ $(parameter GrafanaEgress) == endpoints ]]; then endpoints_in_the_first_zone; else address_of_nat; fi
}

# The address of the NAT gateway, which a first deployment of private subnets creates.
address_of_nat() {
  checking "NAT's address"
  ask ec2:DescribeAddresses '' ec2 describe-addresses --query "Addresses[?Tags[?Key=='Name'&&Value=='$stack-nat']].PublicIp" ||
    return 0
  if [[ -n $answer ]]; then
    ok "$answer"
    return 0
  fi
  ask ec2:DescribeAddresses '' ec2 describe-addresses --query 'length(Addresses)' --output json &&
    room_for_one_more "$answer" ec2 L-0263D0A3
  return 0
}

endpoints_in_the_first_zone() {
  checking endpoints
  local service missing=() offered names=()
  zones_of_the_mail_stack || return 0
  # shellcheck disable=SC2016 # a text of the template
  while read -r service; do names+=("com.amazonaws.$region.$service"); done < <(
    sed -n 's#.*Type: Interface.*com\.amazonaws\.${AWS::Region}\.\([a-z.-]*\)".*#\1#p' "$root/grafana/template.yaml"
  )
  ask ec2:DescribeVpcEndpointServices '' ec2 describe-vpc-endpoint-services \
    --filters "Name=service-name,Values=$(IFS=, && echo "${names[*]}")" Name=service-type,Values=Interface \
    --query "ServiceDetails[?contains(AvailabilityZones, '${zones[0]}')].ServiceName" || return 0
  offered=" $(tr -s '[:space:]' ' ' <<<"$answer") "
  for service in "${names[@]}"; do
    [[ $offered == *" $service "* ]] || missing+=("$service")
  done
  if ((${#missing[@]} == 0)); then
    ok "${#names[@]} services have one in ${zones[0]}"
  else
    fail "${zones[0]} offers no endpoint of ${missing[*]}" GrafanaEgress=nat
  fi
}

mail_stack_is_there() {
  checking "mail stack"
  local name missing=()
  parameters_in_ssm || return 0
  # The defaults of the template are the names for mailroom-dev.
  while read -r name; do
    grep -q "^/$stack${name}[[:space:]]" <<<"$answer" || missing+=("/$stack$name")
  done < <(sed -n 's#^    Default: /mailroom-dev/#/#p' "$root/grafana/template.yaml")
  if ((${#missing[@]} == 0)); then
    ok "its parameters are in SSM"
  else
    fail "${#missing[@]} of its parameters are not in SSM, such as ${missing[0]}" \
      "deploy $stack first: sam build and sam deploy, as in docs/DEPLOY.md"
  fi
}

names_of_grafana() {
  checking "Grafana's names"
  tried=0 free=0
  log_group_is_free "/ecs/$stack"
  target_group_is_free "$stack-grafana"
  secret_is_free "$stack-grafana-admin"
  is_free "the cluster $stack-cluster" "aws ecs delete-cluster --cluster $stack-cluster" \
    ecs:DescribeClusters '' ecs describe-clusters --clusters "$stack-cluster" \
    --query "clusters[?status!='INACTIVE'].clusterName"
  is_free "the Auto Scaling group $stack-grafana" \
    "aws autoscaling delete-auto-scaling-group --auto-scaling-group-name $stack-grafana" \
    autoscaling:DescribeAutoScalingGroups '' autoscaling describe-auto-scaling-groups \
    --auto-scaling-group-names "$stack-grafana" --query 'AutoScalingGroups[].AutoScalingGroupName'
  is_free "the repository $stack-grafana" "aws ecr delete-repository --repository-name $stack-grafana --force" \
    ecr:DescribeRepositories '(RepositoryNotFoundException)' \
    ecr describe-repositories --repository-names "$stack-grafana" --query 'repositories[].repositoryName'
  alarms_are_free "$root/grafana/template.yaml"
  all_free
}

grafana_roles() {
  # ECS creates it with the first cluster and assumes it before IAM has replicated it; a capacity provider fails too.
  # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818
  service_linked_role "role of ECS" AWSServiceRoleForECS ecs.amazonaws.com fail \
    "the first cluster of an account can fail without it"
  # https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
  service_linked_role "role of Auto Scaling" AWSServiceRoleForAutoScaling autoscaling.amazonaws.com warn \
    "it is created with the first group, whose first instance can then be minutes late"
}

instance_type() {
  local type architectures eligible cpus processors=ProcessorInfo.SupportedArchitectures
  type=$(parameter GrafanaInstanceType)
  checking "instance type"
  ask ec2:DescribeInstanceTypes '(InvalidInstanceType)' ec2 describe-instance-types --instance-types "$type" \
    --query "InstanceTypes[0].[FreeTierEligible, VCpuInfo.DefaultVCpus, join(' ', $processors)]" || return 0
  if [[ -z $answer ]]; then
    fail "$region has no $type" "GrafanaInstanceType=t3.micro"
    return 0
  fi
  IFS=$'\t' read -r eligible cpus architectures <<<"$answer"
  if [[ " $architectures " != *" x86_64 "* ]]; then
    fail "$type is $architectures, and the images are for x86_64" "GrafanaInstanceType=t3.micro"
    return 0
  fi
  offered_in_both_zones "$type"
  free_plan "$type" "$eligible"
  instance_quota "$type" "$cpus"
}

# The zones of the mail stack's subnets, or those that a new stack would get.
offered_in_both_zones() {
  checking "instance's zones"
  local type=$1 zone offered
  zones_of_the_mail_stack || return 0
  ask ec2:DescribeInstanceTypeOfferings '' ec2 describe-instance-type-offerings --location-type availability-zone \
    --filters "Name=instance-type,Values=$type" --query 'InstanceTypeOfferings[].Location' || return 0
  if ((${#zones[@]} < 2)); then
    fail "the region has no two zones for the subnets" "see the check of the zones"
    return 0
  fi
  offered=" $(tr -s '[:space:]' ' ' <<<"$answer") "
  for zone in "${zones[@]:0:2}"; do
    if [[ $offered != *" $zone "* ]]; then
      fail "$type is not offered in $zone" "GrafanaInstanceType=... one that both zones offer:" \
        "aws ec2 describe-instance-type-offerings --location-type availability-zone \\" \
        "  --filters Name=location,Values=$zone --query 'InstanceTypeOfferings[].InstanceType'"
      return 0
    fi
  done
  ok "$type is offered in ${zones[*]:0:2}"
}

zones_of_the_mail_stack() {
  ask ssm:GetParameters '' ssm get-parameters --query 'Parameters[].Value' \
    --names "/$stack/load-balancer/subnet-a" "/$stack/load-balancer/subnet-b" || return 1
  if [[ -z $answer ]]; then
    find_zones
    return
  fi
  # shellcheck disable=SC2086 # two ids
  ask ec2:DescribeSubnets '' ec2 describe-subnets --subnet-ids $answer --query 'Subnets[].AvailabilityZone' || return 1
  sort_zones "$answer"
}

# Accounts on the free plan launch only free-tier eligible instances. Accounts older than 15 July 2025 have no plan. The
# API exists in us-east-1, in the partition aws only.
# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_freetier_GetAccountPlanState.html
free_plan() {
  [[ $partition == aws ]] || return 0
  checking "free plan"
  local plan status
  ask freetier:GetAccountPlanState '(ResourceNotFoundException)' freetier get-account-plan-state --region us-east-1 \
    --query '[accountPlanType, accountPlanStatus]' || return 0
  read -r plan status <<<"$answer"
  if [[ $plan != FREE ]]; then
    ok "the account is not on it"
  elif [[ $status == EXPIRED ]]; then
    fail "it has ended, and AWS closes the account" \
      "aws freetier upgrade-account-plan --account-plan-type PAID --region us-east-1"
  elif [[ $2 == True ]]; then
    ok "$1 is eligible"
  else
    fail "the account is on it, and may not launch a $1" "GrafanaInstanceType=... one of these:" \
      "aws ec2 describe-instance-types --filters Name=free-tier-eligible,Values=true \\" \
      "  --query 'InstanceTypes[].InstanceType'"
  fi
}

# Some new accounts may run one virtual processor. The check doesn't count processors in use.
instance_quota() {
  checking "instance quota"
  quota ec2 L-1216C47A || return 0
  if (($2 <= answer)); then
    ok "$2 of $answer virtual processors"
  else
    fail "$1 has $2 virtual processors, and the account may run $answer" "$(increase ec2 L-1216C47A 8)"
  fi
}
