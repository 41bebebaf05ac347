//! Runs the benchmark: builds, measures, prints.

use crate::check::{self, Wrong};
use crate::columns::Section;
use crate::contestants::{Contestant, Function};
use crate::error::BenchError;
use crate::events::{self, Mail};
use crate::machine::Machine;
use crate::measure;
use crate::options::{Options, Plan};
use crate::process::{Invocation, Process};
use crate::report::{Measurement, Report};
use crate::stub::Stub;
use local::lambda::{Binaries, BuildOutput};
use local::stack::{REGION, environment};
use local::template::{Deployment, Template};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What this checkout's functions are called.
const OURS: &str = "mailroom";
/// What those of `--against` are called.
const AGAINST: &str = "against";

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
}

/// Runs what `options` ask for. `directory` is for what is built and printed on the way.
///
/// # Errors
/// [`BenchError`]: among other things, a wrong answer.
pub fn run(options: &Options, directory: &Path) -> Result<(), BenchError> {
    let baseline = options.baseline.as_deref().map(Report::read).transpose()?;
    std::fs::create_dir_all(directory)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let contestants = runtime.block_on(contestants(options))?;
    let mut harness = Harness::new(options.plan(), contestants, directory)?;
    let mut report = Report {
        machine: Machine::here(&root()),
        settings: harness.plan.settings.clone(),
        reference: harness.contestants.get(1).map(|contestant| contestant.name.clone()),
        measurements: Vec::new(),
    };
    print(&format!("{}\n{NOTE}\n", report.machine))?;
    for section in harness.plan.sections.clone() {
        for (title, group) in measure::section(&mut harness, &runtime, section)? {
            report.measurements.extend(group.iter().cloned());
            print(&format!("{title}\n\n{}", report.table(&group, baseline.as_ref())))?;
        }
    }
    if let Some(path) = &options.json {
        report.write(path)?;
    }
    Ok(())
}

const NOTE: &str = "Medians. Machines are noisy: trust CPU time and ratios more than times.";

/// The checkout that this was built from.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

async fn contestants(options: &Options) -> Result<Vec<Contestant>, BenchError> {
    let ours = match &options.functions {
        Some(directory) => Contestant::in_directory(OURS, directory)?,
        None => {
            progress("building the functions");
            let binaries = Binaries::build(&root(), &["api", "worker"], BuildOutput::Shown).await?;
            let directory = binaries.path("api")?.parent().unwrap_or(Path::new(".")).to_owned();
            Contestant::in_directory(OURS, &directory)?
        }
    };
    let mut all = vec![ours];
    if let Some(directory) = &options.against {
        all.push(Contestant::in_directory(AGAINST, directory)?);
    }
    Ok(all)
}

impl Harness {
    fn new(plan: Plan, contestants: Vec<Contestant>, directory: &Path) -> Result<Self, BenchError> {
        let stub = Stub::start(plan.settings.tls.then_some(directory))?;
        let deployment = Deployment {
            stack_name: "bench".to_owned(),
            region: REGION.to_owned(),
            account_id: "000000000000".to_owned(),
            aws_endpoint_url: stub.endpoint_url().to_owned(),
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
        Ok(Self { plan, stub, contestants, environments, mail: Mail::default(), directory })
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
        let environment = self.environments.get(&function).ok_or(BenchError::NoFunction(function))?;
        let log = self.directory.join(format!("{}-{function}.log", contestant.name));
        Process::start(program, environment, &log).await.map_err(|error| of(contestant, error))
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

/// Says what goes on, to whoever waits.
pub fn progress(what: &str) {
    eprintln!("... {what}");
}

fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}
