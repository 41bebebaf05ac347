"""One damage of each kind to how template.yaml and access.yaml fit together, and what the check must say of it."""

import check_attacks
import check_boundary
import check_names
import check_types
import template
from damage import drop, grant, resource, statement, unconditional, withdraw

HERE = "eu-central-1:123456789012"


def new_type(kind):
    return lambda world: world.templates[template.MAIL]["Resources"].update(New={"Type": kind, "Properties": {}})


def renamed(name, key, value):
    return lambda world: resource(world, name)["Properties"].update({key: value})


def another_role(world):
    resources = world.templates[template.MAIL]["Resources"]
    resources["SpareRole"] = resources["ApiRole"]


# name: (check, damage, what it says)
BREAKS = {
    "a right that a resource type needs": (
        check_types,
        withdraw("sqs:CreateQueue", "StorageRights, Queues"),
        "AWS::SQS::Queue needs sqs:CreateQueue",
    ),
    "a right that what SAM adds needs": (
        check_types,
        withdraw("codedeploy:CreateApplication", "CloudFormationRole, Deployments"),
        "AWS::CodeDeploy::Application needs codedeploy:CreateApplication",
    ),
    "a right that an option needs": (
        check_types,
        withdraw("wafv2:DeleteWebACL", "WafRights, WebAclOfTheLoadBalancer"),
        "AWS::WAFv2::WebACL needs wafv2:DeleteWebACL",
    ),
    "a resource type that is new": (check_types, new_type("AWS::Events::Rule"), "AWS::Events::Rule needs events:"),
    "a resource type without a schema": (check_types, new_type("AWS::Mail::Room"), "AWS::Mail::Room: cfn-lint's schema"),
    "a right that no resource type needs": (
        check_types,
        grant("dynamodb:DeleteTable", f"arn:aws:dynamodb:{HERE}:table/x", "CloudFormationRole, Functions"),
        "CloudFormationRole may dynamodb:DeleteTable",
    ),
    "an exception that a schema doesn't know": (
        check_types,
        lambda world: world.left_out["AWS::SNS::Topic"].update(Never=["sns:Publish"]),
        "left_out.yaml: AWS::SNS::Topic needs no sns:Publish",
    ),
    "an exception for a type that is gone": (
        check_types,
        lambda world: world.left_out.update({"AWS::ECS::Cluster": {}}),
        "left_out.yaml: the mail stack has no AWS::ECS::Cluster",
    ),
    "a queue of another name": (
        check_names,
        renamed("Queue", "QueueName", "mailroom-emails"),
        "may not sqs:CreateQueue for Queue",
    ),
    "a function of another name": (
        check_names,
        renamed("ApiFunction", "FunctionName", "mailroom-http"),
        "may not lambda:CreateFunction for ApiFunction",
    ),
    "an alarm that publishes elsewhere": (
        check_names,
        lambda world: resource(world, "TokensAlarm")["Properties"]["AlarmActions"].append(f"arn:aws:sns:{HERE}:other"),
        "may not cloudwatch:PutMetricAlarm for TokensAlarm",
    ),
    "a parameter in another place": (
        check_names,
        renamed("UrlParameter", "Name", "/mailroom/url"),
        "may not ssm:PutParameter for UrlParameter",
    ),
    "a role without the boundary": (
        check_boundary,
        lambda world: resource(world, "WorkerRole")["Properties"].pop("PermissionsBoundary"),
        "WorkerRole has no PermissionsBoundary",
    ),
    "a role of a name that isn't foreseen": (
        check_boundary,
        another_role,
        "CloudFormationRole may not create SpareRole",
    ),
    "a right that the boundary lacks": (
        check_boundary,
        grant("s3:DeleteObject", "arn:aws:s3:::mailroom-data-8f6d3a10/*", "WorkerRole, FileAndCompare", template.MAIL),
        "WorkerRole has s3:DeleteObject on",
    ),
    "a right on a resource that the boundary lacks": (
        check_boundary,
        lambda world: statement(world, "ApiRole, QueueEmails", template.MAIL).resources.append(f"arn:aws:sqs:{HERE}:other"),
        "ApiRole has sqs:SendMessage on",
    ),
    "a right through a service that the boundary lacks": (
        check_boundary,
        lambda world: statement(world, "ApiRole, EncryptForTheQueue", template.MAIL).conditions["StringEquals"].update(
            {"kms:ViaService": ["dynamodb.eu-central-1.amazonaws.com"]}
        ),
        "ApiRole has kms:",
    ),
    "a boundary that allows more": (
        check_boundary,
        grant("s3:DeleteObject", "arn:aws:s3:::*", "Boundary, Bucket"),
        "the boundary allows s3:DeleteObject",
    ),
    "roles without the boundary's condition": (
        check_attacks,
        unconditional("CloudFormationRole, BoundedRoles"),
        "lets an attacker",
    ),
    "a boundary that can be lifted": (
        check_attacks,
        lambda world: (
            statement(world, "CloudFormationRole, BoundedRoles").actions.append("iam:DeleteRolePermissionsBoundary"),
            drop("CloudFormationRole, NeverLiftABoundary")(world),
        ),
        "lets an attacker lift a boundary",
    ),
    "a network of others": (check_attacks, unconditional("NetworkRights, StacksNetwork"), "lets an attacker"),
    "a function that CloudFormation may call": (
        check_attacks,
        lambda world: statement(world, "CloudFormationRole, Functions").actions.append("lambda:InvokeFunction"),
        "lets an attacker run a custom resource's function",
    ),
    "alarms that do anything": (
        check_attacks,
        unconditional("CloudFormationRole, AlarmsThatOnlyPublish"),
        "lets an attacker terminate an instance by an alarm",
    ),
    "imports": (check_attacks, drop("DeployRole, NeverImport"), "lets an attacker import resources of others"),
    "any role for CloudFormation": (
        check_attacks,
        unconditional("DeployRole, ChangeItWithTheRoleBelow"),
        "lets an attacker deploy with",
    ),
    "any bucket for the functions": (
        check_attacks,
        unconditional("Boundary, Bucket"),
        "Boundary lets an attacker write into somebody's bucket",
    ),
    "a denial that stops deployments": (
        check_attacks,
        lambda world: statement(world, "CloudFormationRole, NeverLiftABoundary").actions.append("iam:CreateRole"),
        "which it is for",
    ),
    "a reader of emails who may write them": (
        check_attacks,
        grant("s3:PutObject", "arn:aws:s3:::mailroom-data-8f6d3a10/*", "ReadersPolicy, ReadObjects", template.QUERIES),
        "lets an attacker overwrite an email",
    ),
    "a reader of emails without a limit": (
        check_attacks,
        grant(
            "athena:StartQueryExecution",
            "arn:aws:athena:eu-central-1:123456789012:workgroup/*",
            "ReadersPolicy, RunQueries",
            template.QUERIES,
        ),
        "lets an attacker query without the limit",
    ),
}
