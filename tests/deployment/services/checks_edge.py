"""Checks of the table for CloudFront, WAF and HTTP APIs."""

import json
import re

from evaluate import Unknown, text

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
NOT_TO_ORIGINS = {
    "cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since", "if-none-match",
    "if-range", "if-unmodified-since", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization",
    "proxy-connection", "range", "request-range", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip",
}  # fmt: skip
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html, those without authorizers
LOGGED = {
    "accountId", "apiId", "awsEndpointRequestId", "awsEndpointRequestId2", "customDomain.basePathMatched",
    "dataProcessed", "domainName", "domainPrefix", "error.message", "error.messageString", "error.responseType",
    "extendedRequestId", "httpMethod", "identity.sourceIp", "identity.userAgent", "integration.error",
    "integration.integrationStatus", "integration.latency", "integration.requestId", "integration.status",
    "integrationErrorMessage", "integrationLatency", "integrationStatus", "path", "protocol", "requestId",
    "requestTime", "requestTimeEpoch", "responseLatency", "responseLength", "routeKey", "stage", "status",
}  # fmt: skip
METHODS = [{"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS"}, {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}]


def origin_port(value):
    if not (int(value) in (80, 443) or 1024 <= int(value) <= 65535):
        yield "is neither 80, 443 nor 1024 to 65535"


def origin_header(value):
    name = text(value).lower()
    if name in NOT_TO_ORIGINS or name.startswith(("x-amz-", "x-edge-")):
        yield "is a header that CloudFront does not add"
    if len(name) > 256:
        yield f"has {len(name)} characters, more than 256"


def allowed_methods(value):
    if set(value) not in METHODS:
        yield "is not one of the three sets of methods that CloudFront takes"


def distribution(config):
    origins = [origin["Id"] for origin in config.get("Origins", [])]
    if len(set(origins)) != len(origins):
        yield "has two origins with the same id"
    target = config.get("DefaultCacheBehavior", {}).get("TargetOriginId")
    if target not in origins:
        yield f"refers to the missing origin {target}"
    certificate = config.get("ViewerCertificate", {})
    if text(certificate.get("CloudFrontDefaultCertificate", False)) == "true" and config.get("Aliases"):
        yield "has aliases with CloudFront's default certificate"


def web_acl_rules(rules):
    for key in ("Name", "Priority"):
        found = [text(rule.get(key)) for rule in rules]
        if len(set(found)) != len(found):
            yield f"has two rules with the same {key.lower()}"


def web_acl_rule(rule):
    of_group = {"ManagedRuleGroupStatement", "RuleGroupReferenceStatement"} & set(rule.get("Statement", {}))
    if len(rule.get("Statement", {})) != 1:
        yield "must have exactly one statement"
    if of_group and ("OverrideAction" not in rule or "Action" in rule):
        yield "refers to a rule group and must have OverrideAction, not Action"
    if not of_group and ("Action" not in rule or "OverrideAction" in rule):
        yield "refers to no rule group and must have Action, not OverrideAction"


def rate_based_statement(statement):
    kind = statement.get("AggregateKeyType")
    if isinstance(kind, Unknown):
        return
    if (kind == "FORWARDED_IP") != ("ForwardedIPConfig" in statement):
        yield f"aggregates by {kind} {'with' if 'ForwardedIPConfig' in statement else 'without'} ForwardedIPConfig"
    if (kind == "CUSTOM_KEYS") != ("CustomKeys" in statement):
        yield "needs both CustomKeys and the type CUSTOM_KEYS, or neither"
    if kind == "CONSTANT" and "ScopeDownStatement" not in statement:
        yield "aggregates by CONSTANT without a ScopeDownStatement"


def access_log(value):
    """A line of an HTTP API's access log, as JSON: a variable without a value is a hyphen there."""
    if "\n" in value:
        yield "has more than one line"
    variables = re.findall(r"\$context\.([A-Za-z0-9.]+)", value)
    if "requestId" not in variables:
        yield "lacks $context.requestId"
    for name in variables:
        if name not in LOGGED:
            yield f"has the variable {name}, which an HTTP API doesn't have"
    try:
        json.loads(re.sub(r"\$context\.[A-Za-z0-9.]+", "-", value))
    except ValueError as error:
        yield f"is not JSON where variables have no value: {error}"
