# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with the commands
# Shared by the commands that deploy a stack beside a mail stack. Each sets before it calls these functions:
#
#   script      its name in messages, such as grafana/deploy.sh
#   here        its directory, which holds template.yaml
#   parameters  the parameters of its stack that it was given, as NAME=VALUE
#   mail        the mail stack
#
# command_line sets the last two.

export AWS_PAGER=""

# command_line OWNER NAMES ARGUMENT ...: reads a mail stack, and parameters of OWNER that have one of these NAMES.
command_line() {
  local owner=$1 names=" $2 " argument
  shift 2
  mail='' parameters=()
  for argument; do
    case $argument in
      -h | --help) help && exit ;;
      -*) die "unknown option $argument; see --help" ;;
      *=*)
        # The AWS CLI ignores a parameter that the template doesn't have.
        [[ $names == *" ${argument%%=*} "* ]] || die "$owner has no parameter ${argument%%=*} to be given; see --help"
        parameters+=("$argument")
        ;;
      *) if [[ -z $mail ]]; then mail=$argument; else die "two stacks are given, $mail and $argument; see --help"; fi ;;
    esac
  done
  if [[ -z $mail ]]; then help >&2 && exit 2; fi
}

# beside KIND: checks the name of the mail stack in $mail, and names the stack beside it in $stack.
beside() {
  [[ $mail =~ ^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$ ]] ||
    die "$mail is not the name of a mail stack: lower-case letters, digits and hyphens, at most 20 characters"
  stack=$mail-$1
  command -v aws >/dev/null ||
    die "the AWS CLI is not installed: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
}

# mail_stack [PARAMETER=NAME ...]: finds the mail stack in $mail_id, and the SSM parameters /$mail/NAME by which it says
# where its parts are. Each becomes a parameter of the stack beside it. GetParameters takes ten names at most.
mail_stack() {
  local pair names=()
  ask cloudformation describe-stacks --stack-name "$mail" --query 'Stacks[0].StackId' ||
    die "the mail stack $mail can't be read; deploy it first (docs/DEPLOY.md), or set AWS_PROFILE and AWS_REGION: $said"
  mail_id=$said mails=("MailStack=$mail")
  for pair; do
    mails+=("${pair%%=*}=/$mail/${pair#*=}")
    names+=("/$mail/${pair#*=}")
  done
  ((${#names[@]} > 0)) || return 0
  ask ssm get-parameters --names "${names[@]}" --query InvalidParameters ||
    die "the SSM parameters of $mail can't be read: $said"
  [[ -z $said ]] || not_written "$said"
}

# not_written NAMES: a mail stack without a load balancer writes nothing about one.
not_written() {
  if [[ $1 == */load-balancer/* ]]; then
    mail_stack_has Endpoint
    [[ $said != http-api ]] ||
      die "$stack needs the load balancer of $mail, and $mail has none; deploy $mail with Endpoint=both instead of http-api"
  fi
  die "$mail has not written these SSM parameters; deploy it with the present template.yaml: $1"
}

# mail_stack_has NAME: puts the value of a parameter of the mail stack into $said.
mail_stack_has() {
  ask cloudformation describe-stacks --stack-name "$mail" \
    --query "Stacks[0].Parameters[?ParameterKey=='$1'] | [0].ParameterValue" || die "$mail can't be read: $said"
  [[ $said != None ]] || said=''
}

# in_region REGION: the following commands ask AWS there.
in_region() { export AWS_REGION=$1 AWS_DEFAULT_REGION=$1 && elsewhere=" --region $1"; }

# ask ARGUMENT ...: runs aws, and puts its answer, or its error if it fails, into $said.
ask() {
  local errors
  errors=$(mktemp)
  said=$(aws "$@" --output text 2>"$errors") || { said=$(<"$errors") && rm "$errors" && return 1; }
  rm "$errors"
}

# deploy NAME=VALUE ...: with these parameters beside those of mail_stack and of the command line. CloudFormation reads the
# SSM parameters again at each deployment. A parameter that is not given keeps its value:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/systems-manager-parameter-types.html
deploy() {
  aws cloudformation deploy --stack-name "$stack" --template-file "$here/template.yaml" --capabilities CAPABILITY_IAM \
    --no-fail-on-empty-changeset --tags project=mailroom "mail-stack=$mail" \
    --parameter-overrides "${mails[@]}" ${parameters[@]+"${parameters[@]}"} "$@" || failed
}

failed() {
  local query="StackEvents[?contains(ResourceStatus, 'FAILED')] | [:8].[Timestamp, LogicalResourceId, ResourceStatusReason]"
  echo "The latest failures in $stack, the newest first. A deployment's oldest one is its cause:" >&2
  aws cloudformation describe-stack-events --stack-name "$stack" --output text --query "$query" >&2 || true
  ask cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' || true
  if [[ $said == ROLLBACK_* ]]; then
    die "$stack was not created; remove the cause, delete the rest and deploy again:
aws cloudformation delete-stack${elsewhere-} --stack-name $stack"
  fi
  die "$stack was not deployed ($said). $mail takes emails as before"
}

die() {
  echo "$script: $*" >&2
  exit 1
}
