//! Load balancers, as far as a client can notice them.

use crate::error::Result;
use crate::properties::{Known, Limits, Properties};
use crate::resources::Running;
use crate::scope::Scope;
use std::time::Duration;

/// A load balancer's treatment of connections and requests, whatever its rules say.
///
/// [AWS::ElasticLoadBalancingV2::LoadBalancer](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html),
/// [Edit attributes](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html)
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancerSpec {
    /// How long either end of a connection may be silent: 1 to 4,000 s, by default 60.
    pub idle_timeout: Duration,
    /// Drops headers with anything but letters, digits and hyphens in their names before the target.
    pub drop_invalid_headers: bool,
}

impl Default for LoadBalancerSpec {
    fn default() -> Self {
        Self { idle_timeout: Duration::from_secs(60), drop_invalid_headers: false }
    }
}

#[rustfmt::skip]
pub(crate) const LOAD_BALANCER: Known = Known {
    used: &["LoadBalancerAttributes", "Type"],
    only_on_aws: &[
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "IpAddressType", "MinimumLoadBalancerCapacity", "Name",
        "Scheme", "SecurityGroups", "SubnetMappings", "Subnets", "Tags",
    ],
};
const IDLE_TIMEOUT: &str = "idle_timeout.timeout_seconds";
const DROP_INVALID_HEADERS: &str = "routing.http.drop_invalid_header_fields.enabled";
#[rustfmt::skip]
const ATTRIBUTES: Known = Known {
    used: &[IDLE_TIMEOUT, DROP_INVALID_HEADERS],
    only_on_aws: &[
        "access_logs.s3.bucket", "access_logs.s3.enabled", "access_logs.s3.prefix", "deletion_protection.enabled",
        "load_balancing.cross_zone.enabled",
        "routing.http.desync_mitigation_mode", // always `defensive` here
    ],
};
const IDLE_SECONDS: Limits = Limits { min: 1, max: 4_000, unit: "seconds" };

impl LoadBalancerSpec {
    /// The load balancer with this ARN. One that is not in the template has the defaults of AWS.
    pub(crate) fn with_arn(scope: &Scope<'_>, arn: &str) -> Result<Self> {
        let mut spec = Self::default();
        let Some(resource) = scope.referred(Running::LoadBalancer, arn)? else { return Ok(spec) };
        let properties = Properties::of(scope, resource, LOAD_BALANCER)?;
        properties.one_of("Type", "application: no other load balancer runs here", &[("application", ())])?;
        for (key, attribute) in properties.attributes("LoadBalancerAttributes", ATTRIBUTES)? {
            match key.as_str() {
                IDLE_TIMEOUT => {
                    let seconds = attribute.number("Value", IDLE_SECONDS)?;
                    spec.idle_timeout = Duration::from_secs(attribute.required("Value", seconds)?.into());
                }
                DROP_INVALID_HEADERS => spec.drop_invalid_headers = attribute.flag("Value")?.unwrap_or(false),
                _ => {}
            }
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{assert_refused, function, parse, resource};

    fn text(attributes: &str) -> String {
        let fixed = "{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}";
        let listener =
            format!("LoadBalancerArn: !Ref Front\nPort: 80\nProtocol: HTTP\nDefaultActions: [{fixed}]");
        let listener = resource("Http", "AWS::ElasticLoadBalancingV2::Listener", &listener);
        let front =
            format!("Type: application\nSubnets: [!Ref Nowhere]\nLoadBalancerAttributes: [{attributes}]");
        function("") + &listener + &resource("Front", "AWS::ElasticLoadBalancingV2::LoadBalancer", &front)
    }

    #[test]
    fn a_listener_has_the_attributes_of_its_load_balancer() {
        let of = |attributes: &str| parse(&text(attributes)).unwrap().listeners.remove(0).load_balancer;
        assert_eq!(of(""), LoadBalancerSpec::default());
        let idle = "{Key: idle_timeout.timeout_seconds, Value: 4}";
        let drop = "{Key: routing.http.drop_invalid_header_fields.enabled, Value: true}";
        let expected = LoadBalancerSpec { idle_timeout: Duration::from_secs(4), drop_invalid_headers: true };
        assert_eq!(of(&format!("{idle}, {drop}")), expected);
    }

    #[test]
    fn attributes_that_are_not_kept_here_are_refused() {
        for (attribute, message) in [
            (
                "{Key: routing.http.xff_header_processing.mode, Value: remove}",
                "Front.LoadBalancerAttributes[0].Key: not supported",
            ),
            ("{Key: idle_timeout.timeout_seconds, Value: 4001}", "1 to 4000 seconds"),
        ] {
            assert_refused(&text(attribute), message);
        }
        assert_refused(
            &text("").replace("Type: application", "Type: network"),
            "Front.Type: expected application",
        );
    }
}
