"""The templates as CloudFormation gets them.

SAM decides by parameters how it expands a function, so a SAM template is expanded for all of their values.
"""

import os
from copy import deepcopy
from itertools import product

import template as source  # tests/deployment/template.py

from worlds import names_in

# The commands for these send the template in the request, which may be smaller than a template in S3.
IN_REQUEST = {source.GRAFANA, source.QUERIES, source.BUDGET, source.REPLICA, source.ACCESS}


def read_all():
    """Name -> expanded template, for each template."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # SAM's translator wants one
    return {name: expand(source.read(name)) for name in source.TEMPLATES}


def sizes(name):
    size = len(source.sent(name).encode())
    return {"Size": size, "SizeInRequest": size} if name in IN_REQUEST else {"Size": size}


def expand(template):
    if "Transform" not in template:
        return template
    functions = [given for given in template["Resources"].values() if given["Type"].startswith("AWS::Serverless::")]
    read = names_in([given["Properties"].get("DeploymentPreference") for given in functions], template)
    choices = {
        name: template["Parameters"][name]["AllowedValues"] for name in sorted(read & set(template["Parameters"]))
    }
    merged = None
    for values in product(*choices.values()):
        expanded = source.expanded(dict(zip(choices, values)), deepcopy(template))
        merged = merge(merged or expanded, expanded, ", ".join(map(str, values)))
    return merged


def merge(template, other, what):
    """A resource that comes out another way is added under a name of its own, with parentheses."""
    resources = template["Resources"]
    for name, resource in other["Resources"].items():
        variants = [given for key, given in resources.items() if key == name or key.startswith(f"{name} (")]
        if resource not in variants:
            resources[f"{name} ({what})" if variants else name] = resource
    return template
