"""Each action against AWS's reference: it exists, knows the resources that it is granted on, and the conditions."""

from globs import can_mean, covers
from policies import RESOURCE, TRUST

PROVIDER = "token.actions.githubusercontent.com:"  # GitHub's claims are condition keys of its tokens


def check(world):
    used = set()
    for statement in world.statements:
        for fault in faults(statement, world, used):
            yield f"{statement.where}: {fault}"
    for file, name in world.roles():
        yield from (f"{file}: {name}: {fault}" for fault in incomplete(world.role(name, file), world))
    for part, entries in world.exceptions.items():
        for name in entries:
            if (part, name) not in used:
                yield f"exceptions.yaml: nothing needs {part}, {name}"


def faults(statement, world, used):
    known = {}
    for name in statement.actions:
        if "*" in name or "?" in name:
            yield from wildcard(name, statement, world, used)
        else:
            known[name] = world.reference.action(name)
            if known[name] is None:
                yield f"{name} is unknown to AWS"
    known = {name: action for name, action in known.items() if action}
    for name, action in known.items():
        yield from conditions(name, action, statement)
    if statement.kind != TRUST and statement.effect == "Allow":
        found = [fault for each in known.items() for fault in resources(*each, statement, world, used)]
        yield from found or useless(known, statement, world, used)


def wildcard(name, statement, world, used):
    if statement.effect == "Deny":
        return
    if name in world.exceptions["wildcards"] and statement.kind == RESOURCE:
        used.add(("wildcards", name))
    else:
        yield f"{name} allows more than is known; name the actions"


def conditions(name, action, statement):
    for key in sorted(statement.keys()):
        if not action.knows_key(key) and not (statement.kind == TRUST and key.startswith(PROVIDER)):
            yield f"{name} knows no condition key {key}, so the statement allows nothing (or denies nothing)"


def resources(name, action, statement, world, used):
    everything = "*" in statement.resources
    if everything and action.knows_resources:
        if name in world.exceptions["any_resource"]:
            used.add(("any_resource", name))
        else:
            yield f'{name} is granted on "*" but knows resources; give their ARNs, or a reason in exceptions.yaml'
    elif not everything and action.disputed:
        yield f'{name} is granted on ARNs, which one of AWS\'s references contradicts; grant it on "*"'
    elif not everything and not action.knows_resources:
        yield f'{name} knows no resource, so it is never granted on {statement.resources[0]}; grant it on "*"'
    elif not everything and not any(fits(name, action, arn, world, used) for arn in statement.resources):
        yield f"{name} is granted on none of its resources, which are {', '.join(action.formats)}"


def useless(known, statement, world, used):
    """An ARN that is none of the actions' may be a mistake of its writer, who meant to allow something by it."""
    for arn in statement.resources:
        if known and arn != "*" and not any(fits(name, action, arn, world, used) for name, action in known.items()):
            yield f"no action of the statement has resources like {arn}"


def fits(name, action, arn, world, used):
    if any(can_mean(arn, form) for form in action.formats):
        return True
    other = world.exceptions["other_formats"].get(name)
    if other and covers(other["arn"], arn):
        used.add(("other_formats", name))
        return True
    return False


def incomplete(statements, world):
    """A request about several resources, such as an alias and its key, is denied unless all are granted."""
    granted = {}
    for statement in statements:
        if statement.effect == "Allow":
            for name in statement.actions:
                granted.setdefault(name, []).extend(statement.resources)
    for name, arns in granted.items():
        action = world.reference.action(name)
        if action is None or "*" in arns or name in world.exceptions["other_formats"]:
            continue
        for kind, forms in action.required.items():
            if not any(can_mean(arn, form) for arn in arns for form in forms):
                yield f"{name} is granted on no {kind}, which each request for it has"
