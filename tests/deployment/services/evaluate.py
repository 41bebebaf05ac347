"""CloudFormation's intrinsic functions, evaluated in one world (see worlds.py).

A value that is known only after a deployment is `Unknown`: an id or attribute of a resource, or a dynamic reference.
"""

import base64
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Unknown:
    text: str

    def __str__(self):
        return self.text


class Nothing:
    """AWS::NoValue: the property isn't there."""


class NotSupported(Exception):
    """The template uses a function that this module doesn't carry out; add it to `FUNCTIONS`."""


def holds(condition, template, world):
    """Whether a condition of `Conditions` or `Rules` is true."""
    if isinstance(condition, str):
        return holds(template["Conditions"][condition], template, world)
    (name, argument), *_ = condition.items()

    def operand(value):
        known = evaluate(value, template, world)
        if isinstance(known, Unknown):
            raise NotSupported(f"{known} decides a condition: give values that it may have in parameters.yaml")
        return text(known)

    match name:
        case "Condition":
            return holds(argument, template, world)
        case "Fn::Equals":
            return operand(argument[0]) == operand(argument[1])
        case "Fn::Not":
            return not holds(argument[0], template, world)
        case "Fn::And":
            return all(holds(each, template, world) for each in argument)
        case "Fn::Or":
            return any(holds(each, template, world) for each in argument)
        case "Fn::Contains":
            return operand(argument[1]) in [operand(each) for each in argument[0]]
    raise NotSupported(f"{name} in a condition")


def evaluate(node, template, world):
    """What CloudFormation would hand to the service in this world."""
    if isinstance(node, list):
        items = (evaluate(item, template, world) for item in node)
        return [item for item in items if item is not Nothing]
    if isinstance(node, dict):
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return function(name)(argument, template, world)
        items = ((key, evaluate(item, template, world)) for key, item in node.items())
        return {key: item for key, item in items if item is not Nothing}
    if isinstance(node, str) and "{{resolve:" in node:
        return Unknown(node)
    return node


def function(name):
    if name not in FUNCTIONS:
        raise NotSupported(f"{name} isn't carried out by evaluate.py")
    return FUNCTIONS[name]


def text(value):
    """A value as CloudFormation writes it into a string."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ref(name, _template, world):
    if name == "AWS::NoValue":
        return Nothing
    return world.get(name, Unknown(f"Ref {name}"))


def attribute(argument, _template, _world):
    return Unknown(argument if isinstance(argument, str) else ".".join(map(str, argument)))


def choose(argument, template, world):
    condition, yes, no = argument
    return evaluate(yes if holds(condition, template, world) else no, template, world)


def substitute(argument, template, world):
    pattern, given = (argument, {}) if isinstance(argument, str) else argument
    given = evaluate(given, template, world)
    unknown = "{{resolve:" in pattern

    def value(match):
        nonlocal unknown
        name = match.group(1)
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        found = given.get(name, world.get(name, Unknown("${" + name + "}")))
        unknown = unknown or isinstance(found, Unknown)
        return text(found)

    result = re.sub(r"\$\{([^}]+)\}", value, pattern)
    return Unknown(result) if unknown else result


def join(argument, template, world):
    separator, items = argument[0], evaluate(argument[1], template, world)
    if isinstance(items, Unknown):
        return items
    result = separator.join(map(text, items))
    return Unknown(result) if any(isinstance(item, Unknown) for item in items) else result


def split(argument, template, world):
    value = evaluate(argument[1], template, world)
    return value if isinstance(value, Unknown) else value.split(argument[0])


def select(argument, template, world):
    index, items = evaluate(argument, template, world)
    return Unknown(f"{items}[{index}]") if isinstance(items, Unknown) else items[int(index)]


def find_in_map(argument, template, world):
    name, first, second = evaluate(argument, template, world)
    return template["Mappings"][name][text(first)][text(second)]


def encode(argument, template, world):
    value = evaluate(argument, template, world)
    return value if isinstance(value, Unknown) else base64.b64encode(value.encode()).decode()


FUNCTIONS = {
    "Ref": ref,
    "Fn::Base64": encode,
    "Fn::FindInMap": find_in_map,
    "Fn::GetAZs": lambda argument, *_: Unknown("Fn::GetAZs"),
    "Fn::GetAtt": attribute,
    "Fn::If": choose,
    "Fn::Join": join,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::Sub": substitute,
}
