"""Tries the mail stack with every option alone and with all that fit together (options.py).

    matrix.py             checks each combination
    matrix.py MATRIX.json writes the expanded templates for moto, too

SAM expands each. CloudFormation's Rules allow it, every reference leads to a resource that is there, and every value is one
that its service takes. Options that exclude each other are refused. Afterwards each check has to see a damage.
"""

import json
import pathlib
import re
import sys
from copy import deepcopy

import options
import template
from seen import seen

sys.path.append(str(pathlib.Path(__file__).parent / "services"))

import inspection  # noqa: E402
import worlds  # noqa: E402
from evaluate import evaluate, holds  # noqa: E402

PLACE = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/mailroom/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02",
    "AWS::StackName": "mailroom",
    "AWS::URLSuffix": "amazonaws.com",
}


def main():
    mail = template.read(template.MAIL)
    written = {}
    faults = list(check(mail, written))
    for fault in faults:
        print(f"FAULT  {fault}")
    if faults or not all([is_seen(mail, *one) for one in BREAKS.items()]):
        return 1
    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_text(json.dumps(written))
    print(f"{len(written)} combinations of options expand, and all of their values are right")
    return 0


def check(mail, written, only=None):
    combinations = options.alone() | {f"all with {start}": options.together(start) for start in options.STARTS}
    yield from incomplete(mail)
    yield from fitting(mail)
    known = set()
    for name, given in combinations.items():
        if only in (None, name):
            expanded = template.expanded(given, deepcopy(mail))
            written[name] = {"parameters": given, "template": expanded}
            yield from (f"{name}: {fault}" for fault in wrong(expanded, given, known))


def is_seen(mail, name, given):
    damage, combination, expected = given
    damaged = deepcopy(mail)
    damage(damaged)
    return seen(name, expected, list(check(damaged, {}, combination)))


def incomplete(mail):
    """A parameter without a row would be an option that nothing tries."""
    rows = {name for row in options.ROWS for name in row}
    for name in sorted(set(mail["Parameters"]) ^ rows):
        yield f"options.py: {name} has {'no row' if name not in rows else 'a row, but is not a parameter'}"
    for name, value in ((name, value) for row in options.ROWS for name, value in row.items()):
        if str(mail["Parameters"].get(name, {}).get("Default")) == value:
            yield f"options.py: {name}={value} is the default"


def fitting(mail):
    """Options that a start leaves out are refused with it."""
    for start, given in options.STARTS.items():
        for name in options.REFUSED[start]:
            value = next(row[name] for row in options.ROWS if name in row)
            if worlds.allowed(mail, world(mail, given | {name: value})):
                yield f"options.py: {start} takes {name}={value}, so add it to all with {start}"


def world(mail, given):
    return {name: str(each.get("Default")) for name, each in mail["Parameters"].items()} | PLACE | given


def wrong(expanded, given, known):
    values = world(expanded, given)
    if not worlds.allowed(expanded, values):
        yield "a rule of the template refuses it"
        return
    there = {
        section: {
            name: part
            for name, part in expanded[section].items()
            if "Condition" not in part or holds(part["Condition"], expanded, values)
        }
        for section in ("Resources", "Outputs")
    }
    decided = evaluated(there, expanded, values)
    for name, resource in there["Resources"].items():
        for missing in sorted({*dependencies(resource)} - set(there["Resources"])):
            yield f"{name} waits for {missing}, which isn't there"
    for section, parts in decided.items():
        for name, part in parts.items():
            text = json.dumps(part, default=str)
            for other in set(expanded["Resources"]) - set(there["Resources"]):
                if re.search(rf"\bRef {other}\b|\$\{{{other}[.}}]|\"{other}\.", text):
                    yield f"{name} refers to {other}, which isn't there"
    for name, properties in decided["Resources"].items():
        yield from service_faults(name, expanded["Resources"][name]["Type"], properties, known)


def evaluated(there, expanded, values):
    return {
        "Resources": {
            name: evaluate(worlds.part(resource, None)["Properties"], expanded, values)
            for name, resource in there["Resources"].items()
        },
        "Outputs": {name: evaluate(output["Value"], expanded, values) for name, output in there["Outputs"].items()},
    }


def dependencies(resource):
    waits = resource.get("DependsOn", [])
    return [waits] if isinstance(waits, str) else waits


def service_faults(name, kind, properties, known):
    """Faults that a service would refuse. `known` are the resources that an earlier combination had too."""
    key = kind, json.dumps(properties, sort_keys=True, default=str)
    if key in known:
        return
    known.add(key)
    report = inspection.Report()
    inspection.inspect_values(name, kind, properties, set(), report)
    yield from report.faults


def without_a_condition(section, name):
    return lambda mail: mail[section][name].pop("Condition")


def of(name, key, value):
    return lambda mail: mail["Resources"][name]["Properties"].update({key: value})


# name: (damage, the combination that shows it, what is said)
BREAKS = {
    "an output about a load balancer that isn't there": (
        without_a_condition("Outputs", "LoadBalancerName"),
        "Endpoint=http-api",
        "LoadBalancerName refers to LoadBalancer",
    ),
    "an alarm of an HTTP API that isn't there": (
        without_a_condition("Resources", "HttpApiErrorsAlarm"),
        "defaults",
        "HttpApiErrorsAlarm refers to HttpApi",
    ),
    "a resource that waits for one that isn't there": (
        lambda mail: mail["Resources"]["Queue"].update({"DependsOn": "LogBucketPolicy"}),
        "Endpoint=http-api",
        "Queue waits for LogBucketPolicy",
    ),
    "a value of one option alone": (
        of("Bucket", "BucketName", {"Fn::If": ["HasHttpApi", "Mail", "mail"]}),
        "Endpoint=http-api",
        "BucketName: 'Mail' does not match",
    ),
    "a rule that refuses an option": (
        lambda mail: mail["Rules"]["ZoneNeedsName"].pop("RuleCondition"),
        "defaults",
        "a rule of the template refuses it",
    ),
    "an option without a row": (
        lambda mail: mail["Parameters"].update({"EnableFax": {"Default": "no", "Type": "String"}}),
        "none",
        "EnableFax has no row",
    ),
    "a rule that is gone": (lambda mail: mail["Rules"].pop("NameIsTheLoadBalancers"), "none", "CloudFront takes DomainName"),
}


if __name__ == "__main__":
    sys.exit(main())
