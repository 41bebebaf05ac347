//! What a listener's rule does with a request.

use super::error::{Fault, Located};
use super::function::FunctionSpec;
use super::listener::port;
use super::properties::{Known, Limits, Properties};
use super::resources;
use super::scope::Scope;

/// Who answers a request.
///
/// [Listener rule actions](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html)
#[derive(Clone, Debug, PartialEq)]
pub enum ActionSpec {
    /// A function, through a target group of type `lambda`.
    Lambda {
        /// The logical id of the function.
        function: String,
        /// Stands in the event, as `requestContext.elb.targetGroupArn`.
        target_group_arn: String,
        /// `lambda.multi_value_headers.enabled`: event and answer carry lists of values.
        multi_value_headers: bool,
    },
    /// A server, through a target group of type `instance` or `ip`. On one machine it is whatever listens on the
    /// target group's port.
    Port {
        /// The port, 1 to 65,535.
        port: u16,
    },
    /// The load balancer itself.
    FixedResponse {
        /// 2xx, 4xx or 5xx.
        status: u16,
        /// `text/plain` and a few others.
        content_type: Option<String>,
        /// At most 1,024 bytes; empty by default.
        body: String,
    },
    /// The load balancer, sending the client elsewhere. Each part may contain `#{protocol}`, `#{host}`, `#{port}`,
    /// `#{path}` and `#{query}`, which stand for the request's own.
    Redirect {
        /// 301 or 302.
        status: u16,
        /// `HTTP`, `HTTPS` or `#{protocol}`, the default.
        protocol: String,
        /// By default `#{host}`.
        host: String,
        /// By default `#{port}`.
        port: String,
        /// By default `/#{path}`.
        path: String,
        /// By default `#{query}`.
        query: String,
    },
}

const ACTION: Known = Known {
    used: &["FixedResponseConfig", "RedirectConfig", "TargetGroupArn", "Type"],
    only_on_aws: &["Order"], // there is one action
};
const FIXED: Known = Known { used: &["ContentType", "MessageBody", "StatusCode"], only_on_aws: &[] };
const REDIRECT: Known =
    Known { used: &["Host", "Path", "Port", "Protocol", "Query", "StatusCode"], only_on_aws: &[] };
const TARGET_GROUP: Known = Known {
    used: &["Name", "Port", "Protocol", "TargetGroupAttributes", "TargetType", "Targets"],
    only_on_aws: &[
        // Health is what one sees on the terminal here.
        "HealthCheckEnabled",
        "HealthCheckIntervalSeconds",
        "HealthCheckPath",
        "HealthCheckPort",
        "HealthCheckProtocol",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "Matcher",
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

impl ActionSpec {
    /// The only action in the list `name`.
    pub(super) fn read(
        scope: &Scope<'_>,
        properties: &Properties<'_>,
        name: &'static str,
        functions: &[FunctionSpec],
    ) -> Result<Self, Located> {
        let actions = properties.sections(name, ACTION)?;
        let [action] = &actions[..] else {
            let fault = format!("one action is understood here, not {}", actions.len());
            return Err(properties.fault(name, Fault::NotHere(fault)));
        };
        let kind = action.text("Type")?;
        match action.required("Type", kind)?.as_str() {
            "forward" => forward(scope, action, functions),
            "fixed-response" => fixed_response(action),
            "redirect" => redirect(action),
            other => {
                let fault = format!("actions of type {other} don't run here");
                Err(action.fault("Type", Fault::NotHere(fault)))
            }
        }
    }
}

fn forward(
    scope: &Scope<'_>,
    action: &Properties<'_>,
    functions: &[FunctionSpec],
) -> Result<ActionSpec, Located> {
    let arn = action.text("TargetGroupArn")?;
    let arn = action.required("TargetGroupArn", arn)?;
    for (kind, resource) in resources::running(scope)? {
        if kind == resources::Running::TargetGroup
            && scope.attribute(&resource.id, "TargetGroupArn", resource.line)?.as_text()? == arn
        {
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

fn fixed_response(action: &Properties<'_>) -> Result<ActionSpec, Located> {
    let config = action.section("FixedResponseConfig", FIXED)?;
    let config = action.required("FixedResponseConfig", config)?;
    let status = config.number("StatusCode", Limits { min: 200, max: 599, unit: "as a status" })?;
    let status = config.required("StatusCode", status.and_then(|status| u16::try_from(status).ok()))?;
    let (content_type, body) = (config.text("ContentType")?, config.text("MessageBody")?.unwrap_or_default());
    Ok(ActionSpec::FixedResponse { status, content_type, body })
}

fn redirect(action: &Properties<'_>) -> Result<ActionSpec, Located> {
    let config = action.section("RedirectConfig", REDIRECT)?;
    let config = action.required("RedirectConfig", config)?;
    let statuses = [("HTTP_301", 301), ("HTTP_302", 302)];
    let status = config.one_of("StatusCode", "HTTP_301 or HTTP_302", &statuses)?;
    let part = |name, default: &str| Ok(config.text(name)?.unwrap_or_else(|| default.to_owned()));
    Ok(ActionSpec::Redirect {
        status: config.required("StatusCode", status)?,
        protocol: part("Protocol", "#{protocol}")?,
        host: part("Host", "#{host}")?,
        port: part("Port", "#{port}")?,
        path: part("Path", "/#{path}")?,
        query: part("Query", "#{query}")?,
    })
}
