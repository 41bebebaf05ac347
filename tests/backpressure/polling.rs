//! A mapping that a test starts when the queue is full.

use crate::harness::{Ours, root};
use sandbox::TimeScale;
use sandbox::mapping::{EventSourceMapping, MappingConfig};
use sandbox::stack::REGION;
use sandbox::template::{Deployment, MappingSpec, Template};
use std::collections::BTreeMap;

/// The mapping of the project's template, even if the test's template has none.
pub(crate) fn mapping_spec(system: &Ours) -> MappingSpec {
    let deployment = Deployment {
        stack_name: "local".to_owned(),
        region: REGION.to_owned(),
        account_id: "000000000000".to_owned(),
        stack_id: format!(
            "arn:aws:cloudformation:{REGION}:000000000000:stack/local/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
        ),
        aws_endpoint_url: system.stack.aws().endpoint_url().to_owned(),
        fronts: Vec::new(),
        parameters: BTreeMap::new(),
    };
    let mut template = Template::read(&root().join("template.yaml"), &deployment).unwrap();
    template.mappings.remove(0)
}

/// Lets the worker have what waits, in a system that is not polled otherwise.
pub(crate) fn poll(system: &Ours, spec: MappingSpec, time_scale: f64) -> EventSourceMapping {
    EventSourceMapping::start(MappingConfig {
        queue: system.queue(&spec.queue),
        function: system.stack.function(&spec.function).unwrap().clone(),
        spec,
        time_scale: TimeScale::new(time_scale).unwrap(),
        region: REGION.to_owned(),
        events: system.teller(),
    })
    .unwrap()
}
