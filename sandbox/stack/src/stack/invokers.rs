//! The parts of a stack that invoke functions without a request: mappings, schedules and the event bus.

use super::StackError;
use super::builder::{ACCOUNT_ID, REGION};
use crate::event_bus::{EventBus, EventBusConfig};
use crate::lambda::Function;
use crate::mapping::{EventSourceMapping, MappingConfig};
use crate::schedule::{Schedule, ScheduleConfig};
use sandbox_services::events::Events;
use sandbox_services::{Aws, AwsError, TimeScale};
use sandbox_template::{MappingSpec, ScheduleSpec, Template};
use std::collections::BTreeMap;

pub(crate) struct Invokers<'a> {
    pub(crate) template: &'a Template,
    /// By logical id. Without functions nothing is mapped, scheduled or delivered.
    pub(crate) functions: &'a BTreeMap<String, Function>,
    pub(crate) time_scale: TimeScale,
}

impl Invokers<'_> {
    /// Starts the mappings. The template's reader has checked that queues and functions exist.
    pub(crate) fn mappings(&self, aws: &Aws, events: &Events) -> Result<Vec<EventSourceMapping>, StackError> {
        let start = |spec: &MappingSpec| {
            let config = MappingConfig {
                spec: spec.clone(),
                queue: aws.sqs().queue(&spec.queue)?,
                function: self.functions.get(&spec.function)?.clone(),
                time_scale: self.time_scale,
                region: REGION.to_owned(),
                events: events.clone(),
            };
            Some(EventSourceMapping::start(config).map_err(StackError::from))
        };
        self.template.mappings.iter().filter_map(start).collect()
    }

    /// Nothing without a rule.
    pub(crate) fn event_bus(&self, aws: &Aws) -> Result<Option<EventBus>, StackError> {
        let rules = self.template.event_rules.iter();
        let rules =
            rules.filter_map(|rule| Some((rule.clone(), self.functions.get(&rule.function)?.clone())));
        let rules: Vec<_> = rules.collect();
        if rules.is_empty() {
            return Ok(None);
        }
        let buckets = self.template.buckets.iter().filter(|bucket| bucket.event_bridge);
        let config = EventBusConfig {
            buckets: buckets.map(|bucket| bucket.name.clone()).collect(),
            rules,
            time_scale: self.time_scale,
            region: REGION.to_owned(),
            account_id: ACCOUNT_ID.to_owned(),
        };
        Ok(Some(EventBus::start(config, aws.s3()).map_err(AwsError::from)?))
    }

    pub(crate) fn schedules(&self) -> Vec<Schedule> {
        let start = |spec: &ScheduleSpec| {
            Some(Schedule::start(ScheduleConfig {
                spec: spec.clone(),
                function: self.functions.get(&spec.function)?.clone(),
                time_scale: self.time_scale,
                region: REGION.to_owned(),
                account_id: ACCOUNT_ID.to_owned(),
            }))
        };
        self.template.schedules.iter().filter_map(start).collect()
    }
}
