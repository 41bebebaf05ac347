"""Checks of the table for application load balancers.

Attribute keys and values: API_LoadBalancerAttribute and API_TargetGroupAttribute.
"""

import ipaddress
import re

from checks_policies import may_write
from evaluate import Unknown, text

SWITCH = "true|false"
BALANCER = {
    "deletion_protection.enabled": SWITCH,
    "access_logs.s3.enabled": SWITCH,
    "access_logs.s3.bucket": "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "access_logs.s3.prefix": r"(?!.*AWSLogs)[A-Za-z0-9!_.*'()/-]{0,512}",
    "connection_logs.s3.enabled": SWITCH,
    "connection_logs.s3.bucket": "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "connection_logs.s3.prefix": r"(?!.*AWSLogs)[A-Za-z0-9!_.*'()/-]{0,512}",
    "ipv6.deny_all_igw_traffic": SWITCH,
    "zonal_shift.config.enabled": SWITCH,
    "idle_timeout.timeout_seconds": r"[1-9]\d{0,2}|[1-3]\d{3}|4000",
    "client_keep_alive.seconds": r"[6-9]\d|[1-9]\d{2,4}|[1-5]\d{5}|60[0-3]\d{3}|604[0-7]\d\d|604800",
    "routing.http.desync_mitigation_mode": "monitor|defensive|strictest",
    "routing.http.drop_invalid_header_fields.enabled": SWITCH,
    "routing.http.preserve_host_header.enabled": SWITCH,
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": SWITCH,
    "routing.http.xff_client_port.enabled": SWITCH,
    "routing.http.xff_header_processing.mode": "append|preserve|remove",
    "routing.http2.enabled": SWITCH,
    "waf.fail_open.enabled": SWITCH,
}
GROUP = {
    "deregistration_delay.timeout_seconds": r"\d{1,3}|[12]\d{3}|3[0-5]\d{2}|3600",
    "stickiness.enabled": SWITCH,
    "stickiness.type": "lb_cookie|app_cookie",
    "load_balancing.cross_zone.enabled": "true|false|use_load_balancer_configuration",
    "load_balancing.algorithm.type": "round_robin|least_outstanding_requests|weighted_random",
    "load_balancing.algorithm.anomaly_mitigation": "on|off",
    "slow_start.duration_seconds": r"0|[3-9]\d|[1-8]\d{2}|900",
    "stickiness.lb_cookie.duration_seconds": r"[1-9]\d{0,4}|[1-5]\d{5}|60[0-3]\d{3}|604[0-7]\d\d|604800",
    "lambda.multi_value_headers.enabled": SWITCH,
}
OF_LAMBDA = {"lambda.multi_value_headers.enabled"}
CONFIGURATIONS = {
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}


def attribute(known, given):
    key, value = given.get("Key"), given.get("Value")
    if key not in known:
        yield f"has the unknown key {key}"
    elif not isinstance(value, Unknown) and not re.fullmatch(known[key], text(value)):
        yield f"sets {key} to {value!r}, which does not match {known[key]}"


def balancer_attribute(given):
    return attribute(BALANCER, given)


def group_attribute(given):
    return attribute(GROUP, given)


def balancer_attributes(given):
    values = {item["Key"]: text(item["Value"]) for item in given}
    if len(values) != len(given):
        yield "contains a key twice"
    for logs in ("access_logs", "connection_logs"):
        if values.get(f"{logs}.s3.enabled") == "true" and f"{logs}.s3.bucket" not in values:
            yield f"enables {logs} without a bucket"


def target_group(properties):
    keys = {item.get("Key") for item in properties.get("TargetGroupAttributes", [])}
    if properties.get("TargetType") == "lambda":
        if {"Port", "Protocol", "VpcId", "ProtocolVersion"} & set(properties):
            yield "has Lambda targets and a port, a protocol or a VPC"
        if keys - OF_LAMBDA:
            yield f"has Lambda targets, which do not take {', '.join(sorted(keys - OF_LAMBDA))}"
        if len(properties.get("Targets", [])) > 1:
            yield "has more than one Lambda target"
    else:
        if not {"Port", "Protocol", "VpcId"} <= set(properties):
            yield "lacks a port, a protocol or a VPC"
        if keys & OF_LAMBDA:
            yield "has an attribute that only Lambda targets take"
        if text(properties.get("HealthCheckEnabled", True)) == "false":
            yield "disables health checks, which only Lambda targets allow"
    lambda_defaults = (35, 30) if properties.get("TargetType") == "lambda" else (30, 6)
    interval = int(properties.get("HealthCheckIntervalSeconds", lambda_defaults[0]))
    timeout = int(properties.get("HealthCheckTimeoutSeconds", lambda_defaults[1]))
    if timeout >= interval:
        yield f"has a health check timeout of {timeout} s, not below the interval of {interval} s"


def http_codes(value):
    if isinstance(value, Unknown):
        return
    for part in text(value).split(","):
        codes = part.split("-")
        if len(codes) > 2 or not all(re.fullmatch(r"[2-4]\d\d", code) for code in codes):
            yield f"contains {part!r}, which is not within 200 to 499"


def action(given):
    wanted = {
        "forward": {"TargetGroupArn", "ForwardConfig"},
        "redirect": {"RedirectConfig"},
        "fixed-response": {"FixedResponseConfig"},
    }
    kind = given.get("Type")
    if kind not in wanted:
        yield f"is of type {kind}, which this check does not know"
        return
    there = set(given) - {"Type", "Order"}
    if not there or not there <= wanted[kind]:
        yield f"is a {kind} action with {', '.join(sorted(there)) or 'no configuration'}"
    redirect = given.get("RedirectConfig", {})
    if kind == "redirect" and not {"Protocol", "Host", "Port", "Path"} & set(redirect):
        yield "redirects to its own address"


def listener(properties):
    secure = properties.get("Protocol") == "HTTPS"
    if secure and not {"Certificates", "SslPolicy"} <= set(properties):
        yield "is HTTPS without a certificate or a policy"
    if not secure and {"Certificates", "SslPolicy"} & set(properties):
        yield "is HTTP with a certificate or a policy"
    if len(properties.get("DefaultActions", [])) != 1:
        yield "must have exactly one default action"


def condition(given):
    field = given.get("Field")
    there = set(given) - {"Field"}
    if field in CONFIGURATIONS and there not in ({CONFIGURATIONS[field]}, {"Values"}, {"RegexValues"}):
        yield f"has the field {field} and {', '.join(sorted(there)) or 'no configuration'}"
    if not condition_values(given):
        yield "has no value"


def condition_values(given):
    configuration = next((value for key, value in given.items() if key.endswith("Config")), given)
    return configuration.get("Values", []) + configuration.get("RegexValues", [])


def conditions(given):
    values = [value for each in given for value in condition_values(each)]
    if len(values) > 5:
        yield f"has {len(values)} values, more than 5 in a rule"
    # The editions of the quotas page say 5 or 6.
    wildcards = sum(text(value).count("*") + text(value).count("?") for value in values)
    if wildcards > 5:
        yield f"has {wildcards} wildcards, more than 5 in a rule"
    once = [each.get("Field") for each in given if each.get("Field") not in ("http-header", "query-string")]
    if len(set(once)) != len(once):
        yield "has two conditions with the same field"


def source_range(value):
    if isinstance(value, Unknown):
        return
    try:
        ipaddress.ip_network(text(value), strict=False)
    except ValueError:
        yield "is not a valid IP range"
    if "/" not in text(value) or text(value) == "255.255.255.255/32":
        yield "is refused in a source-ip condition"


def may_write_access_logs(balancer, policy):
    """ELB tries to write before it accepts the attributes:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
    values = {item["Key"]: item["Value"] for item in balancer.get("LoadBalancerAttributes", [])}
    prefix = values.get("access_logs.s3.prefix")
    folder = f"/{prefix}/AWSLogs/" if prefix else "/AWSLogs/"
    if not may_write("logdelivery.elasticloadbalancing.amazonaws.com", folder, policy):
        yield f"writes access logs to {folder}, which the bucket policy does not allow"
