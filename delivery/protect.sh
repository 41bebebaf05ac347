#!/usr/bin/env bash
# protect.sh STACK STAGE: protects a stack that passed its smoke test from being deleted by mistake. Not before that,
# because a failed first deployment has to be able to delete what it made. dev stays easy to delete: it is there for
# trials, and its emails are trial data. docs/DELIVERY.md says how to switch the protections off.
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
load_balancer=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id LoadBalancer \
  --query StackResourceDetail.PhysicalResourceId --output text)
aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$load_balancer" \
  --attributes Key=deletion_protection.enabled,Value=true >/dev/null

if [[ $stage == prod ]]; then
  aws cloudformation update-termination-protection --enable-termination-protection --stack-name "$stack" >/dev/null
fi
