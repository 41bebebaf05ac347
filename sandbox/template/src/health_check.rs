//! Health checks of a target group with a function.
//!
//! [Health checks for Lambda targets](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#enable-health-checks-lambda)

use super::error::{Fault, Located};
use super::properties::{Known, Properties};
use std::time::Duration;

/// How a load balancer asks a function whether it is well. Each check is an invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthCheckSpec {
    /// What is asked for; `/` by default.
    pub path: String,
    /// How long from one check to the next: 5 to 300 s, 35 s by default.
    pub interval: Duration,
    /// The statuses that are well, from the first to the last; 200 alone by default.
    pub healthy: Vec<(u16, u16)>,
}

const MATCHER: Known = Known { used: &["HttpCode"], only_on_aws: &["GrpcCode"] };
const STATUSES: &str = "statuses such as 200, 200,202 or 200-299";

impl HealthCheckSpec {
    /// The checks of a target group, where they are switched on: for functions they are off by default.
    pub(crate) fn read(group: &Properties<'_>) -> Result<Option<Self>, Located> {
        let path = group.text("HealthCheckPath")?;
        let interval = group.seconds("HealthCheckIntervalSeconds", 5, 300)?;
        let healthy = match group.section("Matcher", MATCHER)? {
            Some(matcher) => matcher.text("HttpCode")?,
            None => None,
        };
        if !group.flag("HealthCheckEnabled")?.unwrap_or(false) {
            return Ok(None);
        }
        let healthy = healthy.as_deref().unwrap_or("200");
        Ok(Some(Self {
            path: path.unwrap_or_else(|| "/".to_owned()),
            interval: interval.unwrap_or(Duration::from_secs(35)),
            healthy: statuses(healthy)
                .ok_or_else(|| group.fault("Matcher", Fault::Conflict(format!("expected {STATUSES}"))))?,
        }))
    }
}

fn statuses(text: &str) -> Option<Vec<(u16, u16)>> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
    };
    text.split(',').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_single_ones_lists_and_ranges() {
        assert_eq!(statuses("200"), Some(vec![(200, 200)]));
        assert_eq!(statuses("200,202"), Some(vec![(200, 200), (202, 202)]));
        assert_eq!(statuses("200-299, 304"), Some(vec![(200, 299), (304, 304)]));
        assert_eq!(statuses("fine"), None);
        assert_eq!(statuses(""), None);
    }
}
