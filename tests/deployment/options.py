"""The options of the mail stack as the matrix tries them: each alone, and all that fit together.

A row gives a parameter a value other than its default, and the parameters that it needs beside it.
"""

CERTIFICATE = {
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
    "DomainName": "mail.example.org",
}
KEY = {"EnableCustomerKey": "yes"}
REPLICA = {"ReplicaBucketArn": "arn:aws:s3:::mailroom-replica-8f6d3a10"}
ROWS = [
    {"Stage": "staging"},
    {"Stage": "prod", "AllowPlainHttp": "yes"},
    {"Architecture": "x86_64"},
    {"ObjectKeyLayout": "dated"},
    {"ObjectKeyLayout": "batch", "WorkerBatchSize": "2000", "WorkerBatchWindow": "20"},
    {"TokenSecret": "mailroom/tokens"},
    {"EmailRetentionDays": "400"},
    {"EmitEvents": "yes"},
    {"MessageRetention": "1209600"},
    {"WorkerConcurrency": "20"},
    {"ShiftTraffic": "true"},
    {"Endpoint": "http-api"},
    {"Endpoint": "both", "HttpApiRateLimit": "50", "HttpApiBurstLimit": "100"},
    {"DomainName": "mail.example.org"},
    CERTIFICATE,
    {"Endpoint": "http-api", **CERTIFICATE},
    {"HostedZoneId": "Z0123456789ABCDEFGHIJ", **CERTIFICATE},
    {"CloudFrontPrefixListId": "pl-0123abcd"},
    {"EnableWaf": "yes", "WafRateLimit": "100"},
    {"EnableFlowLogs": "yes"},
    KEY,
    REPLICA,
    {"LogLevel": "DEBUG"},
    {"LogRetention": "30"},
    {"SystemLogLevel": "WARN", "Tracing": "PassThrough"},
    {"CanaryRate": "rate(5 minutes)"},
    {"AlarmEmail": "somebody@example.org"},
    {"AlarmWebhook": "https://pager.example.org/alarms"},
    {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary"},
]
# The largest sets of options that exclude none: each endpoint with all others, CloudFront instead of a certificate, and a
# replica instead of a key. A parameter's value is that of its last row, so Stage is prod.
STARTS = {
    "alb": {"Endpoint": "alb", **CERTIFICATE, **REPLICA},
    "both": {"Endpoint": "both", **CERTIFICATE, **KEY},
    "http-api": {"Endpoint": "http-api", **CERTIFICATE, **REPLICA},
    "CloudFront": {"Endpoint": "alb", "CloudFrontPrefixListId": "pl-0123abcd", **KEY},
}
# Parameters that a start's rules refuse.
REFUSED = {
    "alb": {"CloudFrontPrefixListId", "EnableCustomerKey"},
    "both": {"CloudFrontPrefixListId", "ReplicaBucketArn"},
    "http-api": {"CloudFrontPrefixListId", "EnableCustomerKey", "EnableFlowLogs", "EnableWaf"},
    "CloudFront": {"CertificateArn", "DomainName", "HostedZoneId", "ReplicaBucketArn"},
}


def alone():
    """Name -> parameters, for the defaults and each row."""
    return {"defaults": {}} | {", ".join(f"{name}={value[:20]}" for name, value in row.items()): row for row in ROWS}


def together(start):
    """All parameters that fit to a start, with the values of the rows."""
    rows = {name: value for row in ROWS for name, value in row.items() if name not in REFUSED[start]}
    return rows | STARTS[start]
