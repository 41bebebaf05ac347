//! Listeners of the load balancer and their rules: who answers which request.

use super::action::ActionSpec;
use super::error::{Fault, Located};
use super::function::FunctionSpec;
use super::load_balancer::LoadBalancerSpec;
use super::properties::{Known, Limits, Properties};
use super::scope::{Resource, Scope};

/// A port of the load balancer.
///
/// [AWS::ElasticLoadBalancingV2::Listener](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html)
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerSpec {
    /// What the template calls it.
    pub logical_id: String,
    /// The port on AWS, 1 to 65,535.
    pub port: u16,
    /// Whose port it is.
    pub load_balancer: LoadBalancerSpec,
    /// The first that fits a request answers it. The last one is the default, which fits every request.
    pub rules: Vec<RuleSpec>,
}

/// When all conditions of a rule hold, its action answers.
///
/// [Condition types](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html)
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSpec {
    /// Its place among the rules, 1 to 50,000, the lowest first; nothing for the default.
    pub priority: Option<u32>,
    /// One of them has to fit the whole path, case-sensitively: `*` is any number of characters, `?` is one.
    /// Empty: every path.
    pub path_patterns: Vec<String>,
    /// The client's address has to be in one of these CIDR ranges. Empty: every client.
    pub source_ips: Vec<String>,
    /// The method has to be one of these, case-sensitively. Empty: every method.
    pub methods: Vec<String>,
    /// Who answers.
    pub action: ActionSpec,
}

const LISTENER: Known = Known {
    used: &["DefaultActions", "LoadBalancerArn", "Port", "Protocol"],
    only_on_aws: &["ListenerAttributes"],
};
const RULE: Known = Known { used: &["Actions", "Conditions", "ListenerArn", "Priority"], only_on_aws: &[] };
const CONDITION: Known = Known {
    used: &["Field", "HttpRequestMethodConfig", "PathPatternConfig", "SourceIpConfig", "Values"],
    only_on_aws: &[],
};
const VALUES: Known = Known { used: &["Values"], only_on_aws: &[] };

const PORTS: Limits = Limits { min: 1, max: 65_535, unit: "as a port" };
const PRIORITIES: Limits = Limits { min: 1, max: 50_000, unit: "as a priority" };

impl ListenerSpec {
    /// The listener with those of `rules` that are its own.
    pub(crate) fn read(
        scope: &Scope<'_>,
        resource: &Resource,
        rules: &[&Resource],
        functions: &[FunctionSpec],
    ) -> Result<Self, Located> {
        let properties = Properties::open(scope, &resource.id, &resource.properties, LISTENER)?;
        check_protocol(&properties)?;
        let default = RuleSpec {
            priority: None,
            path_patterns: Vec::new(),
            source_ips: Vec::new(),
            methods: Vec::new(),
            action: ActionSpec::read(scope, &properties, "DefaultActions", functions)?,
        };
        let arn = scope.listener_arn(resource);
        let mut own = Vec::new();
        for rule in rules {
            let properties = Properties::open(scope, &rule.id, &rule.properties, RULE)?;
            let listener = properties.text("ListenerArn")?;
            if listener.as_deref() == Some(&arn) {
                own.push(RuleSpec::read(scope, &properties, functions)?);
            }
        }
        own.sort_by_key(|rule| rule.priority);
        check_priorities(&properties, &own)?;
        own.push(default);
        let port = properties.required("Port", port(&properties, "Port")?)?;
        let load_balancer = properties.text("LoadBalancerArn")?.unwrap_or_default();
        let load_balancer = LoadBalancerSpec::called(scope, &load_balancer)?;
        Ok(Self { logical_id: resource.id.clone(), port, load_balancer, rules: own })
    }
}

impl RuleSpec {
    fn read(
        scope: &Scope<'_>,
        properties: &Properties<'_>,
        functions: &[FunctionSpec],
    ) -> Result<Self, Located> {
        let priority = properties.number("Priority", PRIORITIES)?;
        let mut rule = Self {
            priority: Some(properties.required("Priority", priority)?),
            path_patterns: Vec::new(),
            source_ips: Vec::new(),
            methods: Vec::new(),
            action: ActionSpec::read(scope, properties, "Actions", functions)?,
        };
        for condition in properties.sections("Conditions", CONDITION)? {
            let field = condition.text("Field")?;
            let field = condition.required("Field", field)?;
            let (values, config) = match field.as_str() {
                "path-pattern" => (&mut rule.path_patterns, "PathPatternConfig"),
                "source-ip" => (&mut rule.source_ips, "SourceIpConfig"),
                "http-request-method" => (&mut rule.methods, "HttpRequestMethodConfig"),
                other => {
                    let fault = format!(
                        "conditions on {other} aren't understood here; use path, source IP or method"
                    );
                    return Err(condition.fault("Field", Fault::NotHere(fault)));
                }
            };
            if !values.is_empty() {
                let fault = format!("a rule takes one condition on {field}; put all its values there");
                return Err(condition.fault("Field", Fault::Conflict(fault)));
            }
            *values = condition_values(&condition, config)?;
        }
        Ok(rule)
    }
}

/// Values stand in the field's own config, or, for paths, in the older `Values`.
fn condition_values(condition: &Properties<'_>, config: &'static str) -> Result<Vec<String>, Located> {
    let values = match condition.section(config, VALUES)? {
        Some(config) => config.texts("Values")?,
        None => condition.texts("Values")?,
    };
    condition.required(config, values.filter(|values| !values.is_empty()))
}

/// A rule of a listener that is not here would never fit a request, and nobody would know.
pub(crate) fn check_rules(
    scope: &Scope<'_>,
    rules: &[&Resource],
    listeners: &[&Resource],
) -> Result<(), Located> {
    let arns = listeners.iter().map(|listener| scope.listener_arn(listener)).collect::<Vec<_>>();
    for rule in rules {
        let properties = Properties::open(scope, &rule.id, &rule.properties, RULE)?;
        let arn = properties.text("ListenerArn")?;
        let arn = properties.required("ListenerArn", arn)?;
        if !arns.contains(&arn) {
            return Err(properties.fault("ListenerArn", Fault::UnknownName(arn, "listener")));
        }
    }
    Ok(())
}

/// Two rules of a listener can't have the same priority.
fn check_priorities(listener: &Properties<'_>, rules: &[RuleSpec]) -> Result<(), Located> {
    let twice = rules.windows(2).find(|pair| pair[0].priority == pair[1].priority);
    let Some(priority) = twice.and_then(|pair| pair[0].priority) else { return Ok(()) };
    let fault = format!("two rules of this listener have priority {priority}; change one");
    Err(listener.fault("DefaultActions", Fault::Conflict(fault)))
}

fn check_protocol(properties: &Properties<'_>) -> Result<(), Located> {
    match properties.text("Protocol")?.as_deref() {
        Some("HTTP") => Ok(()),
        Some("HTTPS") => {
            let fault =
                "there is no TLS on one machine; leave this listener out with a Condition on its certificate";
            Err(properties.fault("Protocol", Fault::NotHere(fault.to_owned())))
        }
        Some(other) => {
            let fault = Fault::Expected { expected: "HTTP or HTTPS", found: format!("{other:?}") };
            Err(properties.fault("Protocol", fault))
        }
        None => Err(properties.fault("Protocol", Fault::Missing("Protocol"))),
    }
}

/// A port number.
pub(crate) fn port(properties: &Properties<'_>, name: &str) -> Result<Option<u16>, Located> {
    // The limits keep it within 16 bits.
    Ok(properties.number(name, PORTS)?.and_then(|port| u16::try_from(port).ok()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{function, parse, refusal, resource};

    const FIXED: &str = "{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}";

    fn listener(properties: &str, rules: &[&str]) -> String {
        let listener = resource("Door", "AWS::ElasticLoadBalancingV2::Listener", properties);
        let rules = rules.iter().enumerate().map(|(index, rule)| {
            let properties = format!("ListenerArn: !Ref Door\nActions: [{FIXED}]\n{rule}");
            resource(&format!("Rule{index}"), "AWS::ElasticLoadBalancingV2::ListenerRule", &properties)
        });
        format!("{}{listener}{}", function(""), rules.collect::<String>())
    }

    fn http(default: &str, rules: &[&str]) -> String {
        listener(&format!("Port: 80\nProtocol: HTTP\nDefaultActions: [{default}]"), rules)
    }

    #[test]
    fn rules_stand_in_the_order_of_their_priorities_with_the_default_at_the_end() {
        let late = "Priority: 20\nConditions: [{Field: path-pattern, Values: [/late]}]";
        let methods = "{Field: http-request-method, HttpRequestMethodConfig: {Values: [GET, HEAD]}}";
        let early = format!("Priority: 3\nConditions: [{methods}]");
        let template = parse(&http(FIXED, &[late, &early])).unwrap();
        let rules = &template.listeners[0].rules;
        assert_eq!(rules.iter().map(|rule| rule.priority).collect::<Vec<_>>(), [Some(3), Some(20), None]);
        assert_eq!(
            (rules[0].methods.join(" "), rules[1].path_patterns.join(" ")),
            ("GET HEAD".into(), "/late".into())
        );
    }

    #[test]
    fn rules_that_can_not_be_kept_are_refused() {
        let path = "{Field: path-pattern, PathPatternConfig: {Values: [/a]}}";
        for (rule, message) in [
            ("Priority: 0".to_owned(), "1 to 50000 as a priority"),
            (
                "Priority: 1\nConditions: [{Field: host-header, Values: [a]}]".to_owned(),
                "Rule0.Conditions[0].Field: conditions on host-header aren't understood here",
            ),
            (format!("Priority: 1\nConditions: [{path}, {path}]"), "takes one condition on path-pattern"),
            (
                "Priority: 1\nConditions: [{Field: source-ip, SourceIpConfig: {Values: []}}]".to_owned(),
                "the property SourceIpConfig is missing",
            ),
        ] {
            let refusal = refusal(&http(FIXED, &[&rule]));
            assert!(refusal.contains(message), "{refusal}");
        }
        let twice = refusal(&http(FIXED, &["Priority: 1", "Priority: 1"]));
        assert!(twice.contains("two rules of this listener have priority 1"), "{twice}");
    }

    #[test]
    fn a_rule_of_a_listener_that_is_not_here_is_refused() {
        let text = http(FIXED, &["Priority: 1"]).replace("!Ref Door", "arn:elsewhere");
        assert!(refusal(&text).contains("Rule0.ListenerArn: arn:elsewhere is not the name of a listener"));
    }

    #[test]
    fn a_listener_that_speaks_tls_is_refused() {
        let text = listener(&format!("Port: 443\nProtocol: HTTPS\nDefaultActions: [{FIXED}]"), &[]);
        assert!(refusal(&text).contains("Door.Protocol: there is no TLS on one machine"));
    }
}
