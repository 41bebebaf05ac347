"""template.yaml as the tools here read it, and as SAM's translator expands it."""

import logging
import pathlib

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.WARNING)  # about feature toggles that are AWS's own
ROOT = pathlib.Path(__file__).resolve().parents[2]


def read():
    return yaml_parse((ROOT / "template.yaml").read_text())


class NoManagedPolicies:
    """The template uses none; the translator asks all the same."""

    def load(self):
        return {}


def expanded(parameters):
    """The template as CloudFormation gets it, after `sam package` has put the code into a bucket."""
    template = read()
    template["Globals"]["Function"]["CodeUri"] = "s3://code/function.zip"
    return transform(template, {"AWS::Region": "eu-central-1", **parameters}, NoManagedPolicies())
