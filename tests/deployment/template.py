"""The templates as the tools here read them, and the mail stack's as SAM's translator expands it."""

import logging
import pathlib
import re
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.WARNING)  # about feature toggles that are AWS's own
ROOT = pathlib.Path(__file__).resolve().parents[2]
MAIL = "template.yaml"
GRAFANA = "grafana/template.yaml"
QUERIES = "queries/template.yaml"
BUDGET = "budget/template.yaml"
REPLICA = "replica/template.yaml"
ACCESS = "delivery/access.yaml"  # the pipeline's rights
TEMPLATES = (MAIL, GRAFANA, QUERIES, BUDGET, REPLICA, ACCESS)


def read(name):
    return yaml_parse((ROOT / name).read_text())


def sent(name):
    """A template as its command sends it. docs/DELIVERY.md leaves the comments of access.yaml out."""
    text = (ROOT / name).read_text()
    return re.sub(r" # .*|^ *#.*\n", "", text, flags=re.MULTILINE) if name == ACCESS else text


class NoManagedPolicies:
    """The template uses none, but the translator asks for them."""

    def load(self):
        return {}


def expanded(parameters, template=None):
    """The mail stack as CloudFormation gets it, after `sam package` has put the code into a bucket."""
    template = template or read(MAIL)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/function.zip"
    return transform(template, {"AWS::Region": "eu-central-1", **parameters}, NoManagedPolicies())


def main():
    """For the shell scripts in checks/: the templates of every region, or those of us-east-1 alone."""
    alone = (BUDGET,)
    print(*(alone if sys.argv[1:] == ["us-east-1"] else [name for name in TEMPLATES if name not in alone]))


if __name__ == "__main__":
    main()
