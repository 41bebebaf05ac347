"""The templates as CloudFormation gets them.

SAM decides by parameters how it expands a function, so a SAM template is expanded for all of their values.
"""

import logging
import os
from copy import deepcopy
from itertools import product
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from worlds import names_in

logging.disable(logging.WARNING)  # about feature toggles that are AWS's own
ROOT = Path(__file__).resolve().parents[3]
# Each template, and whether a command sends it in its request, which takes less than S3 does.
NAMES = {"template.yaml": False, "grafana/template.yaml": True, "delivery/access.yaml": True}


class NoManagedPolicies:
    """The templates use none; the translator asks all the same."""

    def load(self):
        return {}


def read_all():
    """Name -> expanded template, for each template."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # SAM's translator wants one
    return {name: expand(yaml_parse((ROOT / name).read_text())) for name in NAMES}


def sizes(name):
    size = len((ROOT / name).read_bytes())
    return {"Size": size, "SizeInRequest": size} if NAMES[name] else {"Size": size}


def expand(template):
    if "Transform" not in template:
        return template
    functions = [
        resource for resource in template["Resources"].values() if resource["Type"].startswith("AWS::Serverless::")
    ]
    read = names_in([resource["Properties"].get("DeploymentPreference") for resource in functions], template)
    choices = {
        name: template["Parameters"][name]["AllowedValues"] for name in sorted(read & set(template["Parameters"]))
    }
    merged = None
    for values in product(*choices.values()):
        chosen = dict(zip(choices, values))
        expanded = transform(with_code(template), {"AWS::Region": "eu-central-1", **chosen}, NoManagedPolicies())
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


def with_code(template):
    """`sam package` writes the functions' code into a bucket."""
    template = deepcopy(template)
    template["Globals"]["Function"]["CodeUri"] = "s3://code/function.zip"
    return template
