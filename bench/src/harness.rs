//! What the sections measure with.

use crate::cgroup::Cgroup;
use crate::check::{self, Wrong};
use crate::columns::Section;
use crate::contestants::{Contestant, Function};
use crate::error::BenchError;
use crate::events::{self, Mail};
use crate::options::Plan;
use crate::process::{Invocation, Process};
use crate::report::Measurement;
use crate::stub::Stub;
use sandbox::stack::{REGION, environment};
use sandbox::template::{Deployment, Template};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the sections measure with.
#[derive(Debug)]
pub struct Harness {
    /// How much of what.
    pub plan: Plan,
    /// SSM, SQS and S3.
    pub stub: Stub,
    contestants: Vec<Contestant>,
    environments: BTreeMap<Function, BTreeMap<String, String>>,
    mail: Mail,
    directory: PathBuf,
    share: Option<Share>,
}

/// Part of a processor.
#[derive(Debug)]
struct Share {
    memory_mb: u32,
    cgroup: Cgroup,
}

impl Harness {
    /// A stub, and the functions' environments as the template has them.
    ///
    /// # Errors
    /// [`BenchError`]
    pub fn new(plan: Plan, contestants: Vec<Contestant>, directory: &Path) -> Result<Self, BenchError> {
        let stub = Stub::start(plan.settings.tls.then_some(directory))?;
        let deployment = Deployment {
            stack_name: "bench".to_owned(),
            region: REGION.to_owned(),
            account_id: "000000000000".to_owned(),
            aws_endpoint_url: stub.endpoint_url().to_owned(),
            load_balancer: None,
            parameters: BTreeMap::new(),
        };
        let template = Template::read(&root().join("template.yaml"), &deployment)?;
        let mut environments = BTreeMap::new();
        for function in Function::ALL {
            let spec = template.functions.iter().find(|spec| spec.binary == function.name());
            let spec = spec.ok_or(BenchError::NoFunction(function))?;
            let mut environment = environment(spec, REGION, stub.endpoint_url());
            for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
                let roots = stub.roots().map(|roots| roots.to_string_lossy().into_owned());
                environment.extend(roots.map(|roots| (name.to_owned(), roots)));
            }
            environments.insert(function, environment);
        }
        let directory = directory.to_owned();
        Ok(Self { plan, stub, contestants, environments, mail: Mail::default(), directory, share: None })
    }

    /// Lets processes that start from now on have the share of so much memory, or a whole processor.
    ///
    /// # Errors
    /// There can't be such a share here.
    pub fn take_share(&mut self, memory_mb: Option<u32>) -> Result<(), BenchError> {
        // The old one goes first: both would have the same name.
        self.share = None;
        if let Some(memory_mb) = memory_mb {
            progress(&format!("with the processor's share of {memory_mb} MB"));
            self.share = Some(Share { memory_mb, cgroup: Cgroup::with_share_of(memory_mb)? });
        }
        Ok(())
    }

    /// Who takes part with `function`.
    #[must_use]
    pub fn contestants(&self, function: Function) -> Vec<Contestant> {
        let has_it = |contestant: &&Contestant| contestant.programs.contains_key(&function);
        self.contestants.iter().filter(has_it).cloned().collect()
    }

    /// Who takes part with the whole system.
    #[must_use]
    pub fn systems(&self) -> Vec<Contestant> {
        self.contestants.iter().filter(|contestant| contestant.directory.is_some()).cloned().collect()
    }

    /// The template that all of this is about.
    #[must_use]
    pub fn template(&self) -> PathBuf {
        root().join("template.yaml")
    }

    /// New emails.
    pub fn mail(&mut self) -> &mut Mail {
        &mut self.mail
    }

    /// A fresh process, which has asked for work.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&self, contestant: &Contestant, function: Function) -> Result<Process, BenchError> {
        let program = contestant.programs.get(&function).ok_or(BenchError::NoFunction(function))?;
        let mut environment =
            self.environments.get(&function).cloned().ok_or(BenchError::NoFunction(function))?;
        if let Some(share) = &self.share {
            environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), share.memory_mb.to_string());
        }
        let log = self.directory.join(format!("{}-{function}.log", contestant.name));
        let cgroup = self.share.as_ref().map(|share| &share.cgroup);
        Process::start(program, &environment, &log, cgroup).await.map_err(|error| of(contestant, error))
    }

    /// Has `process` do something: a request to `api`, a batch of so many records to `worker`.
    ///
    /// # Errors
    /// It does it wrong, or not at all.
    pub async fn invoke(
        &mut self,
        contestant: &Contestant,
        function: Function,
        process: &mut Process,
        records: usize,
    ) -> Result<Invocation, BenchError> {
        let emails = self.mail.emails(records);
        let event = match (function, emails.first()) {
            (Function::Api, Some(email)) => events::request(*email)?,
            _ => events::batch(&emails)?,
        };
        let invocation = process.invoke(event).await.map_err(|error| of(contestant, error))?;
        let (messages, objects) = (self.stub.state().take_messages(), self.stub.state().take_objects());
        let checked = match (function, emails.first()) {
            _ if contestant.is_floor => check::floor(&invocation.outcome),
            (Function::Api, Some(email)) => check::accepted(&invocation.outcome, *email, &messages),
            _ => check::filed(&invocation.outcome, &emails, &objects),
        };
        let wrong = |wrong: Wrong| BenchError::Wrong { contestant: contestant.name.clone(), function, wrong };
        checked.map_err(wrong)?;
        Ok(invocation)
    }
}

fn of(contestant: &Contestant, source: crate::process::ProcessError) -> BenchError {
    BenchError::Process { contestant: contestant.name.clone(), source }
}

/// Where a measurement belongs, with its numbers.
#[must_use]
pub fn measurement(
    section: Section,
    function: Option<Function>,
    contestant: &Contestant,
    at: Option<usize>,
    values: &[(&str, f64)],
) -> Measurement {
    Measurement {
        section,
        function: function.map(|function| function.name().to_owned()),
        contestant: contestant.name.clone(),
        memory_mb: None,
        at,
        values: values.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect(),
    }
}

/// The checkout that this was built from.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Says what goes on, to whoever waits.
pub fn progress(what: &str) {
    eprintln!("... {what}");
}
