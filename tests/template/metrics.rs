//! Which metrics there are, and with which dimensions: an alarm or a widget on another one stays silent for ever.

use crate::harness::root;

/// AWS's metrics that the template uses.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html>,
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html>
const OF_AWS: [(&str, &[&str], &[&str]); 9] = [
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
    ("AWS/ApplicationELB", &["HealthyHostCount", "LambdaUserError"], &["LoadBalancer", "TargetGroup"]),
    ("AWS/ApiGateway", &["4xx", "5xx", "Count", "Latency"], &["ApiId"]), // an HTTP API's; a REST API has others
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
    // The first is published in the Region of the source, the second in that of the destination.
    (
        "AWS/S3",
        &["OperationsFailedReplication", "ReplicationLatency"],
        &["DestinationBucket", "RuleId", "SourceBucket"],
    ),
    ("AWS/EC2", &["CPUUtilization", "StatusCheckFailed"], &["AutoScalingGroupName"]),
    ("CWAgent", &["disk_used_percent"], &["AutoScalingGroupName"]), // what the instance's user data makes of them
    ("CWAgent", &["mem_used_percent"], &["AutoScalingGroupName"]),
];

/// True if a metric has exactly these dimensions.
pub(crate) fn exists(namespace: &str, name: &str, dimensions: &[&str]) -> bool {
    let mut dimensions = dimensions.to_vec();
    dimensions.sort_unstable();
    if namespace == "Mailroom" {
        return documented().iter().any(|(ours, of)| ours == name && *of == dimensions);
    }
    OF_AWS
        .iter()
        .any(|(of_aws, names, of)| *of_aws == namespace && names.contains(&name) && *of == dimensions)
}

/// The names of all that the functions print.
pub(crate) fn ours() -> Vec<String> {
    documented().into_iter().map(|(name, _)| name).collect()
}

/// Names and dimensions as the table in `docs/LOGGING.md` has them, which `documented` holds against the real binaries:
/// | function | `Name` | unit | `Dimension`, ... | meaning |
fn documented() -> Vec<(String, Vec<String>)> {
    let page = std::fs::read_to_string(root().join("docs/LOGGING.md")).unwrap();
    let (_, metrics) = page.split_once("\n## Metrics\n").expect("the section");
    let rows = metrics.lines().map(|line| line.trim_matches('|').split('|').collect::<Vec<_>>());
    let named = rows.filter(|cells| cells.len() == 5 && cells[1].contains('`'));
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let all: Vec<_> = named.map(|cells| (words(cells[1]).concat(), words(cells[3]))).collect();
    assert!(all.len() > 10, "docs/LOGGING.md has no table of metrics any more: {all:?}");
    all
}
