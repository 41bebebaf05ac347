//! Schedules: events of the types Schedule and ScheduleV2, at a rate.

use crate::error::{ErrorKind, Result};
use crate::function::FunctionSpec;
use crate::properties::{Known, Properties};
use std::time::Duration;

/// Invokes a function at a rate.
///
/// [Schedule](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html),
/// [ScheduleV2](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html)
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleSpec {
    /// `Name`, by default the function's logical id and the event's.
    pub name: String,
    /// The function's logical id.
    pub function: String,
    pub rate: Duration,
    /// The function's event, if it isn't the service's own.
    pub input: Option<String>,
    pub source: ScheduleSource,
}

/// The service that invokes the function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScheduleSource {
    /// A rule of EventBridge: the first invocation comes after one period.
    Rule,
    /// EventBridge Scheduler: the first invocation comes at once.
    Scheduler,
}

#[rustfmt::skip]
pub(crate) const RULE_EVENT: Known = Known {
    used: &["Enabled", "Input", "Name", "Schedule", "State"],
    only_on_aws: &["DeadLetterConfig", "Description", "RetryPolicy"],
};
#[rustfmt::skip]
pub(crate) const SCHEDULER_EVENT: Known = Known {
    used: &["Input", "Name", "ScheduleExpression", "State"],
    only_on_aws: &[
        "DeadLetterConfig", "Description", "GroupName", "KmsKeyArn", "OmitName", "PermissionsBoundary", "RetryPolicy",
        "RoleArn",
        "FlexibleTimeWindow", "ScheduleExpressionTimezone", // a rate has neither
    ],
};

impl ScheduleSpec {
    /// `None` for a schedule that is not enabled.
    pub(crate) fn of_rule(
        properties: &Properties<'_>,
        event: &str,
        function: &FunctionSpec,
    ) -> Result<Option<Self>> {
        let enabled = properties.flag("Enabled")?.unwrap_or(true);
        let spec = Self::read(properties, "Schedule", ScheduleSource::Rule, event, function)?;
        Ok(spec.filter(|_| enabled))
    }

    /// `None` for a schedule that is not enabled.
    pub(crate) fn of_scheduler(
        properties: &Properties<'_>,
        event: &str,
        function: &FunctionSpec,
    ) -> Result<Option<Self>> {
        Self::read(properties, "ScheduleExpression", ScheduleSource::Scheduler, event, function)
    }

    fn read(
        properties: &Properties<'_>,
        expression: &'static str,
        source: ScheduleSource,
        event: &str,
        function: &FunctionSpec,
    ) -> Result<Option<Self>> {
        let states = [("ENABLED", true), ("DISABLED", false)];
        let enabled = properties.one_of("State", "ENABLED or DISABLED", &states)?.unwrap_or(true);
        let given = properties.required_text(expression)?;
        if ["cron(", "at("].iter().any(|kind| given.starts_with(kind)) {
            let why = "schedules have a rate in the sandbox; write rate(1 hour), or invoke the function in the test \
                       (Stack::function)";
            properties.report(expression, why);
            return Ok(None);
        }
        let Some(rate) = rate(&given) else {
            let kind = ErrorKind::Expected {
                expected: "a rate such as rate(5 minutes)",
                found: format!("{given:?}"),
            };
            return Err(properties.error(expression, kind));
        };
        let name = properties.text("Name")?;
        let name = name.unwrap_or_else(|| format!("{}{event}", function.logical_id));
        let (function, input) = (function.logical_id.clone(), properties.text("Input")?);
        Ok(enabled.then_some(Self { name, function, rate, input, source }))
    }
}

/// `rate(1 minute)`, `rate(5 hours)`: the unit is in the plural unless there is one.
fn rate(expression: &str) -> Option<Duration> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let count: u64 = count.parse().ok().filter(|count| *count > 0)?;
    let seconds = match (unit, count) {
        ("minute", 1) | ("minutes", 2..) => 60,
        ("hour", 1) | ("hours", 2..) => 3_600,
        ("day", 1) | ("days", 2..) => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{assert_refused, function, parse, parse_skipping};

    fn with_event(kind: &str, properties: &str) -> String {
        function(&format!("Events: {{Tick: {{Type: {kind}, Properties: {properties}}}}}"))
    }

    #[test]
    fn a_rate_is_a_number_of_minutes_hours_or_days() {
        for (expression, seconds) in [
            ("rate(1 minute)", Some(60)),
            ("rate(2 hours)", Some(7_200)),
            ("rate(7 days)", Some(604_800)),
            ("rate(0 minutes)", None),
            ("rate(1 minutes)", None),
            ("rate(2 minute)", None),
            ("rate(5 seconds)", None),
            ("rate(5minutes)", None),
        ] {
            assert_eq!(rate(expression).map(|rate| rate.as_secs()), seconds, "{expression}");
        }
    }

    #[test]
    fn both_kinds_of_schedules_have_a_name_a_rate_and_an_input() {
        let rule = with_event("Schedule", "{Schedule: rate(1 hour), Input: \"{}\"}");
        let scheduler = with_event("ScheduleV2", "{ScheduleExpression: rate(1 hour), Name: hourly}");
        for (text, name, input, source) in [
            (rule, "WorkerTick", Some("{}"), ScheduleSource::Rule),
            (scheduler, "hourly", None, ScheduleSource::Scheduler),
        ] {
            let [spec] = &parse(&text).unwrap().schedules[..] else { panic!("one schedule") };
            assert_eq!((spec.name.as_str(), spec.input.as_deref(), spec.source), (name, input, source));
            assert_eq!((spec.function.as_str(), spec.rate), ("Worker", Duration::from_secs(3_600)));
        }
    }

    #[test]
    fn a_schedule_that_is_not_enabled_does_not_run() {
        for (kind, properties) in [
            ("Schedule", "{Schedule: rate(1 hour), Enabled: false}"),
            ("Schedule", "{Schedule: rate(1 hour), State: DISABLED}"),
            ("ScheduleV2", "{ScheduleExpression: rate(1 hour), State: DISABLED}"),
        ] {
            assert_eq!(parse(&with_event(kind, properties)).unwrap().schedules, []);
        }
    }

    #[test]
    fn cron_is_refused_with_something_else_to_write_or_skipped() {
        let text = with_event("Schedule", "{Schedule: cron(0 12 * * ? *)}");
        assert_refused(
            &text,
            "Worker.Events.Tick.Properties.Schedule: schedules have a rate in the sandbox; write rate(",
        );
        let template = parse_skipping(&text).unwrap();
        assert_eq!((template.schedules.len(), template.skipped.len()), (0, 1));
        assert_refused(
            &with_event("Schedule", "{Schedule: daily}"),
            "expected a rate such as rate(5 minutes)",
        );
    }
}
