#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# The stack: its name, its state, the names of its resources, and its token.

stack_name() {
  checking "stack name"
  local rule='^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$' reason=''
  case $stack in
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    aws* | ssm*) reason="SSM refuses parameters that begin with aws or ssm" ;;
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
    ecs* | fargate*) reason="ECS refuses capacity providers that begin with ecs or fargate" ;;
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    internal-*) reason="ELB refuses load balancers that begin with internal-" ;;
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    sthree-* | amzn-s3-demo-* | xn--*) reason="S3 refuses buckets that begin with sthree-, amzn-s3-demo- or xn--" ;;
  esac
  if [[ ! $stack =~ $rule ]]; then
    reason="names of its parts need 1 to 20 characters of a-z, 0-9 and -, a letter first and no - last"
  fi
  if [[ -n $reason ]]; then
    fail "$stack: $reason" "another name, also as stack_name in samconfig.toml"
    return 1
  fi
  ok "$stack"
}

# stack_state STACK CHECK: reports the state and sets `new` to yes if nothing of the stack exists.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
stack_state() {
  checking "$2"
  new=no
  local name=$1 state events delete
  local causes="StackEvents[?ends_with(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason]"
  events="aws cloudformation describe-stack-events --stack-name $name \\"
  delete="aws cloudformation delete-stack --stack-name $name"
  ask cloudformation:DescribeStacks "$name does not exist" cloudformation describe-stacks \
    --stack-name "$name" --query 'Stacks[0].StackStatus' || return 0
  state=$answer
  case $state in
    '') new=yes && ok "$name does not exist yet" ;;
    # The SAM CLI and `aws cloudformation deploy` create another change set for it.
    REVIEW_IN_PROGRESS)
      new=yes
      warn "$name has a change set that was never carried out; CloudFormation's validation may have refused it" \
        "change_set=\$(aws cloudformation list-change-sets --stack-name $name --output text \\" \
        "  --query 'sort_by(Summaries, &CreationTime)[-1].ChangeSetId')" \
        "aws cloudformation describe-events --change-set-name \"\$change_set\" \\" \
        "  --query \"OperationEvents[?EventType=='VALIDATION_ERROR'].[LogicalResourceId, ValidationStatusReason]\""
      ;;
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED)
      [[ $state != ROLLBACK_COMPLETE ]] || new=yes # in the other states, its resources still have their names
      fail "$name is in $state: its creation failed, and it can only be deleted" "$delete"
      ;;
    DELETE_FAILED)
      fail "$name is in $state: fix the cause, then delete it again" "$events" "  --query \"$causes\"" "$delete"
      ;;
    UPDATE_ROLLBACK_FAILED)
      fail "$name is in $state: fix the cause, then continue the rollback" "$events" "  --query \"$causes\"" \
        "aws cloudformation continue-update-rollback --stack-name $name"
      ;;
    UPDATE_FAILED) fail "$name is in $state" "aws cloudformation rollback-stack --stack-name $name" ;;
    *_IN_PROGRESS) fail "$name is in $state: wait until that has ended" ;;
    *_COMPLETE) ok "$name is in $state: the deployment updates it" ;;
    *) fail "$name is in $state, which can't be updated" "$events" "  --query \"$causes\"" ;;
  esac
}

has_load_balancer() { [[ $(parameter Endpoint) != http-api ]]; }
has_http_api() { [[ $(parameter Endpoint) != alb ]]; }

# Fixed names in the template. Buckets and queues end in a part of the stack's id, so nothing else has their names, not even
# a queue that was deleted less than 60 seconds ago.
names_of_the_mail_stack() {
  checking "names in use"
  local part parts=(api worker) topic=arn:$partition:sns:$region:$account:$stack-alarms
  tried=0 free=0
  [[ -z $(parameter CanaryRate) ]] || parts+=(canary)
  for part in "${parts[@]}"; do
    log_group_is_free "/aws/lambda/$stack-$part"
    is_free "the function $stack-$part" "aws lambda delete-function --function-name $stack-$part" \
      lambda:GetFunctionConfiguration '(ResourceNotFoundException)' \
      lambda get-function-configuration --function-name "$stack-$part" --query FunctionName
  done
  if has_load_balancer; then names_of_the_load_balancer; fi
  if has_http_api; then names_of_the_http_api; fi
  is_free "the topic $stack-alarms" "aws sns delete-topic --topic-arn $topic" \
    sns:GetTopicAttributes '(NotFound)' sns get-topic-attributes --topic-arn "$topic" --query Attributes.TopicArn
  is_free "the dashboard $stack" "aws cloudwatch delete-dashboards --dashboard-names $stack" \
    cloudwatch:ListDashboards '' cloudwatch list-dashboards --dashboard-name-prefix "$stack" \
    --query "DashboardEntries[?DashboardName=='$stack'].DashboardName"
  alarms_are_free "$root/template.yaml"
  parameters_are_free
  if [[ $(parameter EnableCustomerKey) == yes ]]; then
    is_free "the key alias alias/$stack" "aws kms delete-alias --alias-name alias/$stack" \
      kms:ListAliases '' kms list-aliases --query "Aliases[?AliasName=='alias/$stack'].AliasName"
  fi
  [[ -z $(parameter CloudFrontPrefixListId) ]] || secret_is_free "$stack-cloudfront"
  if [[ $(parameter EnableWaf) == yes ]]; then
    is_free "the web ACL $stack-web-acl" "aws wafv2 list-web-acls --scope REGIONAL" \
      wafv2:ListWebACLs '' wafv2 list-web-acls --scope REGIONAL --limit 100 \
      --query "WebACLs[?Name=='$stack-web-acl'].Name"
  fi
  all_free
}

names_of_the_load_balancer() {
  is_free "the load balancer $stack-alb" "aws elbv2 delete-load-balancer --load-balancer-arn ANSWER" \
    elasticloadbalancing:DescribeLoadBalancers '(LoadBalancerNotFound)' \
    elbv2 describe-load-balancers --names "$stack-alb" --query 'LoadBalancers[0].LoadBalancerArn'
  target_group_is_free "$stack-api"
}

# An HTTP API's own name may exist several times. An account has a domain name once in a region.
names_of_the_http_api() {
  log_group_is_free "/aws/vendedlogs/$stack-http-api"
  local name
  name=$(parameter DomainName)
  if [[ -n $name ]] && ! has_load_balancer; then
    is_free "the domain name $name of API Gateway" "aws apigatewayv2 delete-domain-name --domain-name $name" \
      apigateway:GET '(NotFoundException)' apigatewayv2 get-domain-name --domain-name "$name" --query DomainName
  fi
}

# names_given PROPERTY TEMPLATE: prints the values of PROPERTY in the template, for this stack.
names_given() {
  # shellcheck disable=SC2016 # the template's variables
  sed -n -e "s/.*[ {]$1: *!Sub *\"\{0,1\}\([^\" ,}]*}[^\" ,}]*\).*/\1/p" "$2" |
    sed -e "s/\${AWS::StackName}/$stack/" -e "s/\${MailStack}/$stack/"
}

# is_free WHAT DELETE ACTION ABSENT COMMAND ...: checks that a new stack can take the name. ANSWER in DELETE stands for
# AWS's answer.
is_free() {
  local what=$1 delete=$2
  shift 2
  tried=$((tried + 1))
  ask "$@" || return 0
  if [[ -z $answer ]]; then
    free=$((free + 1))
  else
    fail "$what exists already: delete it if nothing uses it, or choose another stack name" "${delete//ANSWER/$answer}"
  fi
}

all_free() {
  if ((free == tried)); then ok "every name that the stack gives is free"; fi
}

log_group_is_free() {
  is_free "the log group $1" "aws logs delete-log-group --log-group-name $1" logs:DescribeLogGroups '' \
    logs describe-log-groups --log-group-name-prefix "$1" --query "logGroups[?logGroupName=='$1'].logGroupName"
}

target_group_is_free() {
  is_free "the target group $1" "aws elbv2 delete-target-group --target-group-arn ANSWER" \
    elasticloadbalancing:DescribeTargetGroups '(TargetGroupNotFound)' \
    elbv2 describe-target-groups --names "$1" --query 'TargetGroups[0].TargetGroupArn'
}

# A secret that is scheduled for deletion still has its name.
secret_is_free() {
  is_free "the secret $1" "aws secretsmanager delete-secret --secret-id $1 --force-delete-without-recovery" \
    secretsmanager:DescribeSecret '(ResourceNotFoundException)' \
    secretsmanager describe-secret --secret-id "$1" --query Name
}

alarms_are_free() {
  local names
  names=$(names_given AlarmName "$1")
  # shellcheck disable=SC2086 # names without spaces
  is_free "an alarm of this stack's names" "aws cloudwatch delete-alarms --alarm-names ANSWER" \
    cloudwatch:DescribeAlarms '' cloudwatch describe-alarms --alarm-names $names --query 'MetricAlarms[].AlarmName'
}

# parameters_in_ssm: sets `answer` to the names and types below /STACK/, without values.
parameters_in_ssm() {
  ask ssm:DescribeParameters '' ssm describe-parameters --query 'Parameters[].[Name, Type]' \
    --parameter-filters "Key=Path,Option=Recursive,Values=/$stack"
}

parameters_are_free() {
  local name taken=()
  tried=$((tried + 1))
  parameters_in_ssm || return 0
  for name in $(names_given Name "$root/template.yaml"); do
    if [[ $name == /* ]] && grep -q "^${name}[[:space:]]" <<<"$answer"; then taken+=("$name"); fi
  done
  if ((${#taken[@]} == 0)); then
    free=$((free + 1))
  else
    fail "${taken[0]} exists in SSM already: delete it if nothing uses it, or choose another stack name" \
      "aws ssm delete-parameters --names ${taken[*]}"
  fi
}

token() {
  checking token
  local name=/$stack/auth_token kind make put missing=fail
  if [[ $is_new == yes ]]; then missing=warn; fi # it may be created after the first deployment
  make="(umask 077 && openssl rand -base64 33 > token)"
  if [[ -n $(parameter TokenSecret) ]]; then
    token_secret "$(parameter TokenSecret)"
    return
  fi
  put="aws ssm put-parameter --type SecureString --name $name --value file://token"
  parameters_in_ssm || return 0
  kind=$(awk -v name="$name" '$1 == name { print $2 }' <<<"$answer")
  case $kind in
    SecureString)
      if [[ $read_token == yes ]]; then
        token_is_not_blank "$name is a SecureString" "$put --overwrite"
      else
        ok "$name is a SecureString"
      fi
      ;;
    '') "$missing" "$name does not exist: api answers 503 until it does" "$make" "$put && rm token" ;;
    *) fail "$name is a $kind, not a SecureString" "aws ssm delete-parameter --name $name" "$make" "$put && rm token" ;;
  esac
}

# token_secret NAME: with TokenSecret, the tokens are read by a reference of SSM.
token_secret() {
  local secret=$1 name=/aws/reference/secretsmanager/$1 put="aws secretsmanager" found deleted
  ask secretsmanager:DescribeSecret '(ResourceNotFoundException)' \
    secretsmanager describe-secret --secret-id "$secret" --query '[Name, DeletedDate]' || return 0
  read -r found deleted <<<"$answer" || true
  if [[ -z $found ]]; then
    "$missing" "the secret $secret does not exist: api answers 503 until it does" "$make" \
      "$put create-secret --name $secret --secret-string file://token && rm token"
  elif [[ $deleted != None ]]; then
    fail "the secret $secret is scheduled for deletion: api answers 503" "$put restore-secret --secret-id $secret"
  elif [[ $read_token == yes ]]; then
    token_is_not_blank "the secret $secret exists" "$put put-secret-value --secret-id $secret --secret-string file://token"
  else
    ok "the secret $secret exists"
  fi
}

# token_is_not_blank GOOD PUT: the AWS CLI pipes the value into wc; no variable and no output ever holds it.
token_is_not_blank() {
  ask_through visible_characters ssm:GetParameter '' ssm get-parameter --name "$name" --with-decryption \
    --query Parameter.Value || return 0
  if ((answer > 0)); then
    ok "$1 and is not blank"
  else
    fail "$name is blank: api answers 503" "$make" "$2 && rm token"
  fi
}

visible_characters() { tr -d '[:space:]' | wc -c; }
