"""The boundary holds what the mail stack's roles need, and nothing besides. CloudFormation may create those roles with it."""

from itertools import product

import template
from simulate import allowed
from values import ACCOUNT
from world import BOUNDARY, STACK


def check(world):
    boundary = world.role("Boundary")
    resources = world.templates[template.MAIL]["Resources"]
    used = set()
    for name in (name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"):
        if "PermissionsBoundary" not in resources[name]["Properties"]:
            yield f"{name} has no PermissionsBoundary, so CloudFormationRole may not create it"
        if not allowed(world.role("CloudFormationRole"), *creation(name)):
            yield f"CloudFormationRole may not create {name}: add its name to BoundedRoles"
        for statement in world.role(name, template.MAIL):
            used |= set(statement.actions)
            for action, resource, context in requests(statement):
                if not allowed(boundary, action, resource, context):
                    yield f"{name} has {action} on {resource}, which the boundary takes away"
    for action in sorted({name for each in boundary for name in each.actions} - used):
        yield f"the boundary allows {action}, which no role of the mail stack needs"


def creation(name):
    return "iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/{STACK}-{name}-X", {"iam:PermissionsBoundary": BOUNDARY}


def requests(statement):
    """Each request that a statement allows, with each choice of its conditions' values."""
    keys = {key: values for condition in statement.conditions.values() for key, values in condition.items()}
    for action, resource in product(statement.actions, statement.resources):
        for chosen in product(*keys.values()):
            yield action, resource, dict(zip(keys, chosen)) | {"aws:ResourceAccount": ACCOUNT}
