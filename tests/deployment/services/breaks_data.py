"""Breaks of queues, buckets, roles, alarms and so on; damage.py says how they work."""

from damage import also, everything, new, put, sub, where, without

ALARM = "AWS::CloudWatch::Alarm"
QUEUE = "AWS::SQS::Queue"
BUCKET = "AWS::S3::Bucket"
ROLE = "AWS::IAM::Role"
COPIES = {"Bucket": "arn:aws:s3:::mailroom-replica"}
COPY = {"Id": "replica", "Status": "Enabled", "Destination": COPIES}
STATEMENT = "Policies.0.PolicyDocument.Statement.0"
LONG = "arn:${AWS::Partition}:s3:::${AWS::StackName}-" + "x" * 60


def replicated(rules):
    return new("ReplicationConfiguration", {"Role": "arn:aws:iam::123456789012:role/r", "Rules": rules})


BREAKS = {
    "a reserved tag key": ("AWS::EC2::VPC", put("Tags.0.Key", "aws:name"), "is reserved"),
    "a tag value that is too long": (
        "AWS::EC2::VPC",
        put("Tags.0.Value", sub("${AWS::StackName}" + "x" * 240)),
        "has 260 characters instead of 0 to 256",
    ),
    "a duplicate tag": (
        "AWS::EC2::VPC",
        also("Tags", {"Key": "Name", "Value": "vpc"}),
        "has two tags with the same key",
    ),
    "a visibility timeout out of range": (QUEUE, put("VisibilityTimeout", 43201), "is not between 0 and 43200"),
    "a message retention out of range": (
        QUEUE,
        put("MessageRetentionPeriod", 1209601),
        "is not between 60 and 1209600",
    ),
    "a receive count out of range": (QUEUE, put("RedrivePolicy.maxReceiveCount", 1001), "is not between 1 and 1000"),
    "a message size out of range": (QUEUE, put("MaximumMessageSize", 1048577), "is not between 1024 and 1048576"),
    "two kinds of queue encryption": (
        QUEUE,
        everything(new("KmsMasterKeyId", "alias/mail"), put("SqsManagedSseEnabled", True)),
        "both SSE-SQS and SSE-KMS",
    ),
    "source queues without byQueue": (
        QUEUE,
        put("RedriveAllowPolicy.redrivePermission", "allowAll"),
        "needs source queues for byQueue",
    ),
    "too many actions in a queue policy": (
        "AWS::SQS::QueuePolicy",
        put("PolicyDocument.Statement.0.Action", [f"sqs:Action{n}" for n in range(8)]),
        "has 8 actions in a statement",
    ),
    "a bucket name that is too long": (
        BUCKET,
        put("BucketName", sub("${AWS::StackName}-${AWS::AccountId}-${AWS::Region}-objects-of-email")),
        "does not match",
    ),
    "a reserved bucket name prefix": (BUCKET, put("BucketName", "sthree-mail"), "is reserved"),
    "a reserved bucket name suffix": (BUCKET, put("BucketName", sub("${AWS::StackName}--x-s3")), "is reserved"),
    "events that are neither on nor off": (
        BUCKET,
        new("NotificationConfiguration", {"EventBridgeConfiguration": {"EventBridgeEnabled": "yes"}}),
        "is neither true nor false",
    ),
    "a lifecycle of 0 days": (
        BUCKET,
        put("LifecycleConfiguration.Rules.0.NoncurrentVersionExpiration.NoncurrentDays", 0),
        "is not between 1",
    ),
    "a contradictory lifecycle rule": (
        BUCKET,
        everything(
            put("LifecycleConfiguration.Rules.0.ExpirationInDays", 1),
            put("LifecycleConfiguration.Rules.0.ExpiredObjectDeleteMarker", True),
        ),
        "has both ExpiredObjectDeleteMarker and an expiration",
    ),
    "a replicated bucket without versions": (
        BUCKET,
        everything(replicated([COPY]), put("VersioningConfiguration.Status", "Suspended")),
        "is replicated without versions",
    ),
    "a replication that leaves out what a key encrypts": (
        BUCKET,
        everything(
            replicated([COPY]),
            put(
                "BucketEncryption.ServerSideEncryptionConfiguration",
                [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mail"}}],
            ),
        ),
        "leaves out objects under one",
    ),
    "a replication of keys without a key": (
        BUCKET,
        replicated([COPY | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}}]),
        "without a key for the copies",
    ),
    "a replication rule that says nothing of delete markers": (
        BUCKET,
        replicated([COPY | {"Filter": {"Prefix": "a"}, "Priority": 1}]),
        "has a filter and lacks DeleteMarkerReplication",
    ),
    "replication time control without metrics": (
        BUCKET,
        replicated([COPY | {"Destination": COPIES | {"ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}}}]),
        "without a threshold of its metrics",
    ),
    "a replication within an hour": (
        BUCKET,
        replicated([COPY | {"Destination": COPIES | {"Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 60}}}}]),
        "is not one of 15",
    ),
    "a replication to a bucket by its name": (
        BUCKET,
        replicated([COPY | {"Destination": {"Bucket": "mailroom-replica"}}]),
        "Destination.Bucket: 'mailroom-replica' does not match",
    ),
    "a replication status outside botocore's enumeration": (
        BUCKET,
        replicated([COPY | {"Status": "On"}]),
        "'On' is not one of Enabled, Disabled",
    ),
    "a bucket encryption outside botocore's enumeration": (
        BUCKET,
        put(
            "BucketEncryption.ServerSideEncryptionConfiguration",
            [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES-256"}}],
        ),
        "'AES-256' is not one of AES256",
    ),
    "a reserved key alias": ("AWS::KMS::Alias", put("AliasName", "alias/aws/mail"), "is reserved"),
    "a key policy that nobody can change": (
        "AWS::KMS::Key",
        put("KeyPolicy.Statement.0.Action", "kms:Decrypt"),
        "lets nobody change the key's policy",
    ),
    "a secret's name with a space": (
        "AWS::SecretsManager::Secret",
        put("Name", sub("${AWS::StackName} origin")),
        "does not match",
    ),
    "a secret template without its key": (
        "AWS::SecretsManager::Secret",
        without("GenerateSecretString.GenerateStringKey"),
        "needs both SecretStringTemplate and GenerateStringKey",
    ),
    "a password length out of botocore's range": (
        "AWS::SecretsManager::Secret",
        put("GenerateSecretString.PasswordLength", 4097),
        "is more than 4096",
    ),
    "a reserved SSM parameter name": ("AWS::SSM::Parameter", put("Name", "/ssm/mail"), "begins with aws or ssm"),
    "an SSM parameter with too many levels": ("AWS::SSM::Parameter", put("Name", "/a" * 16), "has 16 levels"),
    "an SSM parameter without a value": ("AWS::SSM::Parameter", put("Value", sub("")), "has 0 characters"),
    "an SSM parameter that CloudFormation can't create": (
        "AWS::SSM::Parameter",
        put("Type", "SecureString"),
        "is not one of String, StringList",
    ),
    "a role name that is too long": (ROLE, new("RoleName", sub("${AWS::StackName}-" + "x" * 44)), "does not match"),
    "inline policies that are too long": (
        ROLE,
        put(f"{STATEMENT}.Resource", [sub(LONG + str(n)) for n in range(100)]),
        "characters in total, more than 10240",
    ),
    "a trust policy that is too long": (
        ROLE,
        put(
            "AssumeRolePolicyDocument.Statement.0.Principal",
            {"AWS": ["arn:aws:iam::123456789012:role/" + "x" * 64] * 22},
        ),
        "more than 2048",
    ),
    "a statement id with a hyphen": (ROLE, put(f"{STATEMENT}.Sid", "Read-it"), "the statement id 'Read-it'"),
    "a statement without a resource": (ROLE, without(f"{STATEMENT}.Resource"), "lacks Resource or NotResource"),
    "a policy resource that is not an ARN": (
        ROLE,
        put(f"{STATEMENT}.Resource", sub("${AWS::StackName}-data")),
        "has the invalid resource 'mailroom-production1-data'",
    ),
    "a malformed policy action": (
        ROLE,
        put(f"{STATEMENT}.Action", "s3.GetObject"),
        "has the invalid action 's3.GetObject'",
    ),
    "an unknown condition operator": (
        ROLE,
        put(f"{STATEMENT}.Condition", {"StringEqual": {"aws:SourceAccount": "123456789012"}}),
        "has the invalid condition 'StringEqual'",
    ),
    "a malformed principal": (
        ROLE,
        put("AssumeRolePolicyDocument.Statement.0.Principal", {"Service": "lambda"}),
        "has the invalid principal 'lambda'",
    ),
    "a session duration out of botocore's range": (ROLE, new("MaxSessionDuration", 43201), "is more than 43200"),
    "a managed policy that is too long": (
        "AWS::IAM::ManagedPolicy",
        put("PolicyDocument.Statement.0.Resource", [sub(LONG + str(n)) for n in range(70)]),
        "characters, more than 6144",
    ),
    "a topic name with a dot": ("AWS::SNS::Topic", put("TopicName", sub("${AWS::StackName}.alarms")), "does not match"),
    "an action that topic policies do not take": (
        "AWS::SNS::TopicPolicy",
        put("PolicyDocument.Statement.0.Action", "sns:CreateTopic"),
        "has the invalid action 'sns:CreateTopic'",
    ),
    "a subscription of an invalid email address": (
        "AWS::SNS::Subscription",
        put("Endpoint", "somebody"),
        "which is not an email address",
    ),
    "a subscription of a webhook without TLS": (
        "AWS::SNS::Subscription",
        where("Protocol", "https", put("Endpoint", "http://pager.example.org/a")),
        "which is invalid for https",
    ),
    "a budget with a name": ("AWS::Budgets::Budget", new("Budget.BudgetName", "mail"), "can't replace it"),
    "a budget of nothing": ("AWS::Budgets::Budget", put("Budget.BudgetLimit.Amount", 0), "is less than 1"),
    "a budget in a currency's sign": ("AWS::Budgets::Budget", put("Budget.BudgetLimit.Unit", "$"), "does not match"),
    "a budget's kind of cost outside botocore's enumeration": (
        "AWS::Budgets::Budget",
        put("NotificationsWithSubscribers.0.Notification.NotificationType", "SPENT"),
        "'SPENT' is not one of ACTUAL",
    ),
    "a threshold beyond what a budget takes": (
        "AWS::Budgets::Budget",
        put("NotificationsWithSubscribers.0.Notification.Threshold", 1000001),
        "is not between 1 and 1000000",
    ),
    "a budget that tells two topics": (
        "AWS::Budgets::Budget",
        also("NotificationsWithSubscribers.0.Subscribers", {"SubscriptionType": "SNS", "Address": "arn"}),
        "tells more than one topic",
    ),
    "an alarm description beyond botocore's length": (ALARM, put("AlarmDescription", "x" * 1025), "more than 1024"),
    "an alarm period that is not a multiple of 60": (
        ALARM,
        put("Period", 90),
        "is neither 10, 20, 30 nor a multiple of 60",
    ),
    "an alarm that evaluates more than a day": (
        ALARM,
        everything(put("Period", 300), put("EvaluationPeriods", 289)),
        "evaluates 86700 s, more than 86400",
    ),
    "an alarm with both kinds of statistic": (
        ALARM,
        everything(new("Statistic", "Sum"), new("ExtendedStatistic", "p99")),
        "must have either Statistic or ExtendedStatistic",
    ),
    "more data points than periods": (
        ALARM,
        everything(put("EvaluationPeriods", 3), new("DatapointsToAlarm", 4)),
        "needs 4 data points in 3 periods",
    ),
    "a comparison operator outside botocore's enumeration": (
        ALARM,
        put("ComparisonOperator", "GreaterThan"),
        "'GreaterThan' is not one of",
    ),
    "an unknown treatment of missing data": (ALARM, put("TreatMissingData", "notbreaching"), "is not one of breaching"),
    "an invalid percentile": (
        ALARM,
        everything(without("Statistic"), new("ExtendedStatistic", "p101")),
        "does not match",
    ),
    "a dashboard widget that is too wide": (
        "AWS::CloudWatch::Dashboard",
        put("DashboardBody", '{"widgets": [{"type": "text", "x": 13, "width": 12, "properties": {"markdown": "x"}}]}'),
        "exceeds the width of 24",
    ),
    "a dashboard that is not JSON": (
        "AWS::CloudWatch::Dashboard",
        put("DashboardBody", sub('{"widgets": [${AWS::StackName}]}')),
        "is not valid JSON with widgets",
    ),
}
