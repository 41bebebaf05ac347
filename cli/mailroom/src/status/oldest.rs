//! How long the queue's oldest message has waited. SQS itself doesn't say.

use crate::system::{ApiClient, Explain, System};
use anyhow::{Result, ensure};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use std::time::{Duration, SystemTime};

/// CloudWatch has a figure a minute, which arrives a few minutes later.
const FIGURES_OF: Duration = Duration::from_secs(10 * 60);
const PERIOD: i32 = 60;
/// The sandbox's metric.
const METRIC: &str = "sandbox_queue_oldest_message_age_seconds";

/// Nothing while CloudWatch has no figure yet: in the first minutes after a message came to a quiet queue.
pub(crate) async fn age(system: &System) -> Result<Option<Duration>> {
    let queue = system.outputs.queue_url.rsplit('/').next().unwrap_or_default();
    match system.identity.sandbox_url() {
        Some(url) => of_sandbox(url, queue).await,
        None => of_cloudwatch(system, queue).await,
    }
}

/// The latest figure. It leaves out messages that were received more than three times ("Available CloudWatch metrics for
/// Amazon SQS", Amazon SQS developer guide).
async fn of_cloudwatch(system: &System, queue: &str) -> Result<Option<Duration>> {
    let now = SystemTime::now();
    let get = system.cloudwatch.get_metric_statistics().namespace("AWS/SQS");
    let get = get
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(Dimension::builder().name("QueueName").value(queue).build())
        .start_time(DateTime::from(now - FIGURES_OF))
        .end_time(DateTime::from(now))
        .period(PERIOD)
        .statistics(Statistic::Maximum);
    let answer = get.send().await.explain("can't read the age of the oldest message")?;
    let latest = answer.datapoints().iter().max_by_key(|point| point.timestamp().map(DateTime::secs));
    Ok(latest.and_then(|point| Duration::try_from_secs_f64(point.maximum()?).ok()))
}

async fn of_sandbox(url: &str, queue: &str) -> Result<Option<Duration>> {
    let answer = ApiClient::new(url)?.send("GET", "/_sandbox/metrics", None).await?;
    ensure!(answer.status == 200, "{url} answered its metrics with {}", answer.status);
    Ok(figure(&String::from_utf8_lossy(&answer.body), queue))
}

fn figure(metrics: &str, queue: &str) -> Option<Duration> {
    let sample = format!("{METRIC}{{queue=\"{queue}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&sample))?;
    Duration::try_from_secs_f64(value.trim().parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandboxs_figure_is_that_of_the_named_queue() {
        let metrics =
            format!("# HELP x y\n{METRIC}{{queue=\"a\"}} 7.5\n{METRIC}{{queue=\"a-dead\"}} 9\n# EOF\n");
        assert_eq!(figure(&metrics, "a"), Some(Duration::from_millis(7_500)));
        assert_eq!(figure(&metrics, "a-dead"), Some(Duration::from_secs(9)));
        assert_eq!(figure(&metrics, "dead"), None);
        assert_eq!(figure(&format!("{METRIC}{{queue=\"a\"}} -1"), "a"), None, "out of range");
    }
}
