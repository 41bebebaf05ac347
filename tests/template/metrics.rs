//! Which metrics there are, and with which dimensions: an alarm or a widget on another one stays silent for ever.

/// What the functions print (docs/LOGGING.md), in the namespace `Mailroom`.
const OURS: [(&str, &[&str]); 13] = [
    ("Accepted", &["FunctionName"]),
    ("AgeWhenFiled", &["FunctionName"]),
    ("ColdStarts", &["FunctionName"]),
    ("Duplicates", &["FunctionName"]),
    ("FailedWrites", &["FunctionName"]),
    ("Filed", &["FunctionName"]),
    ("NameCollisions", &["FunctionName"]),
    ("Poison", &["FunctionName"]),
    ("Refused", &["FunctionName", "Reason"]),
    ("S3PutLatency", &["FunctionName"]),
    ("SqsSendLatency", &["FunctionName"]),
    ("TokenRefreshFailures", &["FunctionName"]),
    ("TokenRefreshes", &["FunctionName"]),
];

/// Of AWS's, those that the template uses.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html>
const OF_AWS: [(&str, &[&str], &[&str]); 7] = [
    (
        "AWS/ApplicationELB",
        &[
            "HTTPCode_ELB_5XX_Count",
            "HTTPCode_Target_2XX_Count",
            "HTTPCode_Target_4XX_Count",
            "HTTPCode_Target_5XX_Count",
            "RequestCount",
            "TargetResponseTime",
        ],
        &["LoadBalancer"],
    ),
    ("AWS/ApplicationELB", &["HealthyHostCount"], &["LoadBalancer", "TargetGroup"]),
    (
        "AWS/Lambda",
        &["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"],
        &["FunctionName"],
    ),
    (
        "AWS/SQS",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        ],
        &["QueueName"],
    ),
    ("AWS/EC2", &["CPUUtilization", "StatusCheckFailed"], &["AutoScalingGroupName"]),
    ("CWAgent", &["disk_used_percent"], &["AutoScalingGroupName"]), // what the instance's user data makes of them
    ("CWAgent", &["mem_used_percent"], &["AutoScalingGroupName"]),
];

/// Whether there is such a metric with exactly these dimensions.
pub(super) fn exists(namespace: &str, name: &str, dimensions: &[&str]) -> bool {
    let mut dimensions = dimensions.to_vec();
    dimensions.sort_unstable();
    if namespace == "Mailroom" {
        return OURS.iter().any(|(ours, of)| *ours == name && *of == dimensions);
    }
    OF_AWS
        .iter()
        .any(|(of_aws, names, of)| *of_aws == namespace && names.contains(&name) && *of == dimensions)
}

/// The names of all that the functions print.
pub(super) fn ours() -> impl Iterator<Item = &'static str> {
    OURS.iter().map(|(name, _)| *name)
}
