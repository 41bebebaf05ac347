"""Expands the template with SAM's translator, for each stage, and looks at what SAM adds by itself.

    expand.py [FILE]    writes what comes out for dev to FILE, as JSON
"""

import json
import pathlib
import sys

import template

# What is in the expanded template and not in ours: a version, an alias and CodeDeploy for each function. A role
# among them would be one of SAM's, with managed policies that may do more than they need to.
ADDED = {
    "AWS::CodeDeploy::Application": 1,
    "AWS::CodeDeploy::DeploymentGroup": 2,
    "AWS::Lambda::Alias": 2,
    "AWS::Lambda::Version": 2,
}
TRAFFIC = {"dev": "AllAtOnce", "staging": "Canary10Percent5Minutes", "prod": "Canary10Percent5Minutes"}


def check(stage):
    ours = template.read()["Resources"]
    expanded = template.expanded({"Stage": stage})
    added = {}
    for name, resource in expanded["Resources"].items():
        if name not in ours:
            added[resource["Type"]] = added.get(resource["Type"], 0) + 1
    if added != ADDED:
        sys.exit(f"{stage}: SAM adds {added}")
    for name, resource in expanded["Resources"].items():
        if resource["Type"] == "AWS::CodeDeploy::DeploymentGroup":
            properties = resource["Properties"]
            configuration = properties["DeploymentConfigName"]["Fn::Sub"][1]["ConfigName"]
            if configuration != TRAFFIC[stage]:
                sys.exit(f"{stage}: {name} moves traffic by {configuration}")
            if not properties["AlarmConfiguration"]["Fn::If"][1].get("Alarms"):
                sys.exit(f"{stage}: no alarm takes {name} back")
    return expanded


def main():
    for stage in TRAFFIC:
        expanded = check(stage)
        print(f"{stage}: {len(expanded['Resources'])} resources, traffic {TRAFFIC[stage]}")
        if stage == "dev" and len(sys.argv) > 1:
            pathlib.Path(sys.argv[1]).write_text(json.dumps(expanded))


if __name__ == "__main__":
    main()
