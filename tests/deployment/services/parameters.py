"""The values that each parameter is tried with, and the values that it must refuse."""

from functools import cache
from pathlib import Path

import yaml

import patterns
from evaluate import text


@cache
def known():
    return yaml.safe_load((Path(__file__).parent / "parameters.yaml").read_text())


def environments(template, stacks=None):
    """The pseudo parameters, for each name that the stack of this template may have."""
    given = known()
    return [
        {
            "AWS::StackName": stack,
            "AWS::Region": place["region"],
            "AWS::Partition": place["partition"],
            "AWS::AccountId": "123456789012",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackId": "arn:{partition}:cloudformation:{region}:123456789012:stack/".format(**place)
            + f"{stack}/8f6d3a10-0123-4567-89ab-0123456789ab",
        }
        for stack, place in zip(stacks or given["stacks"][template], given["places"])
    ]


def takes(parameter, value):
    """Whether CloudFormation lets a value through."""
    pattern = parameter.get("AllowedPattern")
    if pattern and not patterns.matches(pattern, text(value)):
        return False
    if "AllowedValues" in parameter and text(value) not in map(text, parameter["AllowedValues"]):
        return False
    if not parameter.get("MinLength", 0) <= len(text(value)) <= parameter.get("MaxLength", 4096):
        return False
    if parameter["Type"] == "Number":
        return parameter.get("MinValue", value) <= value <= parameter.get("MaxValue", value)
    return True


def short(value):
    return repr(value) if len(text(value)) <= 80 else f"{text(value)[:60]!r}... ({len(text(value))} characters)"


def faults(name, parameter):
    given = known()["parameters"].get(name)
    if given is None:
        if "AllowedPattern" in parameter:
            yield "has an AllowedPattern; add values to accept and to refuse to parameters.yaml"
        return
    if "Default" in parameter and not takes(parameter, parameter["Default"]):
        yield f"refuses its own default {parameter['Default']!r}"
    for value in given.get("accept", []):
        if not takes(parameter, value):
            yield f"refuses the valid value {short(value)}"
    for value in given.get("refuse", []):
        if takes(parameter, value):
            yield f"accepts {short(value)}, which must be refused"
    if "AllowedPattern" in parameter and not given.get("refuse"):
        yield "has an AllowedPattern; add values to refuse to parameters.yaml"


def unused(templates):
    there = {name for template in templates.values() for name in template.get("Parameters", {})}
    return sorted(set(known()["parameters"]) - there)
