"""The worlds of a part of a template: a world gives each parameter one value.

A parameter takes its default, its allowed values, its bounds, and the values in parameters.yaml. If that file calls its
values alike, it takes its default alone. Only parameters that the part depends on are varied: those that it or its
conditions refer to. Worlds that `Rules` refuse are left out, and parameters that `Rules` tie to these take the first
values that they don't refuse.
"""

import re
from dataclasses import dataclass
from math import prod

from evaluate import evaluate, holds

LIMIT = 50_000
POLICIES = ("CreationPolicy", "UpdatePolicy")  # attributes beside the properties that CloudFormation checks too


def names_in(node, template):
    """Parameters and pseudo parameters that a part of a template depends on."""
    if isinstance(node, list):
        return {name for item in node for name in names_in(item, template)}
    if not isinstance(node, dict):
        return set()
    found = set()
    for key, item in node.items():
        if key == "Ref":
            found.add(item)
        elif key == "Fn::Sub":
            pattern, given = (item, {}) if isinstance(item, str) else item
            found |= set(re.findall(r"\$\{([^!}]+)\}", pattern)) - set(given)
        elif key in ("Condition", "Fn::If"):
            name = item if isinstance(item, str) else item[0] if isinstance(item, list) else None
            found |= names_in(template.get("Conditions", {}).get(name, {}), template)
        found |= names_in(item, template)
    return found


def related(names, template):
    """These names, and those that a rule of `Rules` ties to them."""
    rules = [names_in(rule, template) for rule in template.get("Rules", {}).values()]
    while True:
        tied = {name for rule in rules if rule & names for name in rule} | names
        if tied == names:
            return names
        names = tied


def possible(template, known, environments):
    """Name -> values, for each parameter whose value can be known before a deployment."""
    values = {}
    for name, parameter in template.get("Parameters", {}).items():
        given = list(known.get(name, {}).get("accept", []))
        if known.get(name, {}).get("alike"):
            given = [parameter["Default"]]
        elif not parameter["Type"].startswith("AWS::SSM::"):  # its default is the name of a parameter of SSM
            given += [parameter[key] for key in ("Default", "MinValue", "MaxValue") if key in parameter]
            given += parameter.get("AllowedValues", [])
        else:
            given = list(known.get(name, {}).get("resolved", []))
        if given:
            values[name] = list(dict.fromkeys(given))
    return values | {"AWS::": environments}


@dataclass
class Constraint:
    """An assertion of a rule, and the parameters that decide it."""

    names: set
    condition: dict | None
    asserted: dict

    def allows(self, template, world):
        applies = self.condition is None or holds(self.condition, template, world)
        return not applies or holds(self.asserted, template, world)


def constraints(template, values):
    for rule in template.get("Rules", {}).values():
        for assertion in rule["Assertions"]:
            parts = [rule.get("RuleCondition"), assertion["Assert"]]
            yield Constraint(names_in(parts, template) & set(values), *parts)


def allowed(template, world):
    """True if every rule allows a world that gives every parameter a value."""
    return all(rule.allows(template, world) for rule in constraints(template, world))


def worlds(parts, template, values):
    """Each world that these parts of the template can tell from another."""
    names = names_in(parts, template)
    varied = sorted(names & set(values))
    tied = sorted((related(names, template) - names) & set(values))
    size = prod(len(values[name]) for name in varied)
    if size > LIMIT:
        raise ValueError(f"{size} worlds of {', '.join(varied)}: give fewer values in parameters.yaml")
    rules = list(constraints(template, values))
    environments = values["AWS::"] if any(name.startswith("AWS::") for name in names) else values["AWS::"][:1]
    # A rule about other parameters than these can't refuse a world of these: its own are at their defaults then.
    rest = {name: given[0] for name, given in values.items() if name not in (*varied, *tied, "AWS::")}
    for chosen in extended({}, varied, template, values, rules):
        whole = next(extended(chosen, tied, template, values, rules), None)
        if whole is not None:
            for environment in environments:
                yield rest | environment | whole


def extended(world, names, template, values, rules):
    """This world with each choice of values for these parameters that no rule refuses."""
    if not names:
        yield world
        return
    name, *others = names
    decided = [rule for rule in rules if name in rule.names and rule.names <= {*world, name}]
    for value in values[name]:
        further = world | {name: value}
        if all(rule.allows(template, further) for rule in decided):
            yield from extended(further, others, template, values, rules)


def resources(names, template, values, keys=None):
    """The properties of these resources (or those called `keys`), as CloudFormation would hand them to the services, in
    each of their worlds. A resource whose condition doesn't hold isn't there."""
    parts = {name: part(template["Resources"][name], keys) for name in names}
    for world in worlds(list(parts.values()), template, values):
        yield {
            name: evaluate(each["Properties"], template, world)
            for name, each in parts.items()
            if "Condition" not in each or holds(each["Condition"], template, world)
        }


def part(resource, keys):
    properties = resource.get("Properties", {}) | {key: resource[key] for key in POLICIES if key in resource}
    chosen = {key: value for key, value in properties.items() if keys is None or key in keys}
    return {"Properties": chosen} | {key: resource[key] for key in ("Condition",) if key in resource}
