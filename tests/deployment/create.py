"""Creates the mail stack with moto's CloudFormation, alone, and then the stacks beside it by their deploy.sh.

    create.py EXPANDED.json GRAFANA.json QUERIES.json MATRIX.json

EXPANDED.json is the mail stack's template as SAM expands it, MATRIX.json that of each combination of its options
(matrix.py), the others are those stacks' as JSON. deploy.sh runs with the real AWS CLI against moto's server. Where moto
knows a type of resource, its references lead to resources that exist, in an order that works; stand_ins.py lists the
types that it doesn't know.
"""

import io
import json
import logging
import os
import pathlib
import sys
import urllib.request
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="moto", AWS_SECRET_ACCESS_KEY="moto", AWS_DEFAULT_REGION="eu-central-1")

import boto3  # noqa: E402 (it reads the environment)
from moto.server import ThreadedMotoServer  # noqa: E402

import beside  # noqa: E402
import budget  # noqa: E402
import options  # noqa: E402
import queries  # noqa: E402
import replica  # noqa: E402
import stand_ins  # noqa: E402

STACK = "candidate-2"
# Parameters whose values have to be there already.
EXISTING = ("CertificateArn", "HostedZoneId", "PermissionsBoundaryArn")
# Variants with stacks beside. name: (parameters of the mail stack, what they refer to, parameters that both stacks get)
VARIANTS = {
    "plain": ({}, [], []),
    "all options": (options.together("both"), ["CertificateArn", "HostedZoneId"], ["PermissionsBoundaryArn"]),
    "CloudFront": ({"CloudFrontPrefixListId": "pl-0123abcd"}, [], []),
    "HTTP API": ({"Endpoint": "http-api"}, [], []),
    "replica": (replica.TAKEN | {"ReplicaBucketArn": replica.BUCKET}, [], []),
}
# Grafana's parameters that aren't the defaults.
GRAFANA = {
    "CloudFront": {"GrafanaSubnets": "private"},
    "all options": {"GrafanaSubnets": "private", "GrafanaEgress": "endpoints"},
}


def there_already(names):
    """Creates what the options refer to: a certificate, a zone, a policy."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

    def value(name):
        match name:
            case "CertificateArn":
                return boto3.client("acm").request_certificate(DomainName="mail.example.org")["CertificateArn"]
            case "HostedZoneId":
                zone = boto3.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
                return zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
            case "PermissionsBoundaryArn":
                document = json.dumps(policy)
                return boto3.client("iam").create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
        raise ValueError(name)

    return {name: value(name) for name in names}


def code():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    return buffer.getvalue()


def create(template, parameters):
    bucket = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="code", CreateBucketConfiguration=bucket)
    boto3.client("s3").put_object(Bucket="code", Key="function.zip", Body=code())
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    client = boto3.client("cloudformation")
    client.create_stack(StackName=STACK, TemplateBody=json.dumps(template), Parameters=given)
    stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        sys.exit(f"the stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")


def bounded(boundary):
    """Every role has the boundary, of whichever stack it is."""
    client = boto3.client("iam")
    roles = [role["RoleName"] for role in client.list_roles()["Roles"] if role["RoleName"].startswith(STACK)]
    for name in roles:
        role = client.get_role(RoleName=name)["Role"]
        if role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") != boundary:
            sys.exit(f"the role {name} is not bounded by {boundary}")
    if len(roles) < 6:
        sys.exit(f"only {roles} are roles of both stacks")


def reset(url):
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"))


def every_combination(url, matrix):
    """The mail stack alone, with each option and with all that fit together."""
    for name, combination in matrix.items():
        reset(url)
        parameters = combination["parameters"]
        parameters = parameters | there_already(set(EXISTING) & set(parameters))
        create(stand_ins.creatable(combination["template"], parameters), parameters)
        resources = boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        print(f"{name}: created, {len(resources)} resources")


def with_stacks_beside(name, mail, grafana, queries_template):
    parameters, needed, of_both = VARIANTS[name]
    shared = there_already(of_both)
    parameters = parameters | there_already(needed) | shared
    create(stand_ins.creatable(mail, parameters), parameters)
    print(f"{name}: the mail stack is created alone")
    if name == "plain":
        beside.refused(STACK, grafana)
        replica.refused(STACK)
        replica.takes_over_nothing(STACK)
    if name == "all options":
        replica.refuses_a_customer_key(STACK)
    if name == "replica":
        replica.check(STACK)
        print(f"{name}: the bucket for copies is created in {replica.REGION} and changed")
        return
    if "AlarmEmail" in parameters:
        budget.check(STACK, parameters["AlarmEmail"])
        print(f"{name}: the account's budget is created in us-east-1, changed and deleted")
    if parameters.get("Endpoint") == "http-api":
        beside.refused_without_a_load_balancer(STACK, grafana)
        queries.create(STACK, queries_template, access_log="no")
        queries.delete(STACK)
        print(f"{name}: Grafana's stack is refused; the queries' stack is created beside it, and deleted")
        return
    beside.create(STACK, grafana, shared | GRAFANA.get(name, {}))
    if name == "plain":
        beside.update(STACK, grafana)
        queries.refused(STACK, queries_template)
        queries.create(STACK, queries_template)
        queries.without_a_load_balancer(STACK, queries_template)
        queries.delete(STACK)
        print(f"{name}: the queries' stack is created beside it, and deleted")
    if shared:
        bounded(shared["PermissionsBoundaryArn"])
    beside.delete(STACK)
    print(f"{name}: Grafana's stack is created beside it; both are deleted, Grafana's first")


def main():
    *templates, matrix = (json.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:])
    mail, grafana, queries_template = templates
    logging.disable(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = os.environ["AWS_ENDPOINT_URL"] = "http://{}:{}".format(*server.get_host_and_port())
    every_combination(url, matrix)
    for name in VARIANTS:
        reset(url)
        with_stacks_beside(name, *templates)
    server.stop()

    known = set().union(*map(stand_ins.types, (mail, grafana, queries_template)))
    unknown = set().union(*map(stand_ins.unknown_types, (mail, grafana, queries_template)))
    print(f"moto knows {len(known - unknown)} types of {len(known)}, not: {', '.join(sorted(unknown))}")
    if unknown != stand_ins.UNKNOWN:
        sys.exit(f"change UNKNOWN in stand_ins.py: {sorted(unknown ^ stand_ins.UNKNOWN)}")


if __name__ == "__main__":
    main()
