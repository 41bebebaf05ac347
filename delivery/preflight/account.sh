#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# The account: service-linked roles, zones and quotas.

# A load balancer needs two.
zones_of_a_new_stack() {
  checking zones
  find_zones || return 0
  if ((${#zones[@]} >= 2)); then
    ok "${zones[0]} and ${zones[1]}"
  elif [[ $from_defaults == yes ]]; then
    fail "CloudFormation offers ${zones[0]} alone, the one zone with a default subnet" \
      "aws ec2 describe-availability-zones --query 'AvailabilityZones[].ZoneName'" \
      "aws ec2 create-default-subnet --availability-zone ZONE     # a second one of these"
  else
    fail "$region has ${#zones[@]} availability zones for this account; the load balancer needs two" "another region"
  fi
}

# Fn::GetAZs returns the zones with a default subnet, or all zones if none has one, in alphabetical order.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getavailabilityzones.html
find_zones() {
  from_defaults=yes
  ask ec2:DescribeSubnets '' ec2 describe-subnets --filters Name=default-for-az,Values=true \
    --query 'Subnets[].AvailabilityZone' || return 1
  if [[ -z $answer ]]; then
    from_defaults=no
    ask ec2:DescribeAvailabilityZones '' ec2 describe-availability-zones --query 'AvailabilityZones[].ZoneName' \
      --filters Name=zone-type,Values=availability-zone Name=state,Values=available || return 1
  fi
  sort_zones "$answer"
}

sort_zones() {
  local zone
  zones=()
  while IFS= read -r zone; do
    [[ -z $zone ]] || zones+=("$zone")
  done < <(tr -s '[:space:]' '\n' <<<"$1" | LC_ALL=C sort -u)
}

# service_linked_role CHECK ROLE SERVICE LEVEL CONSEQUENCE: reports a missing role at LEVEL, warn or fail.
service_linked_role() {
  checking "$1"
  ask iam:GetRole '(NoSuchEntity)' iam get-role --role-name "$2" --query Role.RoleName || return 0
  if [[ -n $answer ]]; then
    ok "$answer"
  else
    "$4" "missing: $5" "aws iam create-service-linked-role --aws-service-name $3     # and wait five minutes"
  fi
}

# https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
load_balancer_role() {
  service_linked_role "role of ELB" AWSServiceRoleForElasticLoadBalancing elasticloadbalancing.amazonaws.com warn \
    "ELB creates it if the deployment may use iam:CreateServiceLinkedRole"
}

room_for_a_new_stack() {
  checking "VPCs"
  ask ec2:DescribeVpcs '' ec2 describe-vpcs --query 'length(Vpcs)' --output json &&
    room_for_one_more "$answer" vpc L-F678F1CE
  checking "internet gateways"
  ask ec2:DescribeInternetGateways '' ec2 describe-internet-gateways --query 'length(InternetGateways)' --output json &&
    room_for_one_more "$answer" vpc L-A4707A72
  checking "load balancers"
  ask elasticloadbalancing:DescribeLoadBalancers '' elbv2 describe-load-balancers --output json \
    --query "length(LoadBalancers[?Type=='application'])" &&
    room_for_one_more "$answer" elasticloadbalancing L-53DA6B97
  return 0
}

# room_for_one_more USED SERVICE QUOTA
room_for_one_more() {
  local used=$1
  quota "$2" "$3" || return 0
  if ((used < answer)); then
    ok "$used of $answer in use"
  else
    fail "$used of $answer in use, and the stack needs one more" "$(increase "$2" "$3" $((used + 5)))"
  fi
}

# quota SERVICE QUOTA: sets `answer` to the account's value, or to AWS's default if the account has none.
quota() {
  ask servicequotas:GetServiceQuota '(NoSuchResourceException)' service-quotas get-service-quota \
    --service-code "$1" --quota-code "$2" --query Quota.Value || return 1
  if [[ -z $answer ]]; then
    ask servicequotas:GetAWSDefaultServiceQuota '' service-quotas get-aws-default-service-quota \
      --service-code "$1" --quota-code "$2" --query Quota.Value || return 1
  fi
  answer=${answer%.*}
}

increase() {
  printf '%s' "aws service-quotas request-service-quota-increase --service-code $1 --quota-code $2 --desired-value $3"
}

# api gets the executions that worker leaves. A new account may have 10, which is enough for 5 workers.
lambda_concurrency() {
  checking "Lambda concurrency"
  local workers unreserved for_api=5
  workers=$(parameter WorkerConcurrency)
  ask lambda:GetAccountSettings '' lambda get-account-settings \
    --query AccountLimit.UnreservedConcurrentExecutions || return 0
  unreserved=$answer
  if ((workers + for_api <= unreserved)); then
    ok "$unreserved executions for $workers workers and api"
  else
    fail "WorkerConcurrency=$workers of the account's $unreserved executions leaves api too little" \
      "$(increase lambda L-B99A9384 1000)" "or a smaller WorkerConcurrency"
  fi
}

# Some new accounts can't use CodeDeploy yet. It moves traffic only with ShiftTraffic=true.
codedeploy() {
  [[ $(parameter ShiftTraffic) == true ]] || return 0
  checking CodeDeploy
  ask codedeploy:ListApplications '(SubscriptionRequiredException)' deploy list-applications --max-items 1 \
    --query 'length(applications)' || return 0
  if [[ -n $answer ]]; then
    ok "activated for this account"
  else
    fail "CodeDeploy is not activated for this account" "wait a day, then ask AWS Support" "or ShiftTraffic=false"
  fi
}

boundary() {
  local policy
  policy=$(parameter PermissionsBoundaryArn)
  [[ -n $policy ]] || return 0
  checking boundary
  ask iam:GetPolicy '(NoSuchEntity)' iam get-policy --policy-arn "$policy" --query Policy.Arn || return 0
  if [[ -n $answer ]]; then
    ok "$answer"
  else
    fail "$policy does not exist, so no role can be created" "PermissionsBoundaryArn=... of an existing policy, or none"
  fi
}

# A bucket that replica/deploy.sh made. S3 takes no other region's replication from a bucket without versions.
replica() {
  checking replica
  local bucket elsewhere again="replica/deploy.sh $stack REGION"
  bucket=$(parameter ReplicaBucketArn) bucket=${bucket##*:}
  ask s3:GetBucketLocation '(NoSuchBucket)' s3api get-bucket-location --bucket "$bucket" \
    --query "[LocationConstraint || 'us-east-1']" || return 0
  elsewhere=$answer
  if [[ -z $elsewhere ]]; then
    fail "$bucket does not exist" "$again"
    return 0
  fi
  ask s3:GetBucketVersioning '' s3api get-bucket-versioning --region "$elsewhere" --bucket "$bucket" --query Status ||
    return 0
  if [[ $answer != Enabled ]]; then
    fail "$bucket has no versions, so S3 refuses to replicate to it" "$again"
  elif [[ $elsewhere == "$region" ]]; then
    warn "$bucket is in $region too, and would be lost with it" "$again"
  else
    ok "$bucket in $elsewhere"
  fi
}
