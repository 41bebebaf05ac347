//! Target groups: where an action that forwards sends a request.
//!
//! [AWS::ElasticLoadBalancingV2::TargetGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html)

use crate::error::{ErrorKind, Result};
use crate::function::FunctionSpec;
use crate::properties::{Known, Properties};
use crate::resources::Running;
use crate::scope::Scope;
use std::time::Duration;

/// The function behind a target group.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSpec {
    /// The function's logical id.
    pub function: String,
    /// In the event: `requestContext.elb.targetGroupArn`.
    pub target_group_arn: String,
    /// `lambda.multi_value_headers.enabled`: event and response carry lists of values.
    pub multi_value_headers: bool,
    pub health_check: Option<HealthCheckSpec>,
}

/// The health checks of a function, each of which is an invocation.
///
/// [Health checks for Lambda targets](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#enable-health-checks-lambda)
#[derive(Clone, Debug, PartialEq)]
pub struct HealthCheckSpec {
    /// `/` by default.
    pub path: String,
    /// From one check to the next: 5 to 300 s, 35 s by default.
    pub interval: Duration,
    /// The statuses of a healthy function, as ranges with both ends; 200 alone by default.
    pub healthy: Vec<(u16, u16)>,
}

#[rustfmt::skip]
pub(crate) const TARGET_GROUP: Known = Known {
    used: &[
        "HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckPath", "Matcher", "Name", "TargetGroupAttributes",
        "TargetType", "Targets",
    ],
    only_on_aws: &[
        "Port", "Protocol", "Tags", "VpcId",
        // With one target it makes no difference which are healthy: without a healthy one, all get requests.
        "HealthCheckPort", "HealthCheckProtocol", "HealthCheckTimeoutSeconds", "HealthyThresholdCount",
        "UnhealthyThresholdCount",
    ],
};
const TARGET: Known = Known { used: &["Id"], only_on_aws: &["AvailabilityZone"] };
const MATCHER: Known = Known { used: &["HttpCode"], only_on_aws: &["GrpcCode"] };
const MULTI_VALUE_HEADERS: &str = "lambda.multi_value_headers.enabled";
#[rustfmt::skip]
const ATTRIBUTES: Known = Known {
    used: &[MULTI_VALUE_HEADERS],
    only_on_aws: &[
        "deregistration_delay.timeout_seconds", "load_balancing.algorithm.type", "slow_start.duration_seconds",
    ],
};

impl TargetSpec {
    /// The target of an action of type `forward`.
    pub(crate) fn read(
        scope: &Scope<'_>,
        action: &Properties<'_>,
        functions: &[FunctionSpec],
    ) -> Result<Self> {
        let arn = action.required_text("TargetGroupArn")?;
        let Some(resource) = scope.referred(Running::TargetGroup, &arn)? else {
            return Err(action.error("TargetGroupArn", ErrorKind::UnknownName(arn, "target group")));
        };
        let group = Properties::of(scope, resource, TARGET_GROUP)?;
        let lambda = group.text("TargetType")?.is_some_and(|kind| kind == "lambda");
        if !lambda {
            return Err(group.unsupported("TargetType", "the sandbox forwards to lambda targets only"));
        }
        let mut multi_value_headers = false;
        for (key, attribute) in group.attributes("TargetGroupAttributes", ATTRIBUTES)? {
            if key == MULTI_VALUE_HEADERS {
                multi_value_headers = attribute.flag("Value")?.unwrap_or(false);
            }
        }
        let targets = group.sections("Targets", TARGET)?;
        let [target] = &targets[..] else {
            let why = format!("a target group of type lambda has one target, not {}", targets.len());
            return Err(group.invalid("Targets", why));
        };
        Ok(Self {
            function: FunctionSpec::named_in(functions, target, "Id")?.logical_id.clone(),
            target_group_arn: arn,
            multi_value_headers,
            health_check: HealthCheckSpec::read(&group)?,
        })
    }
}

impl HealthCheckSpec {
    /// `None` where the checks are off, as they are for functions by default.
    fn read(group: &Properties<'_>) -> Result<Option<Self>> {
        let path = group.text("HealthCheckPath")?;
        let interval = group.seconds("HealthCheckIntervalSeconds", 5, 300)?;
        let matcher = group.section("Matcher", MATCHER)?;
        let healthy = matcher.map_or(Ok(None), |matcher| matcher.text("HttpCode"))?;
        if !group.flag("HealthCheckEnabled")?.unwrap_or(false) {
            return Ok(None);
        }
        let wrong = || group.invalid("Matcher", "expected statuses such as 200, 200,202 or 200-299");
        Ok(Some(Self {
            path: path.unwrap_or_else(|| "/".to_owned()),
            interval: interval.unwrap_or(Duration::from_secs(35)),
            healthy: statuses(healthy.as_deref().unwrap_or("200")).ok_or_else(wrong)?,
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
