"""Checks of the table for EC2's networks and Route 53."""

import ipaddress

from checks_policies import may_write, resource_policy
from evaluate import Unknown, text

# The list that CloudFront's origins come from; EC2 counts a rule with it as so many rules.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html
PREFIX_LIST_WEIGHT = 55
RULES_OF_A_GROUP = 60
SOURCES = {
    "CidrIp",
    "CidrIpv6",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
}


def network(value):
    try:
        return ipaddress.ip_network(text(value), strict=False)
    except ValueError:
        return None


def ip_range(value):
    if isinstance(value, Unknown):
        return
    if "/" not in text(value) or network(value) is None:
        yield "is not a valid IP range"


def network_range(value):
    """A VPC's or a subnet's range; EC2 takes /16 to /28."""
    if isinstance(value, Unknown):
        return
    yield from ip_range(value)
    found = network(value)
    if found and not 16 <= found.prefixlen <= 28:
        yield "is not between /16 and /28"


def group_rule(rule):
    sources = SOURCES & set(rule)
    if len(sources) != 1:
        yield f"has {len(sources)} sources or destinations instead of one"
    if text(rule.get("IpProtocol")) in ("tcp", "udp", "icmp"):
        missing = {"FromPort", "ToPort"} - set(rule)
        if missing:
            yield f"lacks {' and '.join(sorted(missing))}, which {rule['IpProtocol']} needs"
        elif int(rule["FromPort"]) > int(rule["ToPort"]) and rule["IpProtocol"] != "icmp":
            yield f"has a port range from {rule['FromPort']} down to {rule['ToPort']}"


def same_rule(rule):
    """What makes EC2 call two rules duplicates: all but the description, with ranges in their canonical form."""
    items = {key: text(value) for key, value in rule.items() if key not in ("Description", "GroupId")}
    if "CidrIp" in items and network(items["CidrIp"]):
        items["CidrIp"] = str(network(items["CidrIp"]))
    return tuple(sorted(items.items()))


def group_rules(rules):
    keys = [same_rule(rule) for rule in rules if isinstance(rule, dict)]
    for key in {key for key in keys if keys.count(key) > 1}:
        yield f"contains the rule {dict(key)} {keys.count(key)} times"
    weight = sum(PREFIX_LIST_WEIGHT if "SourcePrefixListId" in rule else 1 for rule in rules)
    if weight > RULES_OF_A_GROUP:
        yield f"counts as {weight} rules, over the quota of {RULES_OF_A_GROUP}"


def flow_log(properties):
    destination = properties.get("LogDestinationType", "cloud-watch-logs")
    if destination == "cloud-watch-logs" and "DeliverLogsPermissionArn" not in properties:
        yield "lacks DeliverLogsPermissionArn, which CloudWatch Logs needs"
    if destination == "s3":
        if "LogDestination" not in properties:
            yield "lacks LogDestination, which S3 needs"
        elif "/AWSLogs" in text(properties["LogDestination"]):
            yield "has the reserved folder AWSLogs in LogDestination"
        if "LogGroupName" in properties or "DeliverLogsPermissionArn" in properties:
            yield "has a log group or a role, which only CloudWatch Logs takes"


def may_write_flow_logs(properties, policy):
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"""
    _, slash, folder = text(properties.get("LogDestination", "")).partition("/")
    if not may_write("delivery.logs.amazonaws.com", f"{slash}{folder.rstrip('/')}/AWSLogs/", policy):
        yield f"writes flow logs to {slash}{folder}, which the bucket policy does not allow"


def nat_gateway(properties):
    if properties.get("ConnectivityType", "public") == "public" and "AllocationId" not in properties:
        yield "is public and has no address"


def vpc_endpoint(properties):
    gateway = properties.get("VpcEndpointType", "Gateway") == "Gateway"
    needed = {"RouteTableIds"} if gateway else {"SubnetIds", "SecurityGroupIds"}
    refused = {"SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"} if gateway else {"RouteTableIds"}
    for key in sorted(needed - set(properties)):
        yield f"lacks {key}"
    for key in sorted(refused & set(properties)):
        yield f"has {key}, which its type does not take"
    if gateway and not text(properties["ServiceName"]).endswith((".s3", ".dynamodb")):
        yield f"is a gateway endpoint of {properties['ServiceName']}, and only S3 and DynamoDB have those"


def endpoint_policy(document):
    yield from resource_policy(document)
    for number, statement in enumerate(document.get("Statement", [])):
        if "Resource" not in statement:
            yield f"lacks Resource in statement {statement.get('Sid', number)}"


def domain_name(value):
    if isinstance(value, Unknown):
        return
    name = text(value).removesuffix(".")
    if not name or len(name) > 253:
        yield f"has {len(name)} characters, not 1 to 253"
    for label in name.split("."):
        if not 1 <= len(label) <= 63:
            yield f"has the label {label!r} of {len(label)} characters, not 1 to 63"


def record_set(properties):
    if "AliasTarget" in properties and {"TTL", "ResourceRecords"} & set(properties):
        yield "is an alias with TTL or ResourceRecords"
    if "AliasTarget" in properties and properties.get("Type") not in ("A", "AAAA", "HTTPS"):
        yield f"is an alias of type {properties.get('Type')} instead of A, AAAA or HTTPS"
    if "AliasTarget" not in properties and not {"TTL", "ResourceRecords"} <= set(properties):
        yield "is not an alias and lacks TTL or ResourceRecords"
