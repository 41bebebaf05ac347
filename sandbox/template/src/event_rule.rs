//! Rules of EventBridge: `AWS::Events::Rule`, and events of the types EventBridgeRule and CloudWatchEvent.

use crate::error::Result;
use crate::function::FunctionSpec;
use crate::pattern::EventPattern;
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

/// Invokes a function with each event that matches a pattern.
///
/// [AWS::Events::Rule](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html),
/// [EventBridgeRule](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html),
/// [CloudWatchEvent](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-cloudwatchevent.html)
#[derive(Clone, Debug, PartialEq)]
pub struct EventRuleSpec {
    pub name: String,
    /// The function's logical id.
    pub function: String,
    pub pattern: EventPattern,
    /// The function's event, if it isn't the one that matched.
    pub input: Option<String>,
}

/// The one service whose events reach rules here.
const SOURCE: &str = "aws.s3";

#[rustfmt::skip]
pub(crate) const EVENT: Known = Known {
    used: &["EventBusName", "Input", "Pattern", "RuleName", "State"],
    only_on_aws: &["DeadLetterConfig", "RetryPolicy", "Target"],
};
#[rustfmt::skip]
pub(crate) const OLD_EVENT: Known = Known {
    used: &["Enabled", "EventBusName", "Input", "Pattern", "State"],
    only_on_aws: &["DeadLetterConfig", "RetryPolicy", "Target"],
};
#[rustfmt::skip]
pub(crate) const PROPERTIES: Known = Known {
    used: &["EventBusName", "EventPattern", "Name", "State", "Targets"],
    only_on_aws: &["Description", "RoleArn", "Tags"],
};
#[rustfmt::skip]
const TARGET: Known = Known {
    used: &["Arn", "Input"],
    only_on_aws: &["DeadLetterConfig", "Id", "RetryPolicy", "RoleArn"],
};

impl EventRuleSpec {
    /// `None` for a rule that is not enabled.
    pub(crate) fn of_event(
        properties: &Properties<'_>,
        event: &str,
        function: &FunctionSpec,
    ) -> Result<Option<Self>> {
        let enabled = properties.flag("Enabled")?.unwrap_or(true) && is_enabled(properties)?;
        let name = properties.text("RuleName")?;
        let name = name.unwrap_or_else(|| format!("{}{event}", function.logical_id));
        let (function, input) = (function.logical_id.clone(), input(properties)?);
        let Some(pattern) = pattern(properties, "Pattern")? else { return Ok(None) };
        Ok(enabled.then_some(Self { name, function, pattern, input }))
    }

    /// One for each target.
    pub(crate) fn of_resource(
        scope: &Scope<'_>,
        resource: &Resource,
        functions: &[FunctionSpec],
    ) -> Result<Vec<Self>> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        properties
            .report("ScheduleExpression", "a rule has an EventPattern here; write an event of type Schedule");
        let (name, enabled) = (scope.name(resource)?, is_enabled(&properties)?);
        let Some(pattern) = pattern(&properties, "EventPattern")? else { return Ok(Vec::new()) };
        let target = |target: Properties<'_>| {
            let function = FunctionSpec::named_in(functions, &target, "Arn")?.logical_id.clone();
            Ok(Self { name: name.clone(), function, pattern: pattern.clone(), input: input(&target)? })
        };
        let rules =
            properties.sections("Targets", TARGET)?.into_iter().map(target).collect::<Result<Vec<_>>>()?;
        Ok(if enabled { rules } else { Vec::new() })
    }
}

fn is_enabled(properties: &Properties<'_>) -> Result<bool> {
    let states =
        [("ENABLED", true), ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", true), ("DISABLED", false)];
    Ok(properties.one_of("State", "ENABLED or DISABLED", &states)?.unwrap_or(true))
}

fn input(properties: &Properties<'_>) -> Result<Option<String>> {
    for name in ["InputPath", "InputTransformer"] {
        properties.report(
            name,
            "a rule hands over the whole event here, or Input; take what you need in the function",
        );
    }
    properties.text("Input")
}

/// `None` if the rule is reported as unsupported.
fn pattern(properties: &Properties<'_>, name: &'static str) -> Result<Option<EventPattern>> {
    if properties.text("EventBusName")?.is_some_and(|bus| bus != "default") {
        properties.report("EventBusName", "events come from the default bus alone here; leave it out");
        return Ok(None);
    }
    let pattern = properties.value(name, |node| EventPattern::read(properties.scope(), node))?;
    let pattern = properties.required(name, pattern)?;
    if !pattern.may_come_from(SOURCE) {
        let why = "only buckets send events here, with the source aws.s3; invoke the function in the test (Stack::function)";
        properties.report(name, why);
        return Ok(None);
    }
    Ok(Some(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{Comparison, FieldPattern, Matcher};
    use crate::tests::{assert_refused, function, parse, parse_skipping, resource};

    fn with_event(kind: &str, properties: &str) -> String {
        let bucket = resource("Files", "AWS::S3::Bucket", "BucketName: files");
        format!(
            "{}{bucket}",
            function(&format!("Events: {{Stored: {{Type: {kind}, Properties: {properties}}}}}"))
        )
    }

    const PATTERN: &str =
        "{source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [!Ref Files]}}}";

    #[test]
    fn both_types_of_events_and_a_resource_are_rules() {
        let new = with_event("EventBridgeRule", &format!("{{Pattern: {PATTERN}, RuleName: stored}}"));
        let old = with_event("CloudWatchEvent", &format!("{{Pattern: {PATTERN}, Input: '{{}}'}}"));
        let target = format!("EventPattern: {PATTERN}\nTargets: [{{Id: one, Arn: !GetAtt Worker.Arn}}]");
        let bucket = resource("Files", "AWS::S3::Bucket", "BucketName: files");
        let own = format!("{}{bucket}{}", function(""), resource("Rule", "AWS::Events::Rule", &target));
        let bucket = (
            "bucket".to_owned(),
            FieldPattern::Nested(EventPattern {
                fields: vec![(
                    "name".to_owned(),
                    FieldPattern::OneOf(vec![Matcher::Exact("files".to_owned())]),
                )],
            }),
        );
        for (text, name, input) in
            [(new, "stored", None), (old, "WorkerStored", Some("{}")), (own, "candidate-2-Rule", None)]
        {
            let [rule] = &parse(&text).unwrap().event_rules[..] else { panic!("one rule") };
            let found = (rule.name.as_str(), rule.function.as_str(), rule.input.as_deref());
            assert_eq!(found, (name, "Worker", input));
            let detail = FieldPattern::Nested(EventPattern { fields: vec![bucket.clone()] });
            assert_eq!(rule.pattern.fields[2], ("detail".to_owned(), detail));
        }
    }

    #[test]
    fn a_rule_that_is_not_enabled_does_not_run() {
        for (kind, off) in [("EventBridgeRule", "State: DISABLED"), ("CloudWatchEvent", "Enabled: false")] {
            let text = with_event(kind, &format!("{{Pattern: {PATTERN}, {off}}}"));
            assert_eq!(parse(&text).unwrap().event_rules, [], "{off}");
        }
    }

    #[test]
    fn each_comparison_is_read() {
        let pattern =
            "{detail: {object: {key: [{prefix: a}, {suffix: b}, {equals-ignore-case: C}, {wildcard: 'd*'},
            {exists: false}, {anything-but: e}, {anything-but: [f, 1]}, {anything-but: {prefix: [g, h]}}, i],
            size: [{numeric: ['>', 0, '<=', 5.5]}]}}}";
        let text = with_event("EventBridgeRule", &format!("{{Pattern: {pattern}}}"));
        let rule = parse(&text).unwrap().event_rules.remove(0);
        let [(_, FieldPattern::Nested(detail))] = &rule.pattern.fields[..] else { panic!("{rule:?}") };
        let [(_, FieldPattern::Nested(object))] = &detail.fields[..] else { panic!("{rule:?}") };
        let exact = |text: &str| Matcher::Exact(text.to_owned());
        let key = vec![
            Matcher::Prefix("a".to_owned()),
            Matcher::Suffix("b".to_owned()),
            Matcher::IgnoreCase("C".to_owned()),
            Matcher::Wildcard(vec!["d".to_owned(), String::new()]),
            Matcher::Exists(false),
            Matcher::AnythingBut(vec![exact("e")]),
            Matcher::AnythingBut(vec![exact("f"), exact("1")]),
            Matcher::AnythingBut(vec![Matcher::Prefix("g".to_owned()), Matcher::Prefix("h".to_owned())]),
            exact("i"),
        ];
        let size = vec![Matcher::Numeric(vec![(Comparison::Greater, 0.0), (Comparison::AtMost, 5.5)])];
        let expected =
            [("key".to_owned(), FieldPattern::OneOf(key)), ("size".to_owned(), FieldPattern::OneOf(size))];
        assert_eq!(object.fields, expected);
    }

    #[test]
    fn what_the_sandbox_can_not_compare_is_refused_by_its_name() {
        for (pattern, message) in [
            ("{detail: {a: [{cidr: 10.0.0.0/8}]}}", "doesn't compare with cidr; it knows exact values"),
            ("{$or: [{a: [b]}]}", "doesn't compare with $or"),
            ("{a: [{prefix: {equals-ignore-case: b}}]}", "prefix with another comparison"),
            ("{a: [{anything-but: {cidr: b}}]}", "anything-but with cidr"),
            ("{a: [{numeric: ['!', 1]}]}", "one or two pairs of a comparison and a number"),
            ("{a: [{numeric: ['<', 1, '>']}]}", "one or two pairs"),
            ("{a: b}", "expected a list of values, or a mapping of fields"),
            ("{a: []}", "need at least one entry"),
            ("{}", "need at least one entry"),
            ("{a: [[b]]}", "expected a mapping, found a list"),
            ("{source: [aws.ec2]}", "only buckets send events here"),
        ] {
            let text = with_event("EventBridgeRule", &format!("{{Pattern: {pattern}}}"));
            assert_refused(&text, message);
        }
        for (properties, message) in [
            (format!("{{Pattern: {PATTERN}, InputPath: $.detail}}"), "a rule hands over the whole event"),
            (format!("{{Pattern: {PATTERN}, EventBusName: other}}"), "from the default bus alone"),
            ("{State: ENABLED}".to_owned(), "the property Pattern is missing"),
        ] {
            assert_refused(&with_event("EventBridgeRule", &properties), message);
        }
        let skipped =
            parse_skipping(&with_event("EventBridgeRule", "{Pattern: {source: [aws.ec2]}}")).unwrap();
        assert_eq!((skipped.event_rules.len(), skipped.skipped.len()), (0, 1));
    }

    #[test]
    fn a_target_that_is_not_a_function_of_the_template_is_refused() {
        let target = format!("EventPattern: {PATTERN}\nTargets: [{{Id: one, Arn: !GetAtt Files.Arn}}]");
        let bucket = resource("Files", "AWS::S3::Bucket", "BucketName: files");
        let text = format!("{}{bucket}{}", function(""), resource("Rule", "AWS::Events::Rule", &target));
        assert_refused(&text, "is not the name of a function");
    }
}
