"""Compares what a deployment with default parameters has with a record, so that an option changes nothing for those who
don't use it.

    defaults.py            compares with defaults.txt
    defaults.py --record   writes it, after a change that is meant for everybody
    defaults.py --print    prints the resources, to compare two commits

Each line of the record is a resource that is there, its type, and a digest of all that it says, with conditions
decided and references left as they are. SAM names a version after the function's properties as they are written, so the
digits of that name are left out: another writing publishes a version, and what it deploys is in the function's line.
"""

import hashlib
import json
import pathlib
import re
import sys

import template

sys.path.append(str(pathlib.Path(__file__).parent / "services"))

from evaluate import evaluate, holds  # noqa: E402

RECORD = pathlib.Path(__file__).with_suffix(".txt")
NOT_DEPLOYED = ("Condition", "Metadata")
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/mailroom/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02",
    "AWS::StackName": "mailroom",
}


def deployed():
    """The resources that CloudFormation gets for the defaults, by their names."""
    text = json.dumps(template.expanded({}))
    expanded = json.loads(re.sub(r"(FunctionVersion)[0-9a-f]{10}\b", r"\1", text))
    world = {name: str(given["Default"]) for name, given in expanded["Parameters"].items()} | PSEUDO
    there = {
        name: resource
        for name, resource in expanded["Resources"].items()
        if "Condition" not in resource or holds(resource["Condition"], expanded, world)
    }
    return {name: said(resource, expanded, world) for name, resource in sorted(there.items())}


def said(resource, expanded, world):
    resource = evaluate({key: part for key, part in resource.items() if key not in NOT_DEPLOYED}, expanded, world)
    if resource["Type"] == "AWS::CloudWatch::Dashboard":  # CloudWatch takes JSON, however it is laid out
        resource["Properties"]["DashboardBody"] = json.loads(str(resource["Properties"]["DashboardBody"]))
    return resource


def main():
    resources = deployed()
    written = {name: json.dumps(resource, sort_keys=True, default=str) for name, resource in resources.items()}
    lines = [
        f"{name} {resources[name]['Type']} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
        for name, text in written.items()
    ]
    match sys.argv[1:]:
        case ["--print"]:
            print(json.dumps(resources, indent=1, sort_keys=True, default=str))
        case ["--record"]:
            RECORD.write_text("\n".join(lines) + "\n")
        case _:
            compare(lines, RECORD.read_text().splitlines())


def compare(lines, recorded):
    changed = sorted(set(lines) ^ set(recorded))
    for line in changed:
        print(f"{'now' if line in lines else 'before'}: {line}")
    if changed:
        sys.exit(
            "the defaults deploy something else; if everybody shall get that, run "
            "target/venv-deployment/bin/python tests/deployment/defaults.py --record"
        )
    print(f"the defaults deploy the {len(lines)} resources that are recorded")


if __name__ == "__main__":
    main()
