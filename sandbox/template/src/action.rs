//! The actions of a listener's rules.

use crate::error::Result;
use crate::function::FunctionSpec;
use crate::properties::{Known, Limits, Properties};
use crate::scope::Scope;
use crate::target_group::TargetSpec;

/// A rule's response to a request, or where that comes from.
///
/// [Listener rule actions](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html)
#[derive(Clone, Debug, PartialEq)]
pub enum ActionSpec {
    Forward(TargetSpec),
    FixedResponse {
        /// 2xx, 4xx or 5xx.
        status: u16,
        content_type: Option<String>,
        /// At most 1,024 bytes; empty by default.
        body: String,
    },
    /// Each part may contain `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}`, which stand for the request's
    /// own.
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

impl ActionSpec {
    /// The only action in the list `name`.
    pub(crate) fn read(
        scope: &Scope<'_>,
        properties: &Properties<'_>,
        name: &'static str,
        functions: &[FunctionSpec],
    ) -> Result<Self> {
        let actions = properties.sections(name, ACTION)?;
        let [action] = &actions[..] else {
            let why = format!("the sandbox supports one action, not {}", actions.len());
            return Err(properties.unsupported(name, why));
        };
        match action.required_text("Type")?.as_str() {
            "forward" => TargetSpec::read(scope, action, functions).map(Self::Forward),
            "fixed-response" => fixed_response(action),
            "redirect" => redirect(action),
            other => Err(action.unsupported("Type", format!("actions of type {other} don't run here"))),
        }
    }
}

fn fixed_response(action: &Properties<'_>) -> Result<ActionSpec> {
    let config = action.section("FixedResponseConfig", FIXED)?;
    let config = action.required("FixedResponseConfig", config)?;
    let status = config.number("StatusCode", Limits { min: 200, max: 599, unit: "as a status" })?;
    let status = config.required("StatusCode", status.and_then(|status| u16::try_from(status).ok()))?;
    let (content_type, body) = (config.text("ContentType")?, config.text("MessageBody")?.unwrap_or_default());
    Ok(ActionSpec::FixedResponse { status, content_type, body })
}

fn redirect(action: &Properties<'_>) -> Result<ActionSpec> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target_group::HealthCheckSpec;
    use crate::tests::{assert_refused, function, parse, resource};
    use std::time::Duration;

    fn listener(action: &str) -> String {
        let properties = format!("Port: 80\nProtocol: HTTP\nDefaultActions: [{action}]");
        format!("{}{}", function(""), resource("Http", "AWS::ElasticLoadBalancingV2::Listener", &properties))
    }

    fn action(text: &str) -> ActionSpec {
        parse(text).unwrap().listeners.remove(0).rules.remove(0).action
    }

    fn to_group(properties: &str) -> String {
        let group = resource("Group", "AWS::ElasticLoadBalancingV2::TargetGroup", properties);
        listener("{Type: forward, TargetGroupArn: !Ref Group}") + &group
    }

    #[test]
    fn a_function_is_reached_through_its_target_group() {
        let targets = "TargetType: lambda\nTargets: [{Id: !GetAtt Worker.Arn}]";
        let attribute = "TargetGroupAttributes: [{Key: lambda.multi_value_headers.enabled, Value: true}]";
        let action = action(&to_group(&format!("{targets}\n{attribute}")));
        let ActionSpec::Forward(TargetSpec { function, target_group_arn, multi_value_headers, health_check }) =
            action
        else {
            panic!("{action:?}")
        };
        assert_eq!((function.as_str(), multi_value_headers), ("Worker", true));
        assert_eq!(health_check, None, "off by default for functions");
        assert!(target_group_arn.contains(":targetgroup/candidate-2-Group/"), "{target_group_arn}");
    }

    #[test]
    fn a_function_is_asked_whether_it_is_well_if_its_target_group_says_so() {
        let targets = "TargetType: lambda\nTargets: [{Id: !GetAtt Worker.Arn}]\nHealthCheckEnabled: true";
        let checks = "HealthCheckPath: /health\nHealthCheckIntervalSeconds: 10\nMatcher: {HttpCode: 200-299}";
        let ActionSpec::Forward(TargetSpec { health_check, .. }) =
            action(&to_group(&format!("{targets}\n{checks}")))
        else {
            panic!("a function")
        };
        let (path, interval) = ("/health".to_owned(), Duration::from_secs(10));
        assert_eq!(health_check, Some(HealthCheckSpec { path, interval, healthy: vec![(200, 299)] }));
    }

    #[test]
    fn what_a_redirect_leaves_out_stays_as_it_was_asked_for() {
        let redirect = "{Type: redirect, RedirectConfig: {Protocol: HTTPS, Port: 443, StatusCode: HTTP_301}}";
        let expected = ActionSpec::Redirect {
            status: 301,
            protocol: "HTTPS".to_owned(),
            host: "#{host}".to_owned(),
            port: "443".to_owned(),
            path: "/#{path}".to_owned(),
            query: "#{query}".to_owned(),
        };
        assert_eq!(action(&listener(redirect)), expected);
    }

    #[test]
    fn a_fixed_response_says_all_that_the_client_gets() {
        let config = "{StatusCode: 403, ContentType: text/plain, MessageBody: use https}";
        let expected = ActionSpec::FixedResponse {
            status: 403,
            content_type: Some("text/plain".to_owned()),
            body: "use https".to_owned(),
        };
        assert_eq!(
            action(&listener(&format!("{{Type: fixed-response, FixedResponseConfig: {config}}}"))),
            expected
        );
    }

    #[test]
    fn actions_that_do_not_run_here_are_refused() {
        for (text, message) in [
            (listener("{Type: authenticate-oidc}"), "actions of type authenticate-oidc don't run here"),
            (listener("{Type: forward, TargetGroupArn: arn:x}"), "arn:x is not the name of a target group"),
            (listener("{Type: forward}, {Type: forward}"), "the sandbox supports one action, not 2"),
            (to_group("TargetType: lambda"), "has one target, not 0"),
            (to_group("TargetType: lambda\nTargets: [{Id: other}]"), "other is not the name of a function"),
            (
                to_group("Protocol: HTTP\nPort: 3000"),
                "Group.TargetType: the sandbox forwards to lambda targets only",
            ),
            (
                to_group(
                    "TargetType: lambda\nTargetGroupAttributes: [{Key: stickiness.enabled, Value: true}]",
                ),
                "Group.TargetGroupAttributes[0].Key: not supported",
            ),
        ] {
            assert_refused(&text, message);
        }
    }
}
