"""One damage of each kind to queries, and what the check that it is there for must say of it."""

import check_logs
import check_metrics
from damage import expression, panel, query, rule, variable

# name: (check, damage, what it says)
BREAKS = {
    "a metric that isn't emitted": (
        check_metrics,
        lambda b: query(b, "Emails accepted").update(metricName="Taken"),
        "nobody publishes Mailroom Taken",
    ),
    "a metric that the other function emits": (
        check_metrics,
        lambda b: query(b, "Emails filed")["dimensions"].update(FunctionName="${stack}-api"),
        "${stack}-api doesn't emit Filed",
    ),
    "a dimension that the metric doesn't have": (
        check_metrics,
        lambda b: query(b, "Emails accepted")["dimensions"].update(Stage="prod"),
        "Mailroom Accepted has no dimensions ['FunctionName', 'Stage']",
    ),
    "a dimension too few": (
        check_metrics,
        lambda b: query(b, "Refused by reason")["dimensions"].pop("Reason"),
        "Mailroom Refused has no dimensions ['FunctionName']",
    ),
    "a reason that there isn't": (
        check_metrics,
        lambda b: query(b, "Refused by reason")["dimensions"].update(Reason="tokens"),
        "no request is refused with the reason tokens",
    ),
    "an AWS metric that doesn't exist": (
        check_metrics,
        lambda b: query(b, "Dead-letter queue").update(metricName="NumberOfDeadLetters"),
        "nobody publishes AWS/SQS NumberOfDeadLetters",
    ),
    "an AWS metric with a dimension of another": (
        check_metrics,
        lambda b: query(b, "5xx answers by who gave them")["dimensions"].update(TargetGroup="$api_target_group"),
        "HTTPCode_ELB_5XX_Count has no dimensions",
    ),
    "a queue that the template doesn't name": (
        check_metrics,
        lambda b: query(b, "Dead-letter queue")["dimensions"].update(QueueName="${stack}-dlq"),
        "no template names a QueueName ${stack}-dlq",
    ),
    "a statistic that there isn't": (
        check_metrics,
        lambda b: query(b, "Dead-letter queue").update(statistic="Max"),
        "no statistic Max",
    ),
    "a formula about a query that there isn't": (
        check_metrics,
        lambda b: query(b, "Requests refused", 1).update(expression="SUM(refusals)"),
        "no query has the id refusals",
    ),
    "a variable that finds no load balancer": (
        check_metrics,
        lambda b: variable(b, "load_balancer").update(regex="/^${stack}-alb$/"),
        "finds no LoadBalancer of the templates",
    ),
    "a variable that finds the wrong queue's suffix": (
        check_metrics,
        lambda b: variable(b, "suffix").update(regex="/^.*-queue-([0-9a-f]{8})$/"),
        "finds no QueueName of the templates",
    ),
    "a panel about api with Grafana's requests in it": (
        check_metrics,
        lambda b: query(b, "Response time of api")["dimensions"].pop("TargetGroup"),
        "mixes Grafana's answers with those of api",
    ),
    "a metric of ours that no panel draws": (
        check_metrics,
        lambda b: panel(b, "Sending to SQS")["targets"].clear(),
        "no panel draws Mailroom SqsSendLatency",
    ),
    "a metric of AWS's that no panel draws": (
        check_metrics,
        lambda b: panel(b, "Bytes in the bucket")["targets"].clear(),
        "no panel draws AWS/S3 BucketSizeBytes",
    ),
    "an AWS metric in a rule that doesn't exist": (
        check_metrics,
        lambda b: rule(b)["data"][0]["model"].update(metricName="DeadLetters"),
        "nobody publishes AWS/SQS DeadLetters",
    ),
    "a field that the log line doesn't have": (
        check_logs,
        expression('"refused"', '"refused" and outcome = "new"'),
        "none of these log lines has a field outcome",
    ),
    "a field that no log line has": (
        check_logs,
        expression("duration_ms, bytes", "duration, bytes", "Slowest answers"),
        "has a field duration",
    ),
    "a field that Lambda's line doesn't have": (
        check_logs,
        expression("maxMemoryUsedMB", "memoryUsedMB", "Memory used"),
        "has a field record.metrics.memoryUsedMB",
    ),
    "a message that is never logged": (
        check_logs,
        expression('"refused"', '"rejected"'),
        "api logs no message 'rejected'",
    ),
    "a level that is never logged": (
        check_logs,
        expression('"ERROR"', '"FATAL"', "Latest errors"),
        "logs no level 'FATAL'",
    ),
    "a log group that the template doesn't name": (
        check_logs,
        lambda b: query(b, "Latest errors")["logGroupNames"].append("/aws/lambda/${stack}-mailer"),
        "no template names a log group /aws/lambda/${stack}-mailer",
    ),
    "a command that Logs Insights doesn't have": (
        check_logs,
        expression("| sort requests", "| order requests"),
        "order is no command",
    ),
    "a function that Logs Insights doesn't have": (
        check_logs,
        expression("count(*)", "total(*)"),
        "total is no function",
    ),
    "groups that the query doesn't have": (
        check_logs,
        lambda b: query(b, "Refused requests")["statsGroups"].append("bin(5m)"),
        "statsGroups has bin(5m)",
    ),
}
