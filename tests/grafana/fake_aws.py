"""Plays the AWS CLI for grafana/deploy.sh. The texts of errors are AWS's own."""

import os
import pathlib
import re

import jmespath
import yaml

from refused import ACCOUNT, REGISTRY, STACK_ID, UNKNOWN, Refused


def refuse(code, operation, text):
    raise Refused(f"\nAn error occurred ({code}) when calling the {operation} operation: {text}")


def options(arguments, known):
    """--name value ... as the AWS CLI reads them: an option that it doesn't know is an error."""
    found, name = {}, None
    for argument in arguments:
        if argument.startswith("--"):
            name = argument.removeprefix("--")
            if name not in known:
                raise Refused(f"Unknown options: {argument}", 252)
            found[name] = []
        else:
            found[name].append(argument)
    return found


class Aws:
    def __init__(self, state, log, arguments):
        self.state, self.log = state, log
        service, operation, *rest = arguments
        play = getattr(self, f"{service}_{operation}".replace("-", "_"), None)
        if play is None:
            raise Refused(f"aws is asked: {' '.join(arguments)}", UNKNOWN)
        play(rest)

    def answer(self, given, response):
        if given.get("output") != ["text"]:
            raise Refused("an answer that isn't text is not for a script", UNKNOWN)
        value = jmespath.search(given["query"][0], response) if "query" in given else response
        rows = value if value and isinstance(value, list) and isinstance(value[0], list) else [value]
        for row in rows:
            cells = row if isinstance(row, list) else [row]
            print("\t".join("None" if cell is None else str(cell) for cell in cells))

    def cloudformation_describe_stacks(self, arguments):
        given = options(arguments, {"stack-name", "query", "output"})
        (name,), stack = given["stack-name"], self.state["stack"]
        if name == self.state["mail"]:
            found = {"StackId": STACK_ID % name}
        elif stack and name == f"{self.state['mail']}-grafana":
            parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in stack["parameters"].items()]
            url = self.state["ssm"][stack["parameters"]["Url"]] if "Url" in stack["parameters"] else None
            found = {
                "StackStatus": stack["status"],
                "Parameters": parameters,
                "Outputs": [{"OutputKey": "GrafanaUrl", "OutputValue": f"{url}/grafana/"}],
            }
        else:
            refuse("ValidationError", "DescribeStacks", f"Stack with id {name} does not exist")
        self.answer(given, {"Stacks": [found]})

    def cloudformation_describe_stack_events(self, arguments):
        given = options(arguments, {"stack-name", "query", "output"})
        self.answer(given, {"StackEvents": self.state["stack"]["events"]})

    def ssm_get_parameters(self, arguments):
        given = options(arguments, {"names", "query", "output"})
        if not 1 <= len(given["names"]) <= 10:
            refuse("ValidationException", "GetParameters", "Member must have length less than or equal to 10")
        self.answer(given, {"InvalidParameters": [name for name in given["names"] if name not in self.state["ssm"]]})

    def iam_get_role(self, arguments):
        given = options(arguments, {"role-name", "output"})
        if self.state["role"] in ("hidden", "denied"):
            refuse("AccessDenied", "GetRole", "User is not authorized to perform: iam:GetRole")
        if self.state["role"] == "missing" or given["role-name"] != ["AWSServiceRoleForECS"]:
            refuse("NoSuchEntity", "GetRole", "The role with name AWSServiceRoleForECS cannot be found.")
        self.answer(given, "ROLE")

    def iam_create_service_linked_role(self, arguments):
        given = options(arguments, {"aws-service-name", "output"})
        if given["aws-service-name"] != ["ecs.amazonaws.com"] or self.state["role"] == "denied":
            text = "User is not authorized to perform: iam:CreateServiceLinkedRole"
            refuse("AccessDenied", "CreateServiceLinkedRole", text)
        if self.state["role"] != "missing":
            text = "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix."
            refuse("InvalidInput", "CreateServiceLinkedRole", text)
        self.state["role"] = "new"
        self.log("create the role")
        self.answer(given, "ROLE")

    def ecr_describe_repositories(self, arguments):
        given = options(arguments, {"repository-names", "query", "output"})
        (name,) = given["repository-names"]
        if not self.state["stack"] or self.state["stack"]["status"].startswith("ROLLBACK_"):
            text = f"The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"
            refuse("RepositoryNotFoundException", "DescribeRepositories", text)
        self.answer(given, {"repositories": [{"repositoryUri": f"{REGISTRY}/{name}"}]})

    def ecr_describe_images(self, arguments):
        given = options(arguments, {"repository-name", "image-ids", "query", "output"})
        (identity,) = given["image-ids"]
        tag = identity.removeprefix("imageTag=")
        if tag not in self.state["images"]:
            text = f"The image with imageId {{imageDigest:'null', imageTag:'{tag}'}} does not exist within the repository"
            refuse("ImageNotFoundException", "DescribeImages", text)
        self.answer(given, {"imageDetails": [{"imageDigest": self.state["images"][tag]}]})

    def ecr_get_login_password(self, arguments):
        options(arguments, set())
        print("password")

    def cloudformation_deploy(self, arguments):
        known = {"stack-name", "template-file", "capabilities", "no-fail-on-empty-changeset", "tags"}
        given = options(arguments, known | {"parameter-overrides"})
        template = read_template(given["template-file"][0])
        if given.get("capabilities") != ["CAPABILITY_IAM"]:
            refuse("InsufficientCapabilitiesException", "CreateChangeSet", "Requires capabilities : [CAPABILITY_IAM]")
        if any("=" not in pair for pair in given["parameter-overrides"] + given["tags"]):
            raise Refused("value passed must be of format Key=Value", 252)
        overrides = dict(pair.split("=", 1) for pair in given["parameter-overrides"])
        before = self.state["stack"]
        if before and before["status"] == "ROLLBACK_COMPLETE":
            text = f"Stack:{STACK_ID % given['stack-name'][0]} is in ROLLBACK_COMPLETE state and can not be updated."
            refuse("ValidationError", "CreateChangeSet", text)
        values = merged(template["Parameters"], overrides, before["parameters"] if before else {}, self.state["ssm"])
        digest = values["GrafanaImageDigest"]
        self.log(f"deploy {digest or 'without our image'}")
        reason = self.trouble(digest)
        if reason:
            self.fail(before, values, *reason)
        self.state["stack"] = {
            "status": "UPDATE_COMPLETE" if before else "CREATE_COMPLETE",
            "parameters": values,
            "events": before["events"] if before else [],
        }
        print(f"Successfully created/updated stack - {given['stack-name'][0]}")

    def trouble(self, digest):
        if self.state["role"] in ("missing", "new"):
            text = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
            return "Cluster", text
        if digest and digest not in self.state["images"].values():
            return "GrafanaService", "ECS Deployment Circuit Breaker was triggered."
        if "deploy" in self.state["fails"]:
            return "GrafanaGroup", "You've reached your quota for maximum instances"

    def fail(self, before, values, resource, text):
        event = {
            "Timestamp": "2026-11-27T13:00:00Z",
            "LogicalResourceId": resource,
            "ResourceStatus": "UPDATE_FAILED" if before else "CREATE_FAILED",
            "ResourceStatusReason": text,
        }
        self.state["stack"] = {
            "status": "UPDATE_ROLLBACK_COMPLETE" if before else "ROLLBACK_COMPLETE",
            "parameters": before["parameters"] if before else values,
            "events": [event, *(before["events"] if before else [])],
        }
        raise Refused("\nFailed to create/update the stack. Run the following command", 255)


def read_template(file):
    if not os.path.isfile(file):
        raise Refused(f"Invalid template path {file}", 255)
    if os.path.getsize(file) > 51200:
        raise Refused("Templates with a size greater than 51,200 bytes must be deployed via an S3 Bucket.", 255)
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", lambda *_: None)  # only parameters are looked at
    return yaml.load(pathlib.Path(file).read_text(), Loader=loader)


def merged(parameters, overrides, before, ssm):
    """Values as CloudFormation takes them. The CLI ignores an override that the template has no parameter for."""
    values = {}
    for name, definition in parameters.items():
        value = overrides.get(name, before.get(name, definition.get("Default")))
        if value is None:
            refuse("ValidationError", "CreateChangeSet", f"Parameters: [{name}] must have values")
        values[name] = str(value)
        if not re.fullmatch(definition.get("AllowedPattern", ".*").removeprefix("^").removesuffix("$"), str(value)):
            text = f"Parameter '{name}' must be {definition['ConstraintDescription']}"
            refuse("ValidationError", "CreateChangeSet", text)
        if str(value) not in map(str, definition.get("AllowedValues", [value])):
            refuse("ValidationError", "CreateChangeSet", f"Parameter '{name}' must be one of AllowedValues")
        if definition["Type"].startswith("AWS::SSM::") and not value.startswith("/aws/service/") and value not in ssm:
            text = f"Unable to fetch parameters [{value}] from parameter store for this account."
            refuse("ValidationError", "CreateChangeSet", text)
    return values
