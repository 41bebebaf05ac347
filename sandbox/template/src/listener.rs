//! Listeners of the load balancer and their rules: who answers which request.

use crate::action::ActionSpec;
use crate::error::{ErrorKind, Result};
use crate::function::FunctionSpec;
use crate::load_balancer::LoadBalancerSpec;
use crate::properties::{Known, Limits, Properties};
use crate::resources::Running;
use crate::scope::{Resource, Scope};

/// A port of the load balancer.
///
/// [AWS::ElasticLoadBalancingV2::Listener](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html)
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerSpec {
    /// The port on AWS, 1 to 65,535.
    pub port: u16,
    pub load_balancer: LoadBalancerSpec,
    /// The first that fits a request answers it. The last one is the default, which fits every request.
    pub rules: Vec<RuleSpec>,
}

/// When all conditions of a rule hold, its action answers.
///
/// [Condition types](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html)
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSpec {
    /// 1 to 50,000, the lowest first; `None` for the default.
    pub priority: Option<u32>,
    /// One of them must fit the whole path, case-sensitively: `*` is any number of characters, `?` is one. Empty: every
    /// path.
    pub path_patterns: Vec<String>,
    /// The method must be one of these, case-sensitively. Empty: every method.
    pub methods: Vec<String>,
    pub action: ActionSpec,
}

pub(crate) const LISTENER: Known = Known {
    used: &["DefaultActions", "LoadBalancerArn", "Port", "Protocol"],
    only_on_aws: &["ListenerAttributes"],
};
pub(crate) const RULE: Known =
    Known { used: &["Actions", "Conditions", "ListenerArn", "Priority"], only_on_aws: &[] };
const CONDITION: Known = Known {
    used: &["Field", "HttpRequestMethodConfig", "PathPatternConfig", "SourceIpConfig", "Values"],
    only_on_aws: &[],
};
const VALUES: Known = Known { used: &["Values"], only_on_aws: &[] };
const PRIORITIES: Limits = Limits { min: 1, max: 50_000, unit: "as a priority" };

/// All listeners, each with its rules in the order in which they are tried.
pub(crate) fn read_all(
    scope: &Scope<'_>,
    listeners: &[&Resource],
    rules: &[&Resource],
    functions: &[FunctionSpec],
) -> Result<Vec<ListenerSpec>> {
    let listener = |resource: &&Resource| ListenerSpec::read(scope, resource, functions);
    let mut specs = listeners.iter().map(listener).collect::<Result<Vec<_>>>()?;
    for rule in rules {
        let properties = Properties::of(scope, rule, RULE)?;
        let arn = properties.required_text("ListenerArn")?;
        let listener = scope.referred(Running::Listener, &arn)?;
        let owner = listeners.iter().position(|other| listener.is_some_and(|one| one.id == other.id));
        // A rule of another listener would never fit a request.
        let Some(spec) = owner.and_then(|owner| specs.get_mut(owner)) else {
            return Err(properties.error("ListenerArn", ErrorKind::UnknownName(arn, "listener")));
        };
        let rule = RuleSpec::read(scope, &properties, functions)?;
        if let Some(priority) = rule.priority
            && spec.rules.iter().any(|other| other.priority == Some(priority))
        {
            let why = format!("another rule of this listener has priority {priority}; change one");
            return Err(properties.invalid("Priority", why));
        }
        spec.rules.push(rule);
    }
    for spec in &mut specs {
        spec.rules.sort_by_key(|rule| rule.priority.unwrap_or(u32::MAX));
    }
    Ok(specs)
}

impl ListenerSpec {
    /// The listener with its default rule alone.
    fn read(scope: &Scope<'_>, resource: &Resource, functions: &[FunctionSpec]) -> Result<Self> {
        let properties = Properties::of(scope, resource, LISTENER)?;
        check_protocol(&properties)?;
        let action = ActionSpec::read(scope, &properties, "DefaultActions", functions)?;
        let load_balancer = properties.text("LoadBalancerArn")?.unwrap_or_default();
        Ok(Self {
            port: properties.required("Port", properties.port("Port")?)?,
            load_balancer: LoadBalancerSpec::with_arn(scope, &load_balancer)?,
            rules: vec![RuleSpec::of_every_request(None, action)],
        })
    }
}

impl RuleSpec {
    fn of_every_request(priority: Option<u32>, action: ActionSpec) -> Self {
        Self { priority, path_patterns: Vec::new(), methods: Vec::new(), action }
    }

    fn read(scope: &Scope<'_>, properties: &Properties<'_>, functions: &[FunctionSpec]) -> Result<Self> {
        let priority = properties.required("Priority", properties.number("Priority", PRIORITIES)?)?;
        let action = ActionSpec::read(scope, properties, "Actions", functions)?;
        let mut rule = Self::of_every_request(Some(priority), action);
        for condition in properties.sections("Conditions", CONDITION)? {
            let field = condition.required_text("Field")?;
            let (values, config) = match field.as_str() {
                "path-pattern" => (&mut rule.path_patterns, "PathPatternConfig"),
                "http-request-method" => (&mut rule.methods, "HttpRequestMethodConfig"),
                other => {
                    let why =
                        format!("the sandbox doesn't support conditions on {other}; use path or method");
                    return Err(condition.unsupported("Field", why));
                }
            };
            if !values.is_empty() {
                let why = format!("a rule takes one condition on {field}; put all its values there");
                return Err(condition.invalid("Field", why));
            }
            *values = condition_values(&condition, config)?;
        }
        Ok(rule)
    }
}

/// Values are in the field's own config, or, for paths, in the older `Values`.
fn condition_values(condition: &Properties<'_>, config: &'static str) -> Result<Vec<String>> {
    let values = match condition.section(config, VALUES)? {
        Some(config) => config.texts("Values")?,
        None => condition.texts("Values")?,
    };
    condition.required(config, values.filter(|values| !values.is_empty()))
}

fn check_protocol(properties: &Properties<'_>) -> Result<()> {
    match properties.required_text("Protocol")?.as_str() {
        "HTTP" => Ok(()),
        "HTTPS" => {
            let why = "the sandbox has no TLS; leave this listener out with a Condition on its certificate";
            Err(properties.unsupported("Protocol", why))
        }
        other => {
            let kind = ErrorKind::Expected { expected: "HTTP or HTTPS", found: format!("{other:?}") };
            Err(properties.error("Protocol", kind))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, function, parse, resource};

    const FIXED: &str = "{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}";

    fn listener(properties: &str, rules: &[&str]) -> String {
        let listener = resource("Http", "AWS::ElasticLoadBalancingV2::Listener", properties);
        let rules = rules.iter().enumerate().map(|(index, rule)| {
            let properties = format!("ListenerArn: !Ref Http\nActions: [{FIXED}]\n{rule}");
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
                "Priority: 1\nConditions: [{Field: source-ip, SourceIpConfig: {Values: [a]}}]".to_owned(),
                "Rule0.Conditions[0].Field: the sandbox doesn't support conditions on source-ip",
            ),
            (format!("Priority: 1\nConditions: [{path}, {path}]"), "takes one condition on path-pattern"),
            (
                "Priority: 1\nConditions: [{Field: path-pattern, PathPatternConfig: {Values: []}}]"
                    .to_owned(),
                "the property PathPatternConfig is missing",
            ),
        ] {
            assert_refused(&http(FIXED, &[&rule]), message);
        }
        assert_refused(
            &http(FIXED, &["Priority: 1", "Priority: 1"]),
            "Rule1.Priority: another rule of this listener has priority 1",
        );
    }

    #[test]
    fn a_rule_of_a_listener_that_is_not_here_is_refused() {
        let text = http(FIXED, &["Priority: 1"]).replace("!Ref Http", "arn:elsewhere");
        assert_refused(&text, "Rule0.ListenerArn: arn:elsewhere is not the name of a listener");
    }

    #[test]
    fn a_listener_that_speaks_tls_is_refused() {
        let text = listener(&format!("Port: 443\nProtocol: HTTPS\nDefaultActions: [{FIXED}]"), &[]);
        assert_refused(&text, "Http.Protocol: the sandbox has no TLS");
    }
}
