"""Checks of the table for queues, buckets, secrets, parameters and tags."""

import json

from evaluate import Unknown, text


def tags(given):
    keys = [tag.get("Key") for tag in given]
    if len(set(keys)) != len(keys):
        yield "has two tags with the same key"


def queue(properties):
    if text(properties.get("SqsManagedSseEnabled", False)) == "true" and "KmsMasterKeyId" in properties:
        yield "enables both SSE-SQS and SSE-KMS"
    name = properties.get("QueueName", "")
    if text(properties.get("FifoQueue", False)) == "true" and not text(name).endswith(".fifo"):
        yield "is FIFO and its name does not end in .fifo"
    if "FifoQueue" not in properties and not isinstance(name, Unknown) and text(name).endswith(".fifo"):
        yield "has a name that ends in .fifo without being FIFO"


def redrive_allow(given):
    arns = given.get("sourceQueueArns", [])
    if (given.get("redrivePermission") == "byQueue") != bool(arns):
        yield "needs source queues for byQueue, and only for it"
    if len(arns) > 10:
        yield f"has {len(arns)} source queues, more than 10"


def may_redrive(queue, dead_letters):
    """SQS refuses a RedrivePolicy to a queue whose RedriveAllowPolicy doesn't name the source."""
    allowed = dead_letters.get("RedriveAllowPolicy", {})
    name = queue.get("QueueName")
    if allowed.get("redrivePermission") == "denyAll":
        yield "has a dead-letter queue that denies all sources"
    if allowed.get("redrivePermission") != "byQueue" or isinstance(name, Unknown):
        return
    if not any(text(arn).endswith(f":{name}") for arn in allowed.get("sourceQueueArns", [])):
        yield f"is named {name}, which its dead-letter queue does not allow"


def unique_ids(rules):
    ids = [rule["Id"] for rule in rules if "Id" in rule]
    if len(set(ids)) != len(ids):
        yield "has two rules with the same id"


def lifecycle_rule(rule):
    actions = set(rule) - {"Id", "Status", "Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}
    if not actions:
        yield "has no action"
    if "ExpiredObjectDeleteMarker" in rule and {"ExpirationInDays", "ExpirationDate"} & actions:
        yield "has both ExpiredObjectDeleteMarker and an expiration"
    if "TagFilters" in rule and {"ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload"} & actions:
        yield "filters uploads or delete markers by tags"


def replicated_bucket(properties):
    if "ReplicationConfiguration" not in properties:
        return
    if properties.get("VersioningConfiguration", {}).get("Status") != "Enabled":
        yield "is replicated without versions"
    encryption = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    by_key = any("KMSMasterKeyID" in each.get("ServerSideEncryptionByDefault", {}) for each in encryption)
    for rule in properties["ReplicationConfiguration"].get("Rules", []):
        if by_key and "SseKmsEncryptedObjects" not in rule.get("SourceSelectionCriteria", {}):
            yield "has a KMS key, and its replication leaves out objects under one"


def replication_rule(rule):
    destination = rule.get("Destination", {})
    if "Filter" in rule:
        for key in sorted({"DeleteMarkerReplication", "Priority"} - set(rule)):
            yield f"has a filter and lacks {key}"
    if "ReplicationTime" in destination and "EventThreshold" not in destination.get("Metrics", {}):
        yield "has replication time control without a threshold of its metrics"
    if "SseKmsEncryptedObjects" in rule.get("SourceSelectionCriteria", {}) and "EncryptionConfiguration" not in destination:
        yield "selects objects under a KMS key without a key for the copies"


def bucket_encryption(rule):
    given = rule.get("ServerSideEncryptionByDefault", {})
    by_key = text(given.get("SSEAlgorithm")).startswith("aws:kms")
    if "KMSMasterKeyID" in given and not by_key:
        yield f"has a KMS key with the algorithm {given.get('SSEAlgorithm')}"


def generated_secret(given):
    if ("SecretStringTemplate" in given) != ("GenerateStringKey" in given):
        yield "needs both SecretStringTemplate and GenerateStringKey, or neither"
    try:
        if not isinstance(json.loads(text(given.get("SecretStringTemplate", "{}"))), dict):
            yield "has a SecretStringTemplate that is not a JSON object"
    except ValueError as error:
        yield f"has a SecretStringTemplate that is not JSON: {error}"
    kinds = [key for key in given if key.startswith("Exclude") and text(given[key]) == "true"]
    if int(given.get("PasswordLength", 32)) < 4 and text(given.get("RequireEachIncludedType", True)) == "true":
        yield "is too short for one character of each kind"
    if len(set(kinds) - {"ExcludeCharacters"}) == 4:
        yield "excludes every character"


def parameter_name(value):
    if isinstance(value, Unknown):
        return
    name = text(value)
    levels = name.strip("/").split("/")
    if levels[0].lower().startswith(("aws", "ssm")):
        yield "begins with aws or ssm, which is reserved"
    if "/" in name and not name.startswith("/"):
        yield "has levels and does not begin with /"
    if len(levels) > 15:
        yield f"has {len(levels)} levels, more than 15"
    if not all(level and all(c.isascii() and (c.isalnum() or c in "_.-") for c in level) for level in levels):
        yield "has a level that is empty or not made of letters, digits, _, . and -"
    if len(f"arn:aws-us-gov:ssm:ap-southeast-3:123456789012:parameter{name}") > 1011:
        yield "is longer than 1011 characters with its ARN"
