"""attacks.yaml: each attack is refused, and the deployment's own request beside it is allowed."""

import template
from simulate import allowed
from values import ORDINARY

HERE = f"{ORDINARY['AWS::Region']}:{ORDINARY['AWS::AccountId']}"


def check(world):
    for role, attacks in world.attacks.items():
        file, _, name = role.rpartition(" ")
        statements = world.role(name, file or template.ACCESS)
        for attack in attacks:
            if allowed(statements, *request(*attack["refuse"])):
                yield f"{role} lets an attacker {attack['what']}: {attack['refuse'][0]} on {attack['refuse'][1]}"
            if not allowed(statements, *request(*attack["allow"])):
                yield f"{role} may not {attack['allow'][0]} on {attack['allow'][1]}, which it is for"


def request(action, resource, context=None):
    arn = resource if resource == "*" else "arn:aws:" + resource.replace(":here:", f":{HERE}:")
    return action, arn, context or {}
