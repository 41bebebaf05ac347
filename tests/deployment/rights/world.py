"""Everything that the checks look at: the templates' policies, AWS's reference, and the files beside this one."""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # SAM's translator asks boto3 for one

import template  # noqa: E402
from check_job import scripts  # noqa: E402
from policies import policies  # noqa: E402
from reference import Reference  # noqa: E402
from values import ACCOUNT, ORDINARY, Values  # noqa: E402

HERE = Path(__file__).parent
STACK = "mailroom"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{STACK}-boundary"
# Options of access.yaml and of the mail stack, as a deployment with all of them has them.
OPTIONS = {
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    "DomainName": "mail.example.org",
    "MailStackSuffix": "8f6d3a10",
    "ReplicaBucketArn": "arn:aws:s3:::mailroom-replica-8f6d3a10",
    "TokenSecret": "mail/tokens",
}


@dataclass
class World:
    templates: dict  # name -> the template, SAM's expanded
    policies: dict  # name -> its policies
    reference: Reference
    exceptions: dict  # exceptions.yaml
    left_out: dict  # left_out.yaml
    attacks: dict  # attacks.yaml
    scripts: dict  # name -> text, of the scripts that the job runs
    access_bytes: int  # of access.yaml, as it is sent

    @classmethod
    def read(cls):
        templates = {name: template.read(name) for name in template.TEMPLATES}
        templates[template.MAIL] = template.expanded({"Stage": "prod", "ShiftTraffic": "true"})
        return cls(
            templates=templates,
            policies={name: read_policies(name, templates) for name in templates},
            reference=Reference(),
            exceptions=yaml.safe_load((HERE / "exceptions.yaml").read_text()),
            left_out=yaml.safe_load((HERE / "left_out.yaml").read_text()),
            attacks=yaml.safe_load((HERE / "attacks.yaml").read_text()),
            scripts=scripts(),
            access_bytes=len(template.sent(template.ACCESS).encode()),
        )

    @property
    def statements(self):
        return [each for found in self.policies.values() for policy in found for each in policy.statements]

    def role(self, name, file=template.ACCESS):
        """The statements of what a role of a template may do, its managed policies' too."""
        owners = {name} | {
            owner
            for owner, resource in self.templates[file]["Resources"].items()
            if {"Ref": name} in resource.get("Properties", {}).get("Roles", [])
        }
        return self.of(owners, "identity", file)

    def roles(self):
        """Template and name of each role, and of the boundary."""
        kinds = {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}
        for file, source in self.templates.items():
            for name, resource in source["Resources"].items():
                if resource["Type"] in kinds and "Roles" not in resource["Properties"]:
                    yield file, name

    def of(self, owners, kind, file=template.ACCESS):
        found = (policy for policy in self.policies[file] if policy.owner in owners and policy.kind == kind)
        return [each for policy in found for each in policy.statements]


def read_policies(name, templates, stack=STACK, pseudo=ORDINARY, options=OPTIONS):
    """A template's policies, in an account where the mail stack is called `stack`."""
    stacks = {
        template.MAIL: stack,
        template.GRAFANA: f"{stack}-grafana",
        template.QUERIES: f"{stack}-queries",
        template.BUDGET: f"{stack}-budget",
        template.REPLICA: f"{stack}-replica",
        template.ACCESS: f"{stack}-access",
    }
    given = {"StackName": stack, "MailStack": stack, "PermissionsBoundaryArn": BOUNDARY} | options
    given = {key: value for key, value in given.items() if key in templates[name].get("Parameters", {})}
    return list(policies(name, templates[name], Values(templates[name], stacks[name], given, pseudo)))
