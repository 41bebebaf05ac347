"""Checks of the table for policy documents.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re

from evaluate import Unknown

KEYS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
ACTION = r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+"
RESOURCE = r"\*|arn:[^:]+:[a-z0-9*-]*:[a-z0-9*-]*:(\d{12}|aws|\*)?:.+"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
OPERATOR = (
    r"(ForAllValues:|ForAnyValue:)?"
    r"(String(Not)?(Equals|Like|EqualsIgnoreCase)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?"
    r"|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)"
    r"(?<!Null)(IfExists)?|Null"
)
PRINCIPAL = r"\*|\d{12}|arn:[^:]+:(iam|sts)::(\d{12})?:.+|[a-z0-9.-]+\.(amazonaws\.com|amazon\.com)(\.cn)?"
# The actions of a topic, of which a topic policy may name some:
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
TOPIC_ACTION = (
    r"(?i)sns:(AddPermission|DeleteTopic|GetDataProtectionPolicy|GetTopicAttributes|ListSubscriptionsByTopic"
    r"|ListTagsForResource|Publish|PutDataProtectionPolicy|RemovePermission|SetTopicAttributes|Subscribe)"
)
LONGEST_ARN = 130  # stands for one that only the deployment knows


def many(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    return [statement for statement in many(document.get("Statement", [])) if isinstance(statement, dict)]


def grammar(document, pattern="[A-Za-z0-9]+"):
    if document.get("Version") not in ("2012-10-17", "2008-10-17"):
        yield f"has the unknown version {document.get('Version')}"
    if not statements(document):
        yield "has no statement"
    names = [statement["Sid"] for statement in statements(document) if "Sid" in statement]
    for name in sorted({name for name in names if names.count(name) > 1 or not re.fullmatch(pattern, name)}):
        yield f"has the statement id {name!r}, which is not unique or does not match {pattern}"
    for number, statement in enumerate(statements(document)):
        for fault in in_statement(statement):
            yield f"{fault} in statement {statement.get('Sid', number)}"


def in_statement(statement):
    if set(statement) - KEYS:
        yield f"has the unknown element {', '.join(sorted(set(statement) - KEYS))}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"has the effect {statement.get('Effect')}"
    if len({"Action", "NotAction"} & set(statement)) != 1:
        yield "must have either Action or NotAction"
    yield from unlike(ACTION, many(statement.get("Action", [])) + many(statement.get("NotAction", [])), "action")
    yield from unlike(
        RESOURCE, many(statement.get("Resource", [])) + many(statement.get("NotResource", [])), "resource"
    )
    yield from unlike(OPERATOR, list(statement.get("Condition", {})), "condition")
    principal = statement.get("Principal", "*")
    for kind, names in principal.items() if isinstance(principal, dict) else [("AWS", principal)]:
        if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
            yield f"has the unknown kind of principal {kind}"
        elif kind != "Federated":
            yield from unlike(PRINCIPAL, many(names), "principal")


def unlike(expression, given, what):
    for value in given:
        if not isinstance(value, Unknown) and not re.fullmatch(expression, value):
            yield f"has the invalid {what} {value!r}"


def size(document):
    """Characters of a document as IAM counts them, without white space."""
    written = json.dumps(document, separators=(",", ":"), default=lambda unknown: unknown.text.ljust(LONGEST_ARN, "-"))
    return len(re.sub(r"\s", "", written))


def too_large(document, limit):
    if size(document) > limit:
        yield f"has {size(document)} characters, more than {limit}"


def lacking(document, wanted, unwanted):
    for number, statement in enumerate(statements(document)):
        name = statement.get("Sid", number)
        if not any(key in statement for key in wanted):
            yield f"lacks {' or '.join(wanted)} in statement {name}"
        for key in set(unwanted) & set(statement):
            yield f"has {key} in statement {name}"


def identity_policy(document):
    yield from grammar(document)
    yield from lacking(document, ["Resource", "NotResource"], ["Principal", "NotPrincipal"])


def managed_policy(document):
    yield from identity_policy(document)
    yield from too_large(document, 6144)


def inline_policies(policies):
    names = [policy.get("PolicyName") for policy in policies]
    if len(set(names)) != len(names):
        yield "has two policies with the same name"
    total = sum(size(policy.get("PolicyDocument", {})) for policy in policies)
    if total > 10240:
        yield f"has {total} characters in total, more than 10240"


def trust_policy(document):
    yield from grammar(document)
    yield from lacking(document, ["Principal"], ["Resource", "NotResource"])
    yield from too_large(document, 2048)
    for statement in statements(document):
        if any(not action.startswith("sts:") for action in many(statement.get("Action", []))):
            yield "has an action of another service than STS"


def resource_policy(document):
    yield from grammar(document, ".*")
    yield from lacking(document, ["Principal", "NotPrincipal"], [])


def bucket_policy(document):
    yield from resource_policy(document)
    yield from lacking(document, ["Resource", "NotResource"], [])
    yield from too_large(document, 20480)


def may_write(service, folder, bucket_policy):
    """Whether a bucket's policy lets a service write into a folder."""
    for statement in statements(bucket_policy.get("PolicyDocument", {})):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(principal, dict) and principal.get("Service") == service:
            if "s3:PutObject" in many(statement.get("Action")) and folder in str(statement.get("Resource")):
                return True
    return False


def may_publish(service, topic_policy):
    """True if a topic's policy lets a service publish."""
    for statement in statements(topic_policy.get("PolicyDocument", {})):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(principal, dict) and principal.get("Service") == service:
            if "sns:Publish" in many(statement.get("Action")):
                return True
    return False


def key_policy(document):
    yield from resource_policy(document)
    yield from lacking(document, ["Resource"], [])
    yield from too_large(document, 32768)
    # The creator must be able to change the policy:
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
    granted = [
        action for each in statements(document) if each.get("Effect") == "Allow" for action in many(each["Action"])
    ]
    if not {"kms:*", "kms:Put*", "kms:PutKeyPolicy", "*"} & set(granted):
        yield "lets nobody change the key's policy"


def queue_policy(document):
    yield from resource_policy(document)
    yield from too_large(document, 8192)
    if len(statements(document)) > 20:
        yield f"has {len(statements(document))} statements, more than 20"
    for statement in statements(document):
        if len(many(statement.get("Action", []))) > 7:
            yield f"has {len(many(statement['Action']))} actions in a statement, more than 7"


def topic_policy(document):
    yield from resource_policy(document)
    yield from too_large(document, 30720)
    for statement in statements(document):
        yield from unlike(TOPIC_ACTION, many(statement.get("Action", [])), "action")
