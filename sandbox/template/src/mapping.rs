//! Event source mappings: `AWS::Lambda::EventSourceMapping` from a queue to a function.

use crate::error::{ErrorKind, Result};
use crate::function::FunctionSpec;
use crate::properties::{Known, Limits, Properties};
use crate::queue::{QueueSpec, name_in_arn};
use crate::scope::{Resource, Scope};
use std::time::Duration;

/// Takes messages from a queue to a function.
///
/// [AWS::Lambda::EventSourceMapping](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html),
/// [Using Lambda with Amazon SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)
#[derive(Clone, Debug, PartialEq)]
pub struct MappingSpec {
    pub queue: String,
    /// The function's logical id.
    pub function: String,
    /// The most messages of an invocation: 1 to 10,000, by default 10.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`: 0 to 300 seconds, by default 0.
    pub window: Duration,
    /// The most invocations at the same time: 2 to 1,000; `None`: as many as the account allows.
    pub maximum_concurrency: Option<usize>,
    /// The function answers which messages failed; without it, a batch succeeds or fails as a whole.
    pub report_batch_item_failures: bool,
}

#[rustfmt::skip]
pub(crate) const PROPERTIES: Known = Known {
    used: &[
        "BatchSize", "Enabled", "EventSourceArn", "FunctionName", "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds", "ScalingConfig",
    ],
    only_on_aws: &["KmsKeyArn", "MetricsConfig", "Tags"],
};
const SCALING: Known = Known { used: &["MaximumConcurrency"], only_on_aws: &[] };

const MESSAGES: Limits = Limits { min: 1, max: 10_000, unit: "messages" };
const INVOCATIONS: Limits = Limits { min: 2, max: 1_000, unit: "concurrent invocations" };

/// Without a window a batch can't be larger.
const LARGEST_WITHOUT_WINDOW: u32 = 10;

/// The properties of an event of type SQS, from which SAM makes a mapping.
///
/// [SQS](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html)
#[rustfmt::skip]
pub(crate) const SQS_EVENT: Known = Known {
    used: &[
        "BatchSize", "Enabled", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "Queue", "ScalingConfig",
    ],
    only_on_aws: PROPERTIES.only_on_aws,
};

/// The mappings of a template, from resources and from events.
#[derive(Default)]
pub(crate) struct Mappings(Vec<Mapping>);

struct Mapping {
    place: String,
    spec: MappingSpec,
    enabled: bool,
}

impl Mappings {
    pub(crate) fn add_resource(
        &mut self,
        scope: &Scope<'_>,
        resource: &Resource,
        functions: &[FunctionSpec],
        queues: &[QueueSpec],
    ) -> Result<()> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        let function = FunctionSpec::named_in(functions, &properties, "FunctionName")?;
        self.add(&properties, "EventSourceArn", function, queues)
    }

    /// Adds a mapping whose queue's ARN is in the property `source`. Lambda has one mapping of a queue and a function,
    /// enabled or not: it refuses a second one with `ResourceConflictException`, so that the deployment would fail.
    pub(crate) fn add(
        &mut self,
        properties: &Properties<'_>,
        source: &'static str,
        function: &FunctionSpec,
        queues: &[QueueSpec],
    ) -> Result<()> {
        let (place, spec) =
            (properties.place().to_owned(), MappingSpec::read(properties, source, function, queues)?);
        let MappingSpec { queue, function, .. } = &spec;
        if let Some(first) =
            self.0.iter().find(|other| other.spec.queue == *queue && other.spec.function == *function)
        {
            let why = format!(
                "{} maps the queue {queue} to {function} already, and Lambda takes one mapping of a queue and a \
                 function (ResourceConflictException); remove one of the two",
                first.place
            );
            return Err(properties.invalid(source, why));
        }
        let enabled = properties.flag("Enabled")?.unwrap_or(true);
        self.0.push(Mapping { place, spec, enabled });
        Ok(())
    }

    pub(crate) fn enabled(self) -> Vec<MappingSpec> {
        self.0.into_iter().filter(|mapping| mapping.enabled).map(|mapping| mapping.spec).collect()
    }
}

impl MappingSpec {
    fn read(
        properties: &Properties<'_>,
        source: &'static str,
        function: &FunctionSpec,
        queues: &[QueueSpec],
    ) -> Result<Self> {
        let batch_size = properties.number("BatchSize", MESSAGES)?.unwrap_or(10);
        let window = properties.seconds("MaximumBatchingWindowInSeconds", 0, 300)?.unwrap_or_default();
        if batch_size > LARGEST_WITHOUT_WINDOW && window.is_zero() {
            let why = format!(
                "batches of {batch_size} need a window: set MaximumBatchingWindowInSeconds to 1 or more, \
                 or BatchSize to {LARGEST_WITHOUT_WINDOW} or less"
            );
            return Err(properties.invalid("BatchSize", why));
        }
        let queue = queue(properties, source, queues)?;
        check_visibility(properties, source, queue, function)?;
        let scaling = properties.section("ScalingConfig", SCALING)?;
        let concurrency =
            scaling.map_or(Ok(None), |scaling| scaling.number("MaximumConcurrency", INVOCATIONS))?;
        Ok(Self {
            queue: queue.name.clone(),
            function: function.logical_id.clone(),
            batch_size: batch_size as usize,
            window,
            maximum_concurrency: concurrency.map(|concurrency| concurrency as usize),
            report_batch_item_failures: reports_failures(properties)?,
        })
    }
}

fn queue<'a>(
    properties: &Properties<'_>,
    source: &'static str,
    queues: &'a [QueueSpec],
) -> Result<&'a QueueSpec> {
    let name = name_in_arn(properties, source)?;
    let found = queues.iter().find(|queue| queue.name == name);
    found.ok_or_else(|| properties.error(source, ErrorKind::UnknownName(name, "queue")))
}

/// Lambda refuses a mapping whose messages would come back while the function still works on them.
fn check_visibility(
    properties: &Properties<'_>,
    source: &str,
    queue: &QueueSpec,
    function: &FunctionSpec,
) -> Result<()> {
    if queue.visibility_timeout >= function.timeout {
        return Ok(());
    }
    let why = format!(
        "{}'s VisibilityTimeout ({} s) is shorter than {}'s Timeout ({} s); AWS advises six times as much",
        queue.logical_id,
        queue.visibility_timeout.as_secs(),
        function.logical_id,
        function.timeout.as_secs()
    );
    Err(properties.invalid(source, why))
}

fn reports_failures(properties: &Properties<'_>) -> Result<bool> {
    const EXPECTED: &str = "ReportBatchItemFailures";
    let types = properties.texts("FunctionResponseTypes")?.unwrap_or_default();
    match types.iter().find(|name| *name != EXPECTED) {
        None => Ok(!types.is_empty()),
        Some(other) => {
            let kind = ErrorKind::Expected { expected: EXPECTED, found: format!("{other:?}") };
            Err(properties.error("FunctionResponseTypes", kind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{assert_refused, function, parse, resource};

    fn mapped(function_properties: &str, mapping: &str) -> String {
        let ends = "EventSourceArn: !GetAtt Jobs.Arn\nFunctionName: !Ref Worker\n";
        let queue = resource("Jobs", "AWS::SQS::Queue", "VisibilityTimeout: 30");
        let mapping = resource("Link", "AWS::Lambda::EventSourceMapping", &format!("{ends}{mapping}"));
        format!("{}{queue}{mapping}", function(function_properties))
    }

    #[test]
    fn a_mapping_that_says_nothing_has_the_defaults_of_lambda() {
        let defaults = MappingSpec {
            queue: "candidate-2-Jobs".to_owned(),
            function: "Worker".to_owned(),
            batch_size: 10,
            window: Duration::ZERO,
            maximum_concurrency: None,
            report_batch_item_failures: false,
        };
        assert_eq!(parse(&mapped("", "")).unwrap().mappings, [defaults]);
    }

    #[test]
    fn a_mapping_may_name_the_alias_that_sam_publishes() {
        let text = mapped("AutoPublishAlias: live", "").replace("!Ref Worker\n", "!Ref Worker.Alias\n");
        assert_eq!(parse(&text).unwrap().mappings[0].function, "Worker");
    }

    #[test]
    fn a_mapping_that_is_not_enabled_does_not_run() {
        assert_eq!(parse(&mapped("", "Enabled: false")).unwrap().mappings, []);
    }

    #[test]
    fn what_lambda_refuses_is_refused_with_the_limit() {
        for (mapping, message) in [
            ("BatchSize: 10001", "1 to 10000 messages"),
            ("BatchSize: 11", "set MaximumBatchingWindowInSeconds to 1 or more"),
            ("MaximumBatchingWindowInSeconds: 301", "0 to 300 seconds"),
            ("ScalingConfig: {MaximumConcurrency: 1}", "2 to 1000 concurrent invocations"),
            ("FunctionResponseTypes: [Other]", "expected ReportBatchItemFailures, found \"Other\""),
            ("FilterCriteria: {}", "Link.FilterCriteria: not supported"),
        ] {
            assert_refused(&mapped("", mapping), message);
        }
    }

    #[test]
    fn a_second_mapping_of_a_queue_and_a_function_is_refused() {
        let second = |name: &str, more: &str| {
            let properties = "EventSourceArn: !GetAtt Jobs.Arn\nFunctionName: !GetAtt Worker.Arn\n";
            resource(name, "AWS::Lambda::EventSourceMapping", &format!("{properties}{more}"))
        };
        let refusal = "Again.EventSourceArn: Link maps the queue candidate-2-Jobs to Worker already";
        for more in ["", "Enabled: false"] {
            assert_refused(&(mapped("", "") + &second("Again", more)), refusal);
        }
        let event = "Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}";
        assert_refused(&mapped(event, ""), "Worker.Events.Jobs.Properties.Queue: Link maps the queue");
        let other = resource("Others", "AWS::SQS::Queue", "VisibilityTimeout: 30");
        let text = mapped("", "") + &other + &second("Again", "").replace("Jobs.Arn", "Others.Arn");
        assert_eq!(parse(&text).unwrap().mappings.len(), 2);
    }

    #[test]
    fn messages_must_not_come_back_while_the_function_may_still_work_on_them() {
        assert_refused(
            &mapped("Timeout: 31", ""),
            "Jobs's VisibilityTimeout (30 s) is shorter than Worker's Timeout (31 s)",
        );
    }
}
