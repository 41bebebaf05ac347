#!/usr/bin/env bash
# protect.sh STACK STAGE: protects a stack that passed its smoke test from deletion by mistake. Earlier, a failed first
# deployment must still be able to delete its resources. dev holds trial data and stays easy to delete. docs/DELIVERY.md
# describes how to remove the protection.
set -euo pipefail

stack=$1 stage=$2

case $stage in
  dev) exit ;;
  staging | prod) ;;
  *)
    echo "::error::$stack has the stage \"$stage\": set Stage in samconfig.toml to dev, staging or prod" >&2
    exit 1
    ;;
esac
endpoint=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
  --query "Stacks[0].Parameters[?ParameterKey=='Endpoint'] | [0].ParameterValue")
if [[ $endpoint != http-api ]]; then # an HTTP API has no such protection
  load_balancer=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id LoadBalancer \
    --query StackResourceDetail.PhysicalResourceId --output text)
  aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$load_balancer" \
    --attributes Key=deletion_protection.enabled,Value=true >/dev/null
fi

if [[ $stage == prod ]]; then
  aws cloudformation update-termination-protection --enable-termination-protection --stack-name "$stack" >/dev/null
fi
