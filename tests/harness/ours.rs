//! A system on the sandbox.

use super::Setup;
use super::system::{Parts, System};
use mailroom_local::EmailPage;
use sandbox::Stack;
use sandbox::TimeScale;
use sandbox::events::Events;
use sandbox::services::faults::{Fault, Times};
use sandbox::services::sqs::Queue;
use std::ops::Deref;
use std::sync::Arc;

/// The queues, as `template.yaml` names them for a stack called `local`.
pub(crate) const QUEUE: &str = "local-queue-8f6d3a10";
pub(crate) const DEAD_LETTER_QUEUE: &str = "local-dead-letter-queue-8f6d3a10";

/// An error of AWS's.
pub(crate) fn refusal(status: u16, code: &str) -> Fault {
    Fault::Error { status, code: code.to_owned() }
}

/// A [`System`] on the sandbox, which can fail and counts calls.
pub(crate) struct Ours {
    system: System,
    pub(crate) stack: Stack,
    _page: EmailPage,
}

impl Deref for Ours {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}

impl Ours {
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::usual()).await
    }

    pub(crate) async fn start_with(setup: Setup) -> Self {
        let (template, events) = (setup.template(), Events::default());
        let scale = TimeScale::new(setup.time_scale).expect("a time scale");
        let mut builder = Stack::from_template(&template.path).events(&events).time_scale(scale);
        for (name, value) in &setup.parameters {
            builder = builder.parameter(name, value);
        }
        if let Some(data) = &setup.data {
            builder = builder.data(data);
        }
        if let Some(executables) = &setup.executables {
            builder = builder.executables(executables);
        }
        let stack = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
        let functions = stack.template().functions.iter().map(|spec| {
            let function = stack.function(&spec.logical_id).expect("the template has it");
            (spec.logical_id.clone(), function.clone())
        });
        let parts = Parts {
            template: stack.template().clone(),
            functions: functions.collect(),
            url: stack.url().to_owned(),
            endpoint_url: stack.aws().endpoint_url(),
            events,
        };
        let page = EmailPage::start(&stack);
        Self { system: System::new(parts).await, stack, _page: page }
    }

    /// Lets an AWS operation fail with this error.
    pub(crate) fn fail(&self, operation: &str, status: u16, code: &str, times: Times) {
        self.fault(operation, refusal(status, code), times);
    }

    pub(crate) fn fault(&self, operation: &str, fault: Fault, times: Times) {
        self.stack.aws().faults().set(operation, fault, times);
    }

    /// The number of calls of an AWS operation.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.stack.aws().faults().calls(operation)
    }

    /// A queue, to look into without receiving.
    pub(crate) fn queue(&self, name: &str) -> Arc<Queue> {
        self.stack.aws().sqs().queue(name).expect("the template has it")
    }
}
