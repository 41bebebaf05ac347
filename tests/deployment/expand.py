"""Expands the mail stack's template with SAM's translator and looks at what SAM adds by itself.

    expand.py                         each stage, with and without ShiftTraffic
    expand.py MAIL.json GRAFANA.json QUERIES.json  writes the expansion for dev, and the others as they are, as JSON
"""

import json
import pathlib
import sys

import template

# SAM's own resources: a version and an alias for both functions, and the canary's schedule. A role among them would have
# managed policies that allow more than a function needs.
ALIASES = {"AWS::Lambda::Alias": 2, "AWS::Lambda::Version": 2, "AWS::Scheduler::Schedule": 1}
CODE_DEPLOY = {"AWS::CodeDeploy::Application": 1, "AWS::CodeDeploy::DeploymentGroup": 2}
TRAFFIC = {"dev": "AllAtOnce", "staging": "Canary10Percent5Minutes", "prod": "Canary10Percent5Minutes"}
# Only signals of the function roll a deployment back, or a failure of Grafana would roll back a good version.
ALARMS = {
    "ApiFunctionDeploymentGroup": ["ApiErrorsAlarm", "ApiUnavailableAlarm", "ApiBugAlarm"],
    "WorkerFunctionDeploymentGroup": ["WorkerErrorsAlarm", "PoisonAlarm", "FailedWritesAlarm"],
}


def check(stage, shift_traffic):
    ours = template.read(template.MAIL)["Resources"]
    expanded = template.expanded({"Stage": stage, "ShiftTraffic": shift_traffic})
    where = f"{stage}, ShiftTraffic={shift_traffic}"
    added = {}
    for name, resource in expanded["Resources"].items():
        if name not in ours:
            added[resource["Type"]] = added.get(resource["Type"], 0) + 1
    # With false the translator must leave out CodeDeploy, or going back would be refused while an alarm fires.
    expected = ALIASES | (CODE_DEPLOY if shift_traffic == "true" else {})
    if added != expected:
        sys.exit(f"{where}: SAM adds {added} instead of {expected}")
    for name, resource in expanded["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Alias" and ("UpdatePolicy" in resource) != (shift_traffic == "true"):
            sys.exit(f"{where}: {name} has the update policy {resource.get('UpdatePolicy')}")
        if resource["Type"] == "AWS::CodeDeploy::DeploymentGroup":
            group(where, stage, name, resource["Properties"])
    return expanded


def group(where, stage, name, properties):
    configuration = properties["DeploymentConfigName"]["Fn::Sub"][1]["ConfigName"]
    if configuration != TRAFFIC[stage]:
        sys.exit(f"{where}: {name} moves traffic by {configuration} instead of {TRAFFIC[stage]}")
    alarms = [alarm["Name"] for alarm in properties["AlarmConfiguration"]["Alarms"]]
    if alarms != [{"Ref": alarm} for alarm in ALARMS[name]] or not properties["AlarmConfiguration"]["Enabled"]:
        sys.exit(f"{where}: {name} is rolled back by {alarms}")
    if "DEPLOYMENT_STOP_ON_ALARM" not in properties["AutoRollbackConfiguration"]["Events"]:
        sys.exit(f"{where}: {name} is not rolled back by its alarms")


def main():
    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_text(json.dumps(check("dev", "true")))
        for path, name in zip(sys.argv[2:], (template.GRAFANA, template.QUERIES), strict=True):
            pathlib.Path(path).write_text(json.dumps(template.read(name)))
        return
    for stage in TRAFFIC:
        for shift_traffic in ("true", "false"):
            expanded = check(stage, shift_traffic)
            how = f"CodeDeploy, {TRAFFIC[stage]}" if shift_traffic == "true" else "no CodeDeploy"
            print(f"{stage}, ShiftTraffic={shift_traffic}: {len(expanded['Resources'])} resources, {how}")


if __name__ == "__main__":
    main()
