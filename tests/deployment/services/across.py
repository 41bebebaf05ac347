"""What services refuse about several resources together."""

import re
from itertools import combinations

import worlds
from checks_alarms import budget_may_publish, cloudwatch_may_publish
from checks_data import may_redrive
from checks_ecs import container_of_service
from checks_functions import visible_long_enough
from checks_load_balancing import may_write_access_logs
from checks_network import may_write_flow_logs, network, same_rule
from evaluate import Unknown, text

# The property with the name, for types whose names are unique in an account and region.
NAMES = {
    "AWS::Athena::NamedQuery": "Name",
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::EC2::VPCEndpoint": "ServiceName",  # whose private name a VPC can have once
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SecretsManager::Secret": "Name",
}


def of(template, *types):
    return [name for name, resource in template["Resources"].items() if resource["Type"] in types]


def target(node):
    """The resource that a Ref or Fn::GetAtt is to."""
    if isinstance(node, dict):
        found = node.get("Ref") or node.get("Fn::GetAtt")
        return found[0] if isinstance(found, list) else found.split(".")[0] if found else None
    return None


def function_of(template, name):
    resource = template["Resources"].get(name, {"Type": None})
    return target(resource["Properties"]["FunctionName"]) if resource["Type"] == "AWS::Lambda::Alias" else name


def pairs(template):
    """(check, first, second): the check gets the properties of both, and its faults belong to the first."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            function = function_of(template, target(properties["FunctionName"]))
            yield visible_long_enough, target(properties["EventSourceArn"]), function
        elif resource["Type"] == "AWS::ECS::Service":
            yield container_of_service, name, target(properties["TaskDefinition"])
        elif resource["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in properties:
            yield may_redrive, name, target(properties["RedrivePolicy"]["deadLetterTargetArn"])


def log_buckets(template):
    """(check, writer, bucket policy) for load balancers and flow logs that write into a bucket of this template."""
    policies = {
        target(template["Resources"][name]["Properties"]["Bucket"]): name
        for name in of(template, "AWS::S3::BucketPolicy")
    }
    for name in of(template, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        for attribute in template["Resources"][name]["Properties"].get("LoadBalancerAttributes", []):
            if attribute["Key"] == "access_logs.s3.bucket":
                yield may_write_access_logs, name, policies.get(target(attribute["Value"]))
    for name in of(template, "AWS::EC2::FlowLog"):
        destination = template["Resources"][name]["Properties"].get("LogDestination")
        bucket = (
            re.match(r"\$\{(\w+)\.Arn\}", destination.get("Fn::Sub", "")) if isinstance(destination, dict) else None
        )
        yield may_write_flow_logs, name, policies.get(bucket.group(1) if bucket else target(destination))


def topics(template):
    """(check, publisher, topic policy) for alarms and budgets that publish to a topic of this template."""
    policies = {
        target(topic): name
        for name in of(template, "AWS::SNS::TopicPolicy")
        for topic in template["Resources"][name]["Properties"]["Topics"]
    }
    for name in of(template, "AWS::CloudWatch::Alarm"):
        for action in template["Resources"][name]["Properties"].get("AlarmActions", []):
            yield cloudwatch_may_publish, name, policies.get(target(action))
    for name in of(template, "AWS::Budgets::Budget"):
        for each in template["Resources"][name]["Properties"]["NotificationsWithSubscribers"]:
            for subscriber in each["Subscribers"]:
                if subscriber.get("SubscriptionType") == "SNS":
                    yield budget_may_publish, name, policies.get(target(subscriber["Address"]))


def check(template, values):
    """(resource, fault) for each fault."""
    found = set()
    for function, first, second in [*pairs(template), *log_buckets(template), *topics(template)]:
        if first in template["Resources"] and second in template["Resources"]:
            for there in worlds.resources([first, second], template, values):
                if len(there) == 2:
                    found |= {(first, fault) for fault in function(there[first], there[second])}
    for function, types, keys in WHOLE:
        for there in worlds.resources(of(template, *types), template, values, keys):
            found |= set(function(template, there))
    return sorted(found)


def names(template, there):
    """The resources are all of one type."""
    for one, other in combinations(there, 2):
        key = NAMES[template["Resources"][one]["Type"]]
        name = there[one].get(key)
        if name is not None and name == there[other].get(key):
            yield one, f"has the same name as {other}: {name}"


def priorities(_template, there):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html"""
    for one, other in combinations(there, 2):
        if all(there[one].get(key) == there[other].get(key) for key in ("ListenerArn", "Priority")):
            yield one, f"has the same priority as {other}: {there[one].get('Priority')}"


def subnets(template, there):
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
    ranges = {name: network(properties.get("CidrBlock")) for name, properties in there.items()}
    vpcs = [name for name in there if template["Resources"][name]["Type"] == "AWS::EC2::VPC"]
    mine = {name: found for name, found in ranges.items() if name not in vpcs and found}
    for name, found in mine.items():  # tests/template knows the VPC of Grafana's subnets, which is the mail stack's
        if vpcs and not any(ranges[vpc] and found.subnet_of(ranges[vpc]) for vpc in vpcs):
            yield name, f"has the range {found}, which is outside the VPC"
    for one, other in combinations(mine, 2):
        if mine[one].overlaps(mine[other]):
            yield one, f"overlaps with {other}"


def group_rules(template, there):
    """EC2 refuses a duplicate, whether rules stand in the group or are resources of their own."""
    seen = {}
    for name, properties in there.items():
        kind = template["Resources"][name]["Type"]
        if kind == "AWS::EC2::SecurityGroup":
            rules = [
                (key[13:], name, rule)
                for key in ("SecurityGroupIngress", "SecurityGroupEgress")
                for rule in properties.get(key, [])
            ]
        else:
            group = properties.get("GroupId")
            rules = [(kind.rsplit("Group")[-1], text(group).removeprefix("Ref ").split(".")[0], properties)]
        for direction, group, rule in rules:
            key = direction, group, same_rule(rule)
            if key in seen and seen[key] != name:
                yield name, f"has the same rule as {seen[key]}"
            seen.setdefault(key, name)


def attached(template, there):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    for role in of(template, "AWS::IAM::Role"):
        policies = [properties.get("Roles", []) for name, properties in there.items() if name != role]
        count = sum(Unknown(f"Ref {role}") in roles for roles in policies)
        count += len(there.get(role, {}).get("ManagedPolicyArns", []))
        if count > 10:
            yield role, f"has {count} managed policies, more than 10"


# (check, types, properties): the check gets these properties of all resources of the types, in each of their worlds,
# and yields (resource, fault).
WHOLE = [
    (priorities, ["AWS::ElasticLoadBalancingV2::ListenerRule"], ["ListenerArn", "Priority"]),
    (subnets, ["AWS::EC2::VPC", "AWS::EC2::Subnet"], ["CidrBlock"]),
    (group_rules, ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"], None),
    (attached, ["AWS::IAM::Role", "AWS::IAM::ManagedPolicy"], ["Roles", "ManagedPolicyArns"]),
    *((names, [kind], [key]) for kind, key in NAMES.items()),
]
