//! Load balancers: of them, what a client can notice.

use super::error::{Fault, Located};
use super::properties::{Known, Limits, Properties};
use super::resources::{self, Running};
use super::scope::Scope;
use std::time::Duration;

/// How a load balancer treats connections and requests, whatever its rules say.
///
/// [AWS::ElasticLoadBalancingV2::LoadBalancer](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html),
/// [Edit attributes](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html)
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancerSpec {
    /// How long either end of a connection may be silent: 1 to 4,000 s, by default 60.
    pub idle_timeout: Duration,
    /// Whether headers with anything but letters, digits and hyphens in their names are dropped; if not, they reach
    /// the target.
    pub drop_invalid_headers: bool,
}

impl Default for LoadBalancerSpec {
    fn default() -> Self {
        Self { idle_timeout: Duration::from_secs(60), drop_invalid_headers: false }
    }
}

const LOAD_BALANCER: Known = Known {
    used: &["LoadBalancerAttributes", "Type"],
    only_on_aws: &[
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
        "IpAddressType",
        "MinimumLoadBalancerCapacity",
        "Name",
        "Scheme",
        "SecurityGroups",
        "SubnetMappings",
        "Subnets",
        "Tags",
    ],
};
const ATTRIBUTE: Known = Known { used: &["Key", "Value"], only_on_aws: &[] };
const IDLE_TIMEOUT: &str = "idle_timeout.timeout_seconds";
const DROP_INVALID_HEADERS: &str = "routing.http.drop_invalid_header_fields.enabled";
const IDLE_SECONDS: Limits = Limits { min: 1, max: 4_000, unit: "seconds" };

/// Attributes of accounts, networks and protocols that one machine has none of. The desync mitigation mode is always
/// `defensive` here.
const ATTRIBUTES_ONLY_ON_AWS: [&str; 6] = [
    "access_logs.s3.bucket",
    "access_logs.s3.enabled",
    "access_logs.s3.prefix",
    "deletion_protection.enabled",
    "load_balancing.cross_zone.enabled",
    "routing.http.desync_mitigation_mode",
];

impl LoadBalancerSpec {
    /// The load balancer with this ARN. One that is not in the template has the defaults of AWS.
    pub(crate) fn called(scope: &Scope<'_>, arn: &str) -> Result<Self, Located> {
        for (kind, resource) in resources::running(scope)? {
            if kind == Running::LoadBalancer && scope.load_balancer_arn(resource)? == arn {
                return Self::read(&Properties::open(
                    scope,
                    &resource.id,
                    &resource.properties,
                    LOAD_BALANCER,
                )?);
            }
        }
        Ok(Self::default())
    }

    fn read(properties: &Properties<'_>) -> Result<Self, Located> {
        properties.one_of("Type", "application: no other load balancer runs here", &[("application", ())])?;
        let mut spec = Self::default();
        for attribute in properties.sections("LoadBalancerAttributes", ATTRIBUTE)? {
            let key = attribute.text("Key")?;
            match attribute.required("Key", key)?.as_str() {
                IDLE_TIMEOUT => {
                    let seconds = attribute.number("Value", IDLE_SECONDS)?;
                    spec.idle_timeout = Duration::from_secs(attribute.required("Value", seconds)?.into());
                }
                DROP_INVALID_HEADERS => spec.drop_invalid_headers = attribute.flag("Value")?.unwrap_or(false),
                key if ATTRIBUTES_ONLY_ON_AWS.contains(&key) => {}
                _ => return Err(attribute.fault("Key", Fault::UnknownProperty)),
            }
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{function, parse, refusal, resource};
    use super::*;

    fn text(attributes: &str) -> String {
        let fixed = "{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}";
        let listener =
            format!("LoadBalancerArn: !Ref Front\nPort: 80\nProtocol: HTTP\nDefaultActions: [{fixed}]");
        let door = resource("Door", "AWS::ElasticLoadBalancingV2::Listener", &listener);
        let front =
            format!("Type: application\nSubnets: [!Ref Nowhere]\nLoadBalancerAttributes: [{attributes}]");
        function("") + &door + &resource("Front", "AWS::ElasticLoadBalancingV2::LoadBalancer", &front)
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
                "Front.LoadBalancerAttributes[0].Key: not understood here",
            ),
            ("{Key: idle_timeout.timeout_seconds, Value: 4001}", "1 to 4000 seconds"),
        ] {
            let refusal = refusal(&text(attribute));
            assert!(refusal.contains(message), "{refusal}");
        }
        let network = refusal(&text("").replace("Type: application", "Type: network"));
        assert!(network.contains("Front.Type: expected application"), "{network}");
    }
}
