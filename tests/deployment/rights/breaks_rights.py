"""One damage of each kind to what is granted, and what the check that it is there for must say of it."""

import check_actions
import check_job
import check_size
import template
from damage import drop, grant, in_script, statement, withdraw

HERE = "eu-central-1:123456789012"


def another_condition(name, key):
    return lambda world: statement(world, name).conditions.update(StringEquals={key: ["x"]})


def larger(name, file=template.ACCESS):
    def damage(world):
        policies = world.templates[file]["Resources"][name]["Properties"]
        document = policies.get("PolicyDocument") or policies["Policies"][0]["PolicyDocument"]
        more = {"Effect": "Allow", "Action": ["s3:GetObject"] * 700, "Resource": "*"}
        document["Statement"].append(more)

    return damage


def ten_more_managed_policies(world):
    resources = world.templates[template.ACCESS]["Resources"]
    resources |= {f"Rights{number}": resources["WafRights"] for number in range(10)}


# name: (check, damage, what it says)
BREAKS = {
    "an action that doesn't exist": (
        check_actions,
        grant("lambda:CreateFuncton", f"arn:aws:lambda:{HERE}:function:mailroom-api"),
        "lambda:CreateFuncton is unknown",
    ),
    "a service that doesn't exist": (check_actions, grant("lamda:CreateFunction", "*"), "lamda:CreateFunction is unknown"),
    "an unknown action in Grafana's stack": (
        check_actions,
        grant("logs:ReadLog", "*", "GrafanaTaskRole, ReadMetrics", template.GRAFANA),
        "logs:ReadLog is unknown",
    ),
    "an action on an object that is a bucket's": (
        check_actions,
        grant("s3:ListBucket", "arn:aws:s3:::mailroom-data-8f6d3a10/*"),
        "s3:ListBucket is granted on none of its resources",
    ),
    "an action on another kind of resource": (
        check_actions,
        grant("lambda:UpdateAlias", f"arn:aws:lambda:{HERE}:layer:mailroom"),
        "lambda:UpdateAlias is granted on none of its resources",
    ),
    "an ARN with a colon too few": (
        check_actions,
        grant("sqs:SendMessage", "arn:aws:sqs:eu-central-1:mailroom-queue", "ApiRole, QueueEmails", template.MAIL),
        "sqs:SendMessage is granted on none of its resources",
    ),
    "an ARN that no action of the statement has": (
        check_actions,
        lambda world: statement(world, "DeployRole, Upload").resources.append(f"arn:aws:sqs:{HERE}:mailroom"),
        "no action of the statement has resources like",
    ),
    "an action that knows no resource, on an ARN": (
        check_actions,
        grant("codedeploy:StopDeployment", f"arn:aws:codedeploy:{HERE}:deploymentgroup:mailroom/x"),
        "codedeploy:StopDeployment knows no resource",
    ),
    "an action about which AWS contradicts itself, on an ARN": (
        check_actions,
        grant("sns:Unsubscribe", f"arn:aws:sns:{HERE}:mailroom-alarms"),
        "sns:Unsubscribe is granted on ARNs, which one of AWS's references contradicts",
    ),
    "everything, where there are ARNs": (
        check_actions,
        grant("sqs:SendMessage", "*", "WorkerRole, TakeFromTheQueue", template.MAIL),
        'sqs:SendMessage is granted on "*" but knows resources',
    ),
    "an alias without its key": (
        check_actions,
        lambda world: statement(world, "CustomerKeyRights, ItsAlias").resources.pop(),
        "Alias is granted on no key",
    ),
    "a condition that the action doesn't know": (
        check_actions,
        lambda world: statement(world, "CloudFormationRole, BoundedRoles").actions.append("iam:UpdateAssumeRolePolicy"),
        "iam:UpdateAssumeRolePolicy knows no condition key iam:PermissionsBoundary",
    ),
    "a condition key that doesn't exist": (
        check_actions,
        another_condition("DeployRole, CallAVersionAndDeleteOneThatWasTakenBack", "lambda:Qualifier"),
        "knows no condition key lambda:Qualifier",
    ),
    "a wildcard": (check_actions, grant("s3:Get*", "*"), "s3:Get* allows more than is known"),
    "everything that a service can do, to a key's users": (
        check_actions,
        grant("kms:*", f"arn:aws:kms:{HERE}:key/1"),
        "kms:* allows more than is known",
    ),
    "a reason that nothing needs": (
        check_actions,
        lambda world: world.exceptions["any_resource"].update({"sqs:SendMessage": "once"}),
        "exceptions.yaml: nothing needs any_resource, sqs:SendMessage",
    ),
    "a call that the job has no right to": (
        check_job,
        in_script("delivery/versions.sh", "\nshow() {\n", "\nshow() {\n  aws lambda get-function\n"),
        "lambda:GetFunction, which DeployRole may not",
    ),
    "a call from Python that the job has no right to": (
        check_job,
        in_script("delivery/call.py", '    done = subprocess', '    aws("sqs", "purge-queue")\n    done = subprocess'),
        "sqs:PurgeQueue, which DeployRole may not",
    ),
    "a right that the job doesn't use": (
        check_job,
        grant("sqs:PurgeQueue", f"arn:aws:sqs:{HERE}:mailroom-queue-8f6d3a10"),
        "DeployRole may sqs:PurgeQueue, which no script calls",
    ),
    "a right that sam deploy needs": (
        check_job,
        withdraw("cloudformation:ExecuteChangeSet", "DeployRole, ChangeTheStack"),
        "calls cloudformation:ExecuteChangeSet, which DeployRole may not",
    ),
    "a right that the smoke test needs": (
        check_job,
        lambda world: (drop("DeployRole, ReadTheToken")(world), drop("DeployRole, ReadTheTokensReference")(world)),
        "calls ssm:GetParameter",
    ),
    "inline policies that are too long": (
        check_size,
        larger("CloudFormationRole"),
        "the inline policies of CloudFormationRole have",
    ),
    "a boundary that is too long": (check_size, larger("Boundary"), "Boundary has"),
    "a role in Grafana's stack that is too long": (
        check_size,
        larger("GrafanaTaskRole", template.GRAFANA),
        "the inline policies of GrafanaTaskRole have",
    ),
    "too many managed policies": (check_size, ten_more_managed_policies, "managed policies of at most 10"),
    "a template that must be uploaded": (
        check_size,
        lambda world: setattr(world, "access_bytes", 51_201),
        "has 51201 bytes",
    ),
}
