"""Creates the expanded template with moto's CloudFormation, and says which types of resources moto doesn't know.

    create.py EXPANDED.json

What moto skips is not proved by this. What it creates refers to what exists, in an order that works.
"""

import io
import json
import logging
import os
import pathlib
import sys
import warnings
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="moto", AWS_SECRET_ACCESS_KEY="moto", AWS_DEFAULT_REGION="eu-central-1")

import boto3  # noqa: E402 (it reads the environment)
from moto import mock_aws  # noqa: E402
from moto.cloudformation.parsing import NULL_MODELS, resource_class_from_type  # noqa: E402

import conditions  # noqa: E402

STACK = "candidate-2"
PLAIN = {}
ALL_OPTIONS = {
    "Stage": "prod",
    "DomainName": "mail.example.org",
    "EnableWaf": "yes",
    "EnableCustomerKey": "yes",
    "AlarmEmail": "somebody@example.org",
    "GrafanaImageTag": "1",
}
NO_GRAFANA = {"EnableGrafana": "no", "CloudFrontPrefixListId": "pl-0123abcd"}
# Types that moto 5.2.5 doesn't know. One more is a new resource that nothing here tries.
UNKNOWN = {
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::Lambda::Alias",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
}


def code():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    return buffer.getvalue()


def with_stand_ins(value, missing):
    """What refers to a resource that moto doesn't know gets a text, and what refers to an alias, its function."""
    if isinstance(value, list):
        return [with_stand_ins(item, missing) for item in value]
    if isinstance(value, str):
        for name in missing:
            value = value.replace("${" + name + "}", name).replace("${" + name + ".", name + "{")
        return value
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in missing:
        return {"Ref": value["Ref"].removesuffix("Aliaslive")} if "Alias" in value["Ref"] else value["Ref"]
    if value.get("Fn::GetAtt", [""])[0] in missing:
        return "-".join(value["Fn::GetAtt"])
    return {key: with_stand_ins(item, missing) for key, item in value.items()}


def what_is_there_already():
    """What the options refer to: a certificate and a zone."""
    certificate = boto3.client("acm").request_certificate(DomainName="mail.example.org")["CertificateArn"]
    zone = boto3.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"]
    return {"CertificateArn": certificate, "HostedZoneId": zone.removeprefix("/hostedzone/")}


def create(template, parameters):
    boto3.client("s3").create_bucket(
        Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    boto3.client("s3").put_object(Bucket="code", Key="function.zip", Body=code())
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    client = boto3.client("cloudformation")
    client.create_stack(StackName=STACK, TemplateBody=json.dumps(template), Parameters=given)
    stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        sys.exit(f"the stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def main():
    template = json.loads(pathlib.Path(sys.argv[1]).read_text())
    types = {resource["Type"] for resource in template["Resources"].values()}
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    unknown = {kind for kind in types if kind in NULL_MODELS or resource_class_from_type(kind) is None}
    for name, parameters in (("plain", PLAIN), ("all options", ALL_OPTIONS), ("no Grafana", NO_GRAFANA)):
        with mock_aws():
            if parameters is ALL_OPTIONS:
                parameters = parameters | what_is_there_already()
            decided = conditions.decide(template, parameters)
            missing = {key for key, resource in decided["Resources"].items() if resource["Type"] in unknown}
            outputs = create(with_stand_ins(decided, missing), parameters)
        print(f"{name}: created, {outputs['Url']}")
    print(f"moto knows {len(types - unknown)} types of {len(types)}, not: {', '.join(sorted(unknown))}")
    if unknown - UNKNOWN:
        sys.exit(f"types that nothing here creates: {sorted(unknown - UNKNOWN)}")


if __name__ == "__main__":
    main()
