"""Creates delivery/access.yaml in moto's CloudFormation, with no option and with all. moto checks no right.

target/venv/bin/python tests/deployment/rights/create.py
"""

import json
import logging
import os
import pathlib
import sys
import warnings

os.environ.update(AWS_ACCESS_KEY_ID="moto", AWS_SECRET_ACCESS_KEY="moto", AWS_DEFAULT_REGION="eu-central-1")

import boto3  # noqa: E402 (it reads the environment)
import yaml  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.cloudformation.utils import yaml_tag_constructor  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import conditions  # noqa: E402

TEMPLATE = pathlib.Path(__file__).resolve().parents[3] / "delivery/access.yaml"
PLAIN = {"Subject": "repo:owner/repository", "Environment": "prod", "StackName": "mailroom"}
OPTIONS = {
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    "DomainName": "mail.example.org",
    "EnableHttpApi": "yes",
    "EnableCloudFront": "yes",
    "EnableWaf": "yes",
    "EnableFlowLogs": "yes",
    "EnableCustomerKey": "yes",
    "ReplicaBucketArn": "arn:aws:s3:::mailroom-replica-8f6d3a10",
    "TokenSecret": "mail/tokens",
}
ALWAYS = {"NetworkRights", "StorageRights"}
BY_OPTION = {"CloudFrontRights", "CustomerKeyRights", "DomainRights", "FlowLogRights", "HttpApiRights", "ReplicaRights", "WafRights"}
OUTPUTS = {
    "AwsRole": "arn:aws:iam::123456789012:role/mailroom-deploy",
    "CloudFormationRole": "arn:aws:iam::123456789012:role/mailroom-cloudformation",
    "ArtifactsBucket": "artifacts-mailroom-123456789012-eu-central-1",
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/mailroom-boundary",
}


def read():
    yaml.add_multi_constructor("", yaml_tag_constructor, Loader=yaml.SafeLoader)
    return yaml.safe_load(TEMPLATE.read_text())


@mock_aws
def create(parameters):
    """The stack's outputs, and which policies CloudFormation's role has beside its own."""
    client = boto3.client("cloudformation")
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    client.create_stack(
        StackName="mailroom-access",
        TemplateBody=json.dumps(conditions.decide(read(), parameters)),
        Parameters=given,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    stack = client.describe_stacks(StackName="mailroom-access")["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        sys.exit(f"{TEMPLATE.name}: the stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")
    role = boto3.client("iam").list_attached_role_policies(RoleName="mailroom-cloudformation")
    attached = {policy["PolicyName"].split("-")[2] for policy in role["AttachedPolicies"]}
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}, attached


def main():
    logging.disable(logging.WARNING)  # about types that moto doesn't know
    warnings.simplefilter("ignore")
    for name, parameters, policies in (("no option", PLAIN, ALWAYS), ("all options", PLAIN | OPTIONS, ALWAYS | BY_OPTION)):
        outputs, attached = create(parameters)
        if outputs != OUTPUTS or attached != policies:
            sys.exit(f"{TEMPLATE.name}, {name}: {outputs}, attached: {sorted(attached)}")
        print(f"{TEMPLATE.name}, {name}: created, with {', '.join(sorted(attached))}")


if __name__ == "__main__":
    main()
