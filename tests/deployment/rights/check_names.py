"""CloudFormation may create each resource of the mail stack under the name that template.yaml gives it."""

import template
from simulate import allowed
from values import Values, fill
from world import OPTIONS, STACK

# Type -> what creates it, and its ARN after arn:aws: with the resource's own names in braces.
NAMED = {
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "cloudwatch:{here}:alarm:{AlarmName}"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch:PutDashboard", "cloudwatch::{account}:dashboard/{DashboardName}"),
    "AWS::CodeDeploy::Application": ("codedeploy:CreateApplication", "codedeploy:{here}:application:{generated}"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:{here}:loadbalancer/app/{Name}/1234567890abcdef",
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:{here}:targetgroup/{Name}/1234567890abcdef",
    ),
    "AWS::KMS::Alias": ("kms:CreateAlias", "kms:{here}:{AliasName}"),
    "AWS::Lambda::Function": ("lambda:CreateFunction", "lambda:{here}:function:{FunctionName}"),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:{here}:log-group:{LogGroupName}:*"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:::{BucketName}"),
    "AWS::SNS::Topic": ("sns:CreateTopic", "sns:{here}:{TopicName}"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "sqs:{here}:{QueueName}"),
    "AWS::SSM::Parameter": ("ssm:PutParameter", "ssm:{here}:parameter{Name}"),
    "AWS::SecretsManager::Secret": ("secretsmanager:CreateSecret", "secretsmanager:{here}:secret:{Name}-AbCdEf"),
    "AWS::WAFv2::WebACL": ("wafv2:CreateWebACL", "wafv2:{here}:regional/webacl/{Name}/12345678-1234-1234-1234-123456789012"),
}


def check(world):
    mail = world.templates[template.MAIL]
    values = Values(mail, STACK, OPTIONS)
    account = values.known["AWS::AccountId"]
    around = {"here": f"{values.known['AWS::Region']}:{account}", "account": account}
    statements = world.role("CloudFormationRole")
    for name, resource in mail["Resources"].items():
        if resource["Type"] in NAMED:
            action, form = NAMED[resource["Type"]]
            names = values.properties(name) | around | {"generated": f"{STACK}-{name}-ABCDEFGHIJKL"}
            arn = fill("arn:aws:" + form, names)
            if not allowed(statements, action, arn, context(resource["Properties"], values)):
                yield f"CloudFormationRole may not {action} for {name}: {arn}"


def context(properties, values):
    """An alarm's actions: it may only publish to the stack's topic."""
    actions = [each for key in ("AlarmActions", "OKActions") for each in values.of(properties.get(key, []))]
    return {"cloudwatch:AlarmActions": actions} if actions else {}
