//! The template's functions, as a stack would run them.

use super::ACCOUNT_ID;
use crate::harness::aws::REGION;
use sandbox::events::Events;
use sandbox::lambda::{Binaries, BuildOutput, Function, FunctionConfig};
use sandbox::services::faults::Faults;
use sandbox::stack::environment;
use sandbox::template::{FunctionSpec, Template};
use std::collections::BTreeMap;

pub(crate) async fn functions(
    template: &Template,
    endpoint_url: &str,
    events: &Events,
) -> BTreeMap<String, Function> {
    let wanted: Vec<_> = template.functions.iter().map(FunctionSpec::code).collect();
    let binaries =
        Binaries::build(&wanted, BuildOutput::Kept).await.unwrap_or_else(|error| panic!("{error}"));
    let function = |spec: &FunctionSpec| {
        let config = FunctionConfig {
            name: spec.name.clone(),
            arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{}", spec.name),
            executable: binaries
                .path(&spec.code_uri, spec.binary.as_deref())
                .expect("it was built")
                .to_owned(),
            timeout: spec.timeout,
            reserved_concurrency: spec.reserved_concurrency,
            environment: environment(spec, REGION, endpoint_url),
            log: None,
        };
        (spec.logical_id.clone(), Function::new(config, events.clone(), Faults::default()))
    };
    template.functions.iter().map(function).collect()
}
