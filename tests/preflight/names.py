"""The names that the templates give, read as YAML, against the names that preflight.sh asks for."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
STACK = "mailroom-dev"
# Properties of resources that are names within an account and region, by which a second one is refused.
PROPERTIES = {
    "AlarmName", "AliasName", "AutoScalingGroupName", "ClusterName", "DashboardName", "FunctionName", "LogGroupName",
    "Name", "RepositoryName", "RoleName", "TopicName",
}  # fmt: skip
# These have names that belong to something else (of a function, to its parts; of a record, to the domain) or that
# aren't keys (of an HTTP API).
OF_ANOTHER = {"AWS::ApiGatewayV2::Api", "AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping", "AWS::Route53::RecordSet"}


class Loader(yaml.SafeLoader):
    pass


def tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", tag)


def given():
    for file in "template.yaml", "grafana/template.yaml":
        template = yaml.load((ROOT / file).read_text(), Loader)
        for resource in template["Resources"].values():
            if resource["Type"] in OF_ANOTHER:
                continue
            for name, value in resource.get("Properties", {}).items():
                if name in PROPERTIES:
                    text = value.get("Sub") or f"${{{value['Ref']}}}"
                    yield text.replace("${AWS::StackName}", STACK).replace("${MailStack}", STACK)


def not_asked_for(commands):
    """Names that no command line has. A listing is filtered by the name, so it has the name too."""
    text = " ".join(argument for command in commands for argument in command)
    words = set(text.replace("'", " ").replace(":", " ").split())
    listed = f"/{STACK}/"  # SSM lists all parameters below the stack's path; each has a scenario
    return sorted(name for name in given() if name not in words and not name.startswith(listed))
