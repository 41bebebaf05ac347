"""Ways to damage a copy of the world, for breaks_*.py."""

import template
from policies import Policy, Statement


def statement(world, name, file=template.ACCESS):
    """A statement by its role and Sid, such as "DeployRole, Upload"."""
    found = [each for policy in world.policies[file] for each in policy.statements if each.where.endswith(f": {name}")]
    assert len(found) == 1, (name, found)
    return found[0]


def grant(action, resource, name="DeployRole, Upload", file=template.ACCESS):
    """A damage: another statement in the policy of `name`, which allows an action on a resource."""

    def damage(world):
        owner = statement(world, name, file).owner
        new = Statement(f"{file}: {owner}, New", owner, "identity", "Allow", [action], [resource])
        world.policies[file].append(Policy(owner, "identity", {}, [new]))

    return damage


def withdraw(action, name):
    return lambda world: statement(world, name).actions.remove(action)


def unconditional(name):
    """A damage: the statement holds whatever the request is."""
    return lambda world: statement(world, name).conditions.clear()


def drop(name, file=template.ACCESS):
    """A damage: the statement is missing."""

    def damage(world):
        gone = statement(world, name, file)
        for policy in world.policies[file]:
            policy.statements = [each for each in policy.statements if each is not gone]

    return damage


def resource(world, name, file=template.MAIL):
    return world.templates[file]["Resources"][name]


def in_script(name, old, new):
    def damage(world):
        assert old in world.scripts[name]
        world.scripts[name] = world.scripts[name].replace(old, new)

    return damage
