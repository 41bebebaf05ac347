//! Starts and invokes the processes that the sections measure, and checks what they do.

use crate::builds::CHECKOUT;
use crate::callgrind;
use crate::candidates::{Candidate, Function};
use crate::check;
use crate::emails::{self, Emails};
use crate::options::Plan;
use crate::process::{Invocation, Process};
use crate::stub::Stub;
use anyhow::{Context, Result};
use sandbox::stack::{REGION, environment};
use sandbox::template::{Deployment, Template};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Harness {
    pub(crate) plan: Plan,
    pub(crate) stub: Stub,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) emails: Emails,
    environments: BTreeMap<Function, BTreeMap<String, String>>,
    /// For logs and counts.
    pub(crate) directory: PathBuf,
}

/// A process of a candidate's function.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) candidate: Candidate,
    pub(crate) process: Process,
    function: Function,
    log: PathBuf,
}

impl Harness {
    /// Starts the stub and reads the functions' environments from the template.
    pub(crate) fn new(plan: Plan, candidates: Vec<Candidate>, directory: &Path) -> Result<Self> {
        let stub = Stub::start(plan.tls.then_some(directory))?;
        let deployment = Deployment {
            stack_name: "bench".to_owned(),
            region: REGION.to_owned(),
            account_id: "000000000000".to_owned(),
            stack_id: format!(
                "arn:aws:cloudformation:{REGION}:000000000000:stack/bench/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
            ),
            aws_endpoint_url: stub.endpoint_url.clone(),
            fronts: Vec::new(),
            parameters: BTreeMap::new(),
        };
        let template = Template::read(&Self::template(), &deployment)?;
        let mut environments = BTreeMap::new();
        for function in Function::ALL {
            let spec = template.functions.iter().find(|spec| spec.binary.as_deref() == Some(function.name()));
            let spec =
                spec.with_context(|| format!("template.yaml has no function with the binary {function}"))?;
            let mut environment = environment(spec, REGION, &stub.endpoint_url);
            if plan.valgrind.is_some() {
                callgrind::prepare(&mut environment);
            }
            if let Some(roots) = &stub.roots {
                for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
                    environment.insert(name.to_owned(), roots.to_string_lossy().into_owned());
                }
            }
            environments.insert(function, environment);
        }
        let directory = directory.to_owned();
        Ok(Self { plan, stub, candidates, emails: Emails::default(), environments, directory })
    }

    pub(crate) fn template() -> PathBuf {
        Path::new(CHECKOUT).join("template.yaml")
    }

    /// A fresh process, which has asked for an event.
    pub(crate) async fn start(&self, candidate: &Candidate, function: Function) -> Result<Instance> {
        let (name, cgroup) = (&candidate.name, self.plan.cgroup.as_deref());
        let log = self.directory.join(format!("{name}-{function}.log"));
        let (program, environment) = (&candidate.programs[&function], &self.environments[&function]);
        let process = Process::start(program, environment, &log, cgroup).await;
        let process = process.with_context(|| failed(candidate, function, &log))?;
        Ok(Instance { candidate: candidate.clone(), process, function, log })
    }

    /// Invokes `api` with a request, or `worker` with a batch of `records`.
    pub(crate) async fn invoke(&mut self, instance: &mut Instance, records: usize) -> Result<Invocation> {
        let Instance { candidate, process, function, log } = instance;
        self.invoke_process(candidate, *function, process, records)
            .await
            .with_context(|| failed(candidate, *function, log))
    }

    async fn invoke_process(
        &mut self,
        candidate: &Candidate,
        function: Function,
        process: &mut Process,
        records: usize,
    ) -> Result<Invocation> {
        let emails = self.emails.take(records);
        let event = match function {
            Function::Api => emails::request_event(emails[0], candidate.http_api)?,
            Function::Worker => emails::batch_event(&emails)?,
        };
        let invocation = process.invoke(event).await?;
        let (outcome, state) = (&invocation.outcome, &self.stub.state);
        let (messages, objects) = (state.take_messages(), state.take_objects());
        match function {
            _ if candidate.is_lower_bound => check::responded(outcome).map(drop),
            Function::Api => check::accepted(outcome, emails[0], &messages),
            Function::Worker if candidate.layout_batch => check::stored_together(outcome, &emails, &objects),
            Function::Worker => check::processed(outcome, &emails, &objects),
        }?;
        Ok(invocation)
    }
}

fn failed(candidate: &Candidate, function: Function, log: &Path) -> String {
    format!("{function} of {} failed (its output: {})", candidate.name, log.display())
}
