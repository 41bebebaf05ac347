//! Target groups: what an action that forwards ends at.
//!
//! [AWS::ElasticLoadBalancingV2::TargetGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html)

use super::action::ActionSpec;
use super::error::{Fault, Located};
use super::function::FunctionSpec;
use super::health_check::HealthCheckSpec;
use super::listener::port;
use super::properties::{Known, Properties};
use super::resources::{self, Running};
use super::scope::Scope;

const TARGET_GROUP: Known = Known {
    used: &[
        "HealthCheckEnabled",
        "HealthCheckIntervalSeconds",
        "HealthCheckPath",
        "Matcher",
        "Name",
        "Port",
        "Protocol",
        "TargetGroupAttributes",
        "TargetType",
        "Targets",
    ],
    only_on_aws: &[
        // What makes a target healthy changes nothing where there is one: a load balancer passes requests on to
        // all of its targets when none is healthy.
        "HealthCheckPort",
        "HealthCheckProtocol",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "Tags",
        "UnhealthyThresholdCount",
        "VpcId",
    ],
};
const TARGET: Known = Known { used: &["Id"], only_on_aws: &["AvailabilityZone"] };
const ATTRIBUTE: Known = Known { used: &["Key", "Value"], only_on_aws: &[] };
const MULTI_VALUE_HEADERS: &str = "lambda.multi_value_headers.enabled";

/// Attributes of a target group that change nothing when there is one target, or none that drains.
const ATTRIBUTES_ONLY_ON_AWS: [&str; 3] =
    ["deregistration_delay.timeout_seconds", "load_balancing.algorithm.type", "slow_start.duration_seconds"];

/// An action of type `forward`: what its target group stands for.
pub(crate) fn forward(
    scope: &Scope<'_>,
    action: &Properties<'_>,
    functions: &[FunctionSpec],
) -> Result<ActionSpec, Located> {
    let arn = action.text("TargetGroupArn")?;
    let arn = action.required("TargetGroupArn", arn)?;
    for (kind, resource) in resources::running(scope)? {
        if kind == Running::TargetGroup && scope.target_group_arn(resource)? == arn {
            let group = Properties::open(scope, &resource.id, &resource.properties, TARGET_GROUP)?;
            return target_group(&group, arn, functions);
        }
    }
    Err(action.fault("TargetGroupArn", Fault::UnknownName(arn, "target group")))
}

fn target_group(
    group: &Properties<'_>,
    arn: String,
    functions: &[FunctionSpec],
) -> Result<ActionSpec, Located> {
    let kinds = [("lambda", true), ("instance", false), ("ip", false)];
    let lambda = group.one_of("TargetType", "lambda, instance or ip", &kinds)?.unwrap_or(false);
    let multi_value_headers = multi_value_headers(group)?;
    if !lambda {
        group.one_of("Protocol", "HTTP: nothing here speaks TLS", &[("HTTP", ())])?;
        let port = port(group, "Port")?;
        return Ok(ActionSpec::Port { port: group.required("Port", port)? });
    }
    let targets = group.sections("Targets", TARGET)?;
    let [target] = &targets[..] else {
        let fault = format!("a target group of type lambda has one target, not {}", targets.len());
        return Err(group.fault("Targets", Fault::Conflict(fault)));
    };
    let id = target.text("Id")?;
    let id = target.required("Id", id)?;
    let function = FunctionSpec::called(functions, &id)
        .ok_or_else(|| target.fault("Id", Fault::UnknownName(id.clone(), "function")))?;
    Ok(ActionSpec::Lambda {
        function: function.logical_id.clone(),
        target_group_arn: arn,
        multi_value_headers,
        health_check: HealthCheckSpec::read(group)?,
    })
}

fn multi_value_headers(group: &Properties<'_>) -> Result<bool, Located> {
    let mut enabled = false;
    for attribute in group.sections("TargetGroupAttributes", ATTRIBUTE)? {
        let key = attribute.text("Key")?;
        match attribute.required("Key", key)?.as_str() {
            MULTI_VALUE_HEADERS => enabled = attribute.flag("Value")?.unwrap_or(false),
            key if ATTRIBUTES_ONLY_ON_AWS.contains(&key) => {}
            _ => return Err(attribute.fault("Key", Fault::UnknownProperty)),
        }
    }
    Ok(enabled)
}
