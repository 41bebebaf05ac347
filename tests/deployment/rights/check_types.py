"""CloudFormation's role may call what the resource types of the mail stack need, and nothing besides.

A type's schema (cfn-lint has them all) names the actions of each handler: create, read, update and delete. CloudFormation
lists resources only for its IaC generator, so `list` is left alone.
"""

import json
from functools import cache
from pathlib import Path

import cfnlint
import template

HANDLERS = ("create", "read", "update", "delete")
# Calls that CloudFormation makes besides the handlers'.
BESIDES = {
    "cloudformation:CreateChangeSet": "expands SAM's transform",
    "ec2:DescribeAccountAttributes": "Fn::GetAZs",
    "ec2:DescribeAvailabilityZones": "Fn::GetAZs",
    "iam:CreateServiceLinkedRole": "an account's first load balancer, or HTTP API",
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html; flow logs need some of them too
    "logs:CreateLogDelivery": "an HTTP API's access log",
    "logs:DeleteLogDelivery": "an HTTP API's access log",
    "logs:GetLogDelivery": "an HTTP API's access log",
    "logs:ListLogDeliveries": "an HTTP API's access log",
    "logs:PutResourcePolicy": "an HTTP API's access log",
    "logs:UpdateLogDelivery": "an HTTP API's access log",
    "lambda:ListTags": "reads a function's tags, as its schema's tagging says",
}


@cache
def schemas():
    """Type -> its schema. The files' names say nothing, so all are read; each region's differences play no part."""
    found = {}
    for path in sorted((Path(cfnlint.__file__).parent / "data/schemas/resources").glob("*.json")):
        schema = json.loads(path.read_text())
        found.setdefault(schema["typeName"], schema)
    return found


def needed(kind):
    """The actions of a type's handlers and of its tags, or none if the schema doesn't say."""
    schema = schemas().get(kind, {})
    handlers = schema.get("handlers", {})
    actions = {name for each in HANDLERS for name in handlers.get(each, {}).get("permissions", [])}
    return actions | set(schema.get("tagging", {}).get("permissions", [])) if handlers else set()


def check(world):
    kinds = sorted({resource["Type"] for resource in world.templates[template.MAIL]["Resources"].values()})
    statements = world.role("CloudFormationRole")
    granted = {name for each in statements if each.effect == "Allow" for name in each.actions}
    wanted = set(BESIDES)
    for kind in kinds:
        actions = {name for name in needed(kind) if world.reference.action(name)}
        left_out = {name for names in world.left_out.get(kind, {}).values() for name in names}
        if not actions:
            yield f"{kind}: cfn-lint's schema names no actions; find them out and extend check_types.py"
        for name in sorted(actions - left_out - granted):
            yield f"{kind} needs {name}: grant it to CloudFormationRole, or say in left_out.yaml why not"
        for name in sorted(left_out - actions):
            yield f"left_out.yaml: {kind} needs no {name} any more"
        wanted |= actions - left_out
    for name in sorted(granted - wanted):
        yield f"CloudFormationRole may {name}, which no resource type of the mail stack needs"
    for kind in sorted(set(world.left_out) - set(kinds)):
        yield f"left_out.yaml: the mail stack has no {kind} any more"
