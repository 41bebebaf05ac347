//! Events: what SAM connects with a function in the function's own resource.
//!
//! [EventSource](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html)

use crate::error::{ErrorKind, Result};
use crate::event_rule::{self, EventRuleSpec};
use crate::function::FunctionSpec;
use crate::http_api::{self, HttpApiSpec};
use crate::mapping::{self, Mappings};
use crate::properties::{Known, Properties};
use crate::queue::QueueSpec;
use crate::schedule::{self, ScheduleSpec};
use crate::scope::{Resource, Scope};

const EVENT: Known = Known { used: &["Properties", "Type"], only_on_aws: &[] };

/// The parts that the events of all functions add to the template.
pub(crate) struct Connected<'a> {
    pub(crate) queues: &'a [QueueSpec],
    pub(crate) mappings: Mappings,
    pub(crate) http_apis: Vec<HttpApiSpec>,
    pub(crate) schedules: Vec<ScheduleSpec>,
    pub(crate) event_rules: Vec<EventRuleSpec>,
}

impl Connected<'_> {
    /// Adds the events of one function. Events of other types are reported.
    pub(crate) fn add(
        &mut self,
        scope: &Scope<'_>,
        resource: &Resource,
        function: &FunctionSpec,
    ) -> Result<()> {
        let Some(events) = resource.properties.get("Events") else { return Ok(()) };
        let events = Properties::open_any(scope, &format!("{}.Events", resource.id), events)?;
        for name in events.names() {
            let Some(event) = events.section(name, EVENT)? else { continue };
            let kind = event.required_text("Type")?;
            scope.or_reported(self.add_one(&event, name, &kind, function))?;
        }
        Ok(())
    }

    fn add_one(
        &mut self,
        event: &Properties<'_>,
        name: &str,
        kind: &str,
        function: &FunctionSpec,
    ) -> Result<()> {
        let required = |known| event.required("Properties", event.section("Properties", known)?);
        match kind {
            "SQS" => {
                let properties = required(mapping::SQS_EVENT)?;
                self.mappings.add(&properties, "Queue", function, self.queues)?;
            }
            "HttpApi" => {
                let properties = event.section("Properties", http_api::EVENT)?;
                http_api::add_route(&mut self.http_apis, properties.as_ref(), function)?;
            }
            "Schedule" => {
                let properties = required(schedule::RULE_EVENT)?;
                self.schedules.extend(ScheduleSpec::of_rule(&properties, name, function)?);
            }
            "ScheduleV2" => {
                let properties = required(schedule::SCHEDULER_EVENT)?;
                self.schedules.extend(ScheduleSpec::of_scheduler(&properties, name, function)?);
            }
            "EventBridgeRule" => {
                let properties = required(event_rule::EVENT)?;
                self.event_rules.extend(EventRuleSpec::of_event(&properties, name, function)?);
            }
            "CloudWatchEvent" => {
                let properties = required(event_rule::OLD_EVENT)?;
                self.event_rules.extend(EventRuleSpec::of_event(&properties, name, function)?);
            }
            other => {
                let unknown = event.error("Type", ErrorKind::UnknownEventType(other.to_owned()));
                event.scope().report(unknown.instead_at(event.place()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, function, parse, parse_skipping, resource};
    use std::time::Duration;

    fn with_event(event: &str) -> String {
        let queue = resource("Jobs", "AWS::SQS::Queue", "VisibilityTimeout: 30");
        format!("{}{queue}", function(&format!("Events:\n  Job:\n    {}", event.replace('\n', "\n    "))))
    }

    #[test]
    fn an_event_of_type_sqs_is_a_mapping() {
        let text = with_event(
            "Type: SQS\nProperties:\n  Queue: !GetAtt Jobs.Arn\n  BatchSize: 20\n  MaximumBatchingWindowInSeconds: 2\n  \
             FunctionResponseTypes: [ReportBatchItemFailures]\n  ScalingConfig: {MaximumConcurrency: 5}",
        );
        let template = parse(&text).unwrap();
        let [mapping] = &template.mappings[..] else { panic!("{:?}", template.mappings) };
        assert_eq!((mapping.queue.as_str(), mapping.function.as_str()), ("candidate-2-Jobs", "Worker"));
        assert_eq!((mapping.batch_size, mapping.window), (20, Duration::from_secs(2)));
        assert_eq!((mapping.maximum_concurrency, mapping.report_batch_item_failures), (Some(5), true));
        let off = with_event("Type: SQS\nProperties: {Queue: !GetAtt Jobs.Arn, Enabled: false}");
        assert_eq!(parse(&off).unwrap().mappings, []);
    }

    #[test]
    fn events_of_other_types_are_refused_with_something_else_to_write_or_skipped() {
        for (kind, instead) in [
            ("Api", "write an event of type HttpApi"),
            ("S3", "write an event of type EventBridgeRule"),
            ("SNS", "write an event of type SQS"),
            ("DynamoDB", "invoke the function in the test"),
        ] {
            let text = with_event(&format!("Type: {kind}\nProperties: {{Stream: !GetAtt Nobody.Arn}}"));
            assert_refused(&text, &format!("template.yaml:10: Worker.Events.Job: events of type {kind}"));
            assert_refused(&text, instead);
            let skipped = parse_skipping(&text).unwrap().skipped;
            assert_eq!(
                skipped.iter().map(|part| part.place.as_str()).collect::<Vec<_>>(),
                ["Worker.Events.Job"]
            );
        }
    }
}
