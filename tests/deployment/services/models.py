"""The rules in botocore's service models: pattern, length, range and enumeration of an API parameter.

A property is found by its name, ignoring case. models.yaml maps resource types to operations and lists differing names.
"""

import re
from functools import cache
from pathlib import Path

import yaml
from botocore.loaders import Loader

import patterns
from evaluate import text

TYPES = yaml.safe_load((Path(__file__).parent / "models.yaml").read_text())
NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


@cache
def shapes(service):
    return Loader().load_service_model(service, "service-2")


def free(kind):
    """Paths of maps whose keys the template chooses."""
    return {"Parameters", "Resources", "Outputs"} if kind == "Template" else set(TYPES.get(kind, {}).get("free", []))


def find(kind, path):
    """(service, name of the shape) that a property of a resource type is, or None."""
    known = TYPES.get(kind)
    if known is None:
        return None
    names = known.get("names", {})
    for prefix in sorted(names, key=len, reverse=True):
        if path == prefix or path.startswith(prefix) and path[len(prefix)] in ".[{":
            if names[prefix] is None:
                return None
            *operation, start = names[prefix].split(" ")
            found = follow(operation or known["operation"].split(), start + path[len(prefix) :])
            if found is None and path == prefix:
                raise ValueError(f"models.yaml: botocore has no {names[prefix]} for {kind} {path}")
            return found
    return follow(known["operation"].split(), path) if "operation" in known else None


def follow(operation, path):
    service, operation = operation
    model = shapes(service)
    name = model["operations"][operation]["input"]["shape"]
    for step in re.findall(r"\[\*\]|\{\*\}|\{key\}|[^.\[\]{}]+", path):
        name = member(model["shapes"], name, step)
        if name is None:
            return None
    return service, name


def member(shapes, name, step):
    """The shape behind one step of a path: a member, or what a list or a map holds."""
    shape = shapes[name]
    members = shape.get("members", {})
    # CloudFront's lists are structures with a count beside the items.
    if step == "[*]" and "Items" in members:
        return member(shapes, members["Items"]["shape"], step)
    if step == "[*]":
        return shape["member"]["shape"] if shape["type"] == "list" else None
    if step in ("{*}", "{key}"):
        part = "value" if step == "{*}" else "key"
        return shape[part]["shape"] if shape["type"] == "map" else None
    for candidate, target in members.items():
        if candidate.lower() == step.lower():
            return target["shape"]
    return None


def rule(kind, path):
    """(constraints, source) of a property, or None if the model says nothing about its values."""
    found = find(kind, path)
    if found is None:
        return None
    service, name = found
    shape = shapes(service)["shapes"][name]
    said = {key: shape[key] for key in ("pattern", "enum", "min", "max") if key in shape}
    if not said and shape["type"] not in ("boolean", "structure"):
        return None
    return {"type": shape["type"], **said}, f"botocore {service} {name}"


def faults(constraints, value):
    """What a service would say of a value."""
    kind = constraints["type"]
    if kind in ("list", "map"):
        yield from bounds(constraints, len(value), "entries")
    elif kind in NUMBERS:
        try:
            number = NUMBERS[kind](text(value))
        except ValueError:
            yield "is not a number"
            return
        yield from bounds(constraints, number, "")
    elif kind == "boolean":
        if text(value) not in ("true", "false"):
            yield "is neither true nor false"
    elif kind in ("string", "blob"):
        yield from bounds(constraints, len(text(value)), "characters")
        if "enum" in constraints and text(value) not in constraints["enum"]:
            yield f"is not one of {', '.join(constraints['enum'][:12])}"
        if "pattern" in constraints and not patterns.matches(constraints["pattern"], text(value)):
            yield f"does not match {constraints['pattern']}"


def bounds(constraints, size, unit):
    low, high = constraints.get("min"), constraints.get("max")
    if low is not None and size < low:
        yield f"has {size} {unit}, fewer than {low}" if unit else f"is less than {low}"
    if high is not None and size > high:
        yield f"has {size} {unit}, more than {high}" if unit else f"is more than {high}"
