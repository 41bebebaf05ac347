"""Runs delivery/preflight.sh with the installed AWS CLI against moto, which others wrote: once where nothing is wrong,
once where much is. moto knows neither the quotas of most services nor Lambda's account settings nor the free plan.
"""

import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import boto3
from account import ID, REGION
from names import ROOT
from run import Run

CUSTOM = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}
BIN = pathlib.Path(sys.executable).parent
LIST = "com.amazonaws.global.cloudfront.origin-facing"
UNKNOWN_TO_MOTO = {"load balancers", "Lambda concurrency", "free plan", "instance quota"}


@contextlib.contextmanager
def moto():
    """A client for every service, with a server of its own."""
    server = subprocess.Popen(
        [sys.executable, ROOT / "tests/moto/serve.py"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "MOTO_ACM_VALIDATION_WAIT": "0"},
    )  # fmt: skip
    with server:
        url = server.stdout.readline().strip()
        keys = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "none"}
        yield lambda service: boto3.client(service, endpoint_url=url, region_name=REGION, **keys), url
        server.stdin.close()


def arguments(client, stack):
    """Parameters that fit what is in the account."""
    acm, zones, iam, ec2 = client("acm"), client("route53"), client("iam"), client("ec2")
    certificate = acm.request_certificate(DomainName="*.example.org", ValidationMethod="DNS")["CertificateArn"]
    acm.describe_certificate(CertificateArn=certificate)  # moto issues it when it is asked
    zone = zones.create_hosted_zone(Name="example.org", CallerReference="c")["HostedZone"]["Id"]
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = iam.create_policy(
        PolicyName="boundary", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    lists = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [LIST]}])["PrefixLists"]
    return [
        stack, "--grafana", "--read-token", "EnableCustomerKey=yes", "EnableWaf=yes",
        f"CertificateArn={certificate}", "DomainName=mail.example.org", f"HostedZoneId={zone.rsplit('/')[-1]}",
        f"PermissionsBoundaryArn={policy['Policy']['Arn']}", f"CloudFrontPrefixListId={lists[0]['PrefixListId']}",
    ]  # fmt: skip


def make_right(client, stack):
    for service in "ElasticLoadBalancing", "ECS", "AutoScaling":  # moto's service-linked roles have other names
        client("iam").create_role(RoleName=f"AWSServiceRoleFor{service}", AssumeRolePolicyDocument="{}")
    client("ssm").put_parameter(Name=f"/{stack}/auth_token", Type="SecureString", Value="open-sesame")
    origin = {"Id": "o", "DomainName": "example.org", "CustomOriginConfig": CUSTOM}
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"}
    client("cloudfront").create_distribution(DistributionConfig={
        "CallerReference": "c", "Comment": "", "Enabled": True, "DefaultCacheBehavior": behavior,
        "Origins": {"Quantity": 1, "Items": [origin]},
    })  # fmt: skip


def make_wrong(client, stack):
    """Takes every name and as many VPCs and gateways as there may be, and leaves the token blank."""
    ec2, elb, logs, cloudwatch = client("ec2"), client("elbv2"), client("logs"), client("cloudwatch")
    client("ssm").put_parameter(Name=f"/{stack}/auth_token", Type="SecureString", Value=" \n")
    client("ssm").put_parameter(Name=f"/{stack}/load-balancer/url", Type="String", Value="x")
    for _ in range(4):
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for _ in range(5):
        ec2.create_internet_gateway()
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    elb.create_load_balancer(Name=f"{stack}-alb", Subnets=subnets[:2])
    for name in "api", "grafana":
        elb.create_target_group(Name=f"{stack}-{name}", Protocol="HTTP", Port=80, VpcId=vpc)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("bootstrap", "")
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for name in "api", "worker":
        logs.create_log_group(logGroupName=f"/aws/lambda/{stack}-{name}")
        client("lambda").create_function(
            FunctionName=f"{stack}-{name}", Runtime="provided.al2023", Role=role, Handler="h",
            Code={"ZipFile": code.getvalue()},
        )  # fmt: skip
    logs.create_log_group(logGroupName=f"/ecs/{stack}")
    client("sns").create_topic(Name=f"{stack}-alarms")
    cloudwatch.put_dashboard(DashboardName=stack, DashboardBody=json.dumps({"widgets": []}))
    for name in "poison", "grafana-cpu":
        cloudwatch.put_metric_alarm(
            AlarmName=f"{stack}-{name}", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1
        )
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName=f"alias/{stack}", TargetKeyId=key)
    for name in "cloudfront", "grafana-admin":
        client("secretsmanager").create_secret(Name=f"{stack}-{name}", SecretString="x")
    client("secretsmanager").delete_secret(SecretId=f"{stack}-cloudfront")  # which is still there, for 30 days
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    client("wafv2").create_web_acl(
        Name=f"{stack}-web-acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=seen
    )
    client("ecs").create_cluster(clusterName=f"{stack}-cluster")
    client("ecr").create_repository(repositoryName=f"{stack}-grafana")
    zone = client("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    record = {"Name": "mail.example.org", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "elsewhere"}]}
    client("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )


RIGHT = {
    "ok": {
        "stack name", "parameters", "stack", "names in use", "zones", "role of ELB", "VPCs", "internet gateways",
        "boundary", "token", "certificate", "hosted zone", "prefix list", "rules per group", "CloudFront",
        "Grafana's stack", "Grafana's names", "role of ECS", "role of Auto Scaling", "instance's zones",
    },
    "FAIL": {"mail stack"},  # not deployed
    "unknown": UNKNOWN_TO_MOTO,
}  # fmt: skip
WRONG = {
    "ok": {
        "stack name", "parameters", "stack", "zones", "boundary", "certificate", "prefix list", "rules per group",
        "Grafana's stack", "instance's zones",
    },
    "FAIL": {
        "names in use", "VPCs", "internet gateways", "token", "hosted zone", "mail stack", "Grafana's names",
        "role of ECS",
    },
    "warn": {"role of ELB", "CloudFront", "role of Auto Scaling"},
    "unknown": UNKNOWN_TO_MOTO,
}  # fmt: skip
# The Auto Scaling group is left out: moto wants a launch template for it.
TAKEN = [
    "log group /aws/lambda/{S}-api", "log group /aws/lambda/{S}-worker", "function {S}-api", "function {S}-worker",
    "load balancer {S}-alb", "target group {S}-api", "topic {S}-alarms", "dashboard {S}", "alarm",
    "/{S}/load-balancer/url", "alias/{S}", "secret {S}-cloudfront", "web ACL {S}-web-acl", "log group /ecs/{S}",
    "target group {S}-grafana", "secret {S}-grafana-admin", "cluster {S}-cluster", "repository {S}-grafana",
]  # fmt: skip


def run(make, expected, taken):
    stack = "mailroom-dev"
    with moto() as (client, url):
        asked = arguments(client, stack)
        make(client, stack)
        done = Run(BIN, asked, {"AWS_ENDPOINT_URL": url, "AWS_MAX_ATTEMPTS": "1"})
    found = {}
    for check in set(done.checks) - {"SAM CLI"}:  # that is this machine's
        for status in done.statuses(check):
            found.setdefault(status, set()).add(check)
    wrong = [] if found == expected else [f"is {found}, not {expected}"]
    lines = done.checks["names in use"] + done.checks["Grafana's names"]
    fails = [text for status, text, _ in lines if status == "FAIL"]
    wrong += [f"{name} is not found" for name in taken if not any(name.format(S=stack) in text for text in fails)]
    return [f"FAILED on moto: {fault}" for fault in wrong] + ([done.out + done.err] if wrong else [])


def main():
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(run, make_right, RIGHT, []), pool.submit(run, make_wrong, WRONG, TAKEN)]
        wrong = [line for each in runs for line in each.result()]
    if wrong:
        sys.exit("\n".join(wrong))
    print("preflight.sh: moto answers as account.py does")


if __name__ == "__main__":
    main()
