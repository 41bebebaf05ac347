"""Reads a CloudFormation template, and writes the mail stack's name and suffix in it as the dashboards do."""

import re

import yaml

# Grafana's stack is told the mail stack's name; both mean the same one.
WRITTEN = {"${AWS::StackName}": "${stack}", "${MailStack}": "${stack}", "${Suffix}": "${suffix}"}


class Loader(yaml.SafeLoader):
    """Reads short forms, such as !Ref, as maps with one key, and !Sub as what is in it."""


def short_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return value if tag == "Sub" else {tag: value}


Loader.add_multi_constructor("!", short_form)


def read(text):
    for ours, theirs in WRITTEN.items():
        text = text.replace(ours, theirs)
    return yaml.load(text, Loader=Loader)


def texts(value):
    """All strings in a value of a template."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in texts(one)]


def variable(logical_id):
    """The dashboard variable that finds a resource whose full name is AWS's choice: LoadBalancer, $load_balancer."""
    return "$" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", logical_id).lower()
