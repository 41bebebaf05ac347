"""The options of the mail stack as the matrix tries them: each alone, and all that fit together.

A row gives a parameter a value other than its default, and the parameters that it needs beside it.
"""

CERTIFICATE = {
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
    "DomainName": "mail.example.org",
}
ROWS = [
    {"Stage": "staging"},
    {"Stage": "prod", "AllowPlainHttp": "yes"},
    {"Architecture": "x86_64"},
    {"ObjectKeyLayout": "dated"},
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
    {"EnableCustomerKey": "yes"},
    {"LogLevel": "DEBUG"},
    {"LogRetention": "30"},
    {"CanaryRate": "rate(5 minutes)"},
    {"AlarmEmail": "somebody@example.org"},
    {"AlarmWebhook": "https://pager.example.org/alarms"},
    {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary"},
]
# What fits together: with each endpoint all of the others, and CloudFront instead of a certificate. A parameter's value
# is that of its last row, so Stage is prod.
STARTS = {
    "alb": {"Endpoint": "alb", **CERTIFICATE},
    "both": {"Endpoint": "both", **CERTIFICATE},
    "http-api": {"Endpoint": "http-api", **CERTIFICATE},
    "CloudFront": {"Endpoint": "alb", "CloudFrontPrefixListId": "pl-0123abcd"},
}
# Parameters that a start's rules refuse.
REFUSED = {
    "alb": {"CloudFrontPrefixListId"},
    "both": {"CloudFrontPrefixListId"},
    "http-api": {"CloudFrontPrefixListId", "EnableFlowLogs", "EnableWaf"},
    "CloudFront": {"CertificateArn", "DomainName", "HostedZoneId"},
}


def alone():
    """Name -> parameters, for the defaults and each row."""
    return {"defaults": {}} | {", ".join(f"{name}={value[:20]}" for name, value in row.items()): row for row in ROWS}


def together(start):
    """All parameters that fit to a start, with the values of the rows."""
    rows = {name: value for row in ROWS for name, value in row.items() if name not in REFUSED[start]}
    return rows | STARTS[start]
