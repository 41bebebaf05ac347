"""Deploys Grafana's stack beside a mail stack in moto by grafana/deploy.sh, looks at it, and deletes both."""

import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import boto3

import stand_ins

ALLOWED = "203.0.113.0/24"
ENDPOINTS = sorted("ecr.api ecr.dkr ecs ecs-agent ecs-telemetry logs monitoring s3 secretsmanager".split())
ROOT = pathlib.Path(__file__).resolve().parents[2]
# SSM parameter of Grafana's template -> logical id in the mail stack, where its value is the id of a resource.
IDS = {
    "Vpc": "Vpc",
    "SubnetA": "PublicSubnetA",
    "SubnetB": "PublicSubnetB",
    "LoadBalancerSecurityGroup": "LoadBalancerSecurityGroup",
    "AlarmTopic": "AlarmTopic",
}


def create(mail, template, parameters):
    # The name that ECS's role has on AWS; moto itself writes it otherwise.
    boto3.client("iam").create_role(RoleName="AWSServiceRoleForECS", AssumeRolePolicyDocument="{}")
    given = [f"GrafanaAllowedCidr={ALLOWED}", *(f"{name}={value}" for name, value in parameters.items())]
    succeeds(mail, stand_ins.creatable(template, parameters), given)


def update(mail, template):
    """A second deployment, without parameters, keeps those of the first."""
    succeeds(mail, stand_ins.creatable(template, {}), [])


def succeeds(mail, template, arguments):
    said = deploy(mail, telling(template), arguments)
    if said.returncode != 0:
        sys.exit(f"deploy.sh {' '.join(arguments)} failed:\n{said.stdout}{said.stderr}")
    arrived(mail)
    attached(mail)


def telling(template):
    """The template with a parameter in SSM for each value that it reads there, and for the address that it puts out.

    moto has no outputs for what a change set created. It reads a parameter's default even where another name is given,
    and in an update it takes the value of a parameter that is not given for a name.
    """
    template = copy.deepcopy(template)
    values = {"GrafanaUrl": template["Outputs"]["GrafanaUrl"]["Value"]}
    for name, parameter in template["Parameters"].items():
        if parameter["Type"].startswith("AWS::SSM::") and name != "GrafanaAmi":
            del parameter["Default"]
            values[name] = {"Ref": name}
    template["Parameters"]["GrafanaAmi"] = {"Type": "String", "Default": "ami-12345678"}
    for name, value in values.items():
        properties = {"Type": "String", "Name": f"/told/{name}", "Value": value}
        template["Resources"][f"Told{name}"] = {"Type": "AWS::SSM::Parameter", "Properties": properties}
    return template


def deploy(mail, template, arguments):
    """Runs Grafana's deploy.sh without Docker."""
    return run(("grafana/deploy.sh", "delivery/beside.sh"), template, ["--no-image", mail, *arguments])


def run(files, template, arguments):
    """Runs the first of these scripts, on a copy of them beside a template that moto can create."""
    with tempfile.TemporaryDirectory() as directory:
        copies = [pathlib.Path(directory, file) for file in files]
        for file, copied in zip(files, copies):
            copied.parent.mkdir()
            shutil.copy(ROOT / file, copied)
        (copies[0].parent / "template.yaml").write_text(json.dumps(template))
        path = f"{ROOT}/target/venv/bin:{os.environ['PATH']}"
        environment = os.environ | {"PATH": path}
        return subprocess.run([copies[0], *arguments], env=environment, capture_output=True, text=True)


def refused(mail, template):
    """Without the mail stack, or without one of its parameters, nothing is created and the message names it."""
    said = deploy("somebody-elses", template, [])
    if said.returncode == 0 or "the mail stack somebody-elses can't be read" not in said.stderr:
        sys.exit(f"deploy.sh without a mail stack says: {said.stdout}{said.stderr}")
    client, name = boto3.client("ssm"), f"/{mail}/load-balancer/listener"
    value = client.get_parameter(Name=name)["Parameter"]["Value"]
    client.delete_parameter(Name=name)
    said = deploy(mail, template, [])
    if said.returncode == 0 or not said.stderr.rstrip().endswith(f"deploy it with the present template.yaml: {name}"):
        sys.exit(f"deploy.sh without {name} says: {said.stdout}{said.stderr}")
    client.put_parameter(Name=name, Value=value, Type="String")
    if len(boto3.client("cloudformation").describe_stacks()["Stacks"]) != 1:
        sys.exit("deploy.sh created a stack although something was missing")


def refused_without_a_load_balancer(mail, template):
    said = deploy(mail, template, [])
    wanted = f"{mail}-grafana needs the load balancer of {mail}, and {mail} has none; deploy {mail} with Endpoint=both"
    if said.returncode == 0 or wanted not in said.stderr:
        sys.exit(f"deploy.sh without a load balancer says: {said.stdout}{said.stderr}")


def resources(stack):
    listed = boto3.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed if "PhysicalResourceId" in each}


def told():
    """The values that Grafana's stack got from SSM, by the names of its parameters."""
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/told")
    return {each["Name"].split("/")[-1]: each["Value"] for page in pages for each in page["Parameters"]}


def arrived(mail):
    """Grafana's template got the ids of the mail stack's resources."""
    ours = resources(mail)
    balancer = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"][0]
    tls = "HttpsListener" in ours
    url = "https://mail.example.org" if tls else f"http://{balancer['DNSName']}"
    wanted = {name: ours[logical] for name, logical in IDS.items()} | {
        "Listener": ours["HttpsListener" if tls else "HttpListener"],
        "LoadBalancerFullName": balancer["LoadBalancerArn"].split(":loadbalancer/")[1],
        "Url": url,
        "Tls": "true" if tls else "false",
        "GrafanaUrl": f"{url}/grafana/",
        "MailStackSuffix": ours["Queue"].split("-")[-1],
    }
    if told() != wanted:
        sys.exit(f"Grafana's stack is told {told()} instead of {wanted}")


def attached(mail):
    """Its parts are in the mail stack's network, behind its listener."""
    ours, theirs = resources(mail), resources(f"{mail}-grafana")
    group = boto3.client("elbv2").describe_target_groups(Names=[f"{mail}-grafana"])["TargetGroups"][0]
    found = boto3.client("ec2").describe_security_groups(GroupIds=[theirs["GrafanaSecurityGroup"]])
    security = found["SecurityGroups"][0]
    private = "PrivateSubnetA" in theirs
    if {group["VpcId"], security["VpcId"]} != {ours["Vpc"]}:
        sys.exit(f"Grafana's groups are in {group['VpcId']} and {security['VpcId']}, not in {ours['Vpc']}")
    (scaling,) = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    subnets = (theirs["PrivateSubnetA"], theirs["PrivateSubnetB"]) if private else (ours["PublicSubnetA"], ours["PublicSubnetB"])
    if set(scaling["VPCZoneIdentifier"].split(",")) != set(subnets):
        sys.exit(f"Grafana's instances are in {scaling['VPCZoneIdentifier']}")
    if private:
        way_out(ours, theirs)
    if ALLOWED not in admitted(ours):
        sys.exit(f"the load balancer's group admits {admitted(ours)} without {ALLOWED}")
    if not ruled(told()["Listener"]):
        sys.exit("the mail stack's listener has no rule for /grafana*")


def way_out(ours, theirs):
    """The private routes lead to the NAT gateway or to the endpoints only. moto shows no subnets of a route table that
    CloudFormation created."""
    client = boto3.client("ec2")
    table = client.describe_route_tables(RouteTableIds=[theirs["PrivateRouteTable"]])["RouteTables"][0]
    gateways = {each.get("GatewayId") for each in table["Routes"]} - {"local", None, theirs["S3Endpoint"]}
    if gateways:
        sys.exit(f"the private subnets reach {gateways}")
    nat = [each["NatGatewayId"] for each in table["Routes"] if each.get("NatGatewayId")]
    endpoints = client.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [ours["Vpc"]]}])["VpcEndpoints"]
    services = sorted(each["ServiceName"].removeprefix("com.amazonaws.eu-central-1.") for each in endpoints)
    expected = (["s3"], [theirs["NatGateway"]]) if "NatGateway" in theirs else (ENDPOINTS, [])
    if (services, nat) != expected:
        sys.exit(f"the private subnets have the endpoints {services} and the NAT gateways {nat}")


def admitted(ours):
    group = boto3.client("ec2").describe_security_groups(GroupIds=[ours["LoadBalancerSecurityGroup"]])
    rules = group["SecurityGroups"][0]["IpPermissions"]
    return {each["CidrIp"] for rule in rules for each in rule["IpRanges"]}


def ruled(listener):
    """Has the listener a rule for Grafana and the addresses that may open it?"""
    for rule in boto3.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]:
        conditions = {each["Field"]: each for each in rule["Conditions"]}
        if "path-pattern" in conditions:
            return conditions["source-ip"]["SourceIpConfig"]["Values"] == [ALLOWED]
    return False


def delete(mail):
    """Grafana's stack goes first and takes nothing of the mail stack with it; then the mail stack goes.

    moto deletes neither listener rules, target groups nor rules of security groups, so nothing is said about those.
    """
    client, ours, before = boto3.client("cloudformation"), resources(mail), names_of(mail)
    client.delete_stack(StackName=f"{mail}-grafana")
    if names_of(mail) != {name for name in before if not name.startswith(f"{mail}-grafana")} or resources(mail) != ours:
        sys.exit(f"without Grafana's stack there are {names_of(mail)} of {before}")
    try:
        client.delete_stack(StackName=mail)
    except client.exceptions.ClientError:  # moto leaves the route table, and so the network
        boto3.client("ec2").delete_route_table(RouteTableId=ours["PublicRouteTable"])
        client.delete_stack(StackName=mail)
    left = [stack["StackName"] for stack in client.describe_stacks()["Stacks"]] + sorted(names_of(mail))
    if left:
        sys.exit(f"after the deletion of both stacks there are still {left}")


def names_of(mail):
    """Functions, load balancers, groups and roles that are named after a stack, of the kinds that moto deletes."""
    ec2, scaling = boto3.client("ec2"), boto3.client("autoscaling")
    found = [
        *(each["FunctionName"] for each in boto3.client("lambda").list_functions()["Functions"]),
        *(each["LoadBalancerName"] for each in boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]),
        *(each["GroupName"] for each in ec2.describe_security_groups()["SecurityGroups"]),
        *(each["AutoScalingGroupName"] for each in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]),
        *(each["RoleName"] for each in boto3.client("iam").list_roles()["Roles"]),
    ]
    return {name for name in found if name.startswith(f"{mail}-")}
