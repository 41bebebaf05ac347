//! Builds a stack.

use super::environment::environment;
use super::fronts::{Fronts, Listeners, listen};
use super::invokers::Invokers;
use super::{Endpoint, Stack, StackError, resources};
use crate::console::Console;
use crate::lambda::{Binaries, BuildOutput, Function, FunctionConfig, Invoker};
use sandbox_services::TimeScale;
use sandbox_services::cloudformation::{Deployed, Output};
use sandbox_services::events::Events;
use sandbox_services::guard::Guard;
use sandbox_services::lambda::Registered;
use sandbox_services::s3::Durability;
use sandbox_services::{Aws, AwsConfig, AwsError};
use sandbox_template::{Deployment, FunctionSpec, OutputSpec, Template};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::net::TcpListener;
use uuid::Uuid;

/// The region of every stack.
pub const REGION: &str = "eu-central-1";
pub(crate) const ACCOUNT_ID: &str = "000000000000";
/// The start of every stack's UUID, which templates put into names: these are the same at every start.
const UUID_START: &str = "8f6d3a10";

/// The settings of a stack. The defaults suit a test: free ports, a temporary directory, real time.
pub struct StackBuilder {
    template: PathBuf,
    stack_name: String,
    parameters: BTreeMap<String, String>,
    skip_unsupported: bool,
    port: u16,
    aws_port: u16,
    data: Option<PathBuf>,
    time_scale: TimeScale,
    functions: bool,
    build_output: BuildOutput,
    executables: Option<PathBuf>,
    guard: Guard,
    events: Events,
}

impl StackBuilder {
    pub(crate) fn new(template: &Path) -> Self {
        Self {
            template: template.to_owned(),
            stack_name: "local".to_owned(),
            parameters: BTreeMap::new(),
            skip_unsupported: false,
            port: 0,
            aws_port: 0,
            data: None,
            time_scale: TimeScale::REAL_TIME,
            functions: true,
            build_output: BuildOutput::Kept,
            executables: None,
            guard: Guard::default(),
            events: Events::default(),
        }
    }

    /// `local` by default. Names in the template contain it.
    pub fn stack_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.stack_name);
        self
    }

    /// A parameter of the template.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Leaves out the resources, events and properties that the sandbox doesn't support, instead of refusing the template.
    /// `stack.template().skipped` lists them, and so do warnings at the start.
    ///
    /// References to a skipped resource resolve as to any that exists on AWS alone: an output or an environment variable
    /// with one is left out.
    pub fn skip_unsupported(mut self) -> Self {
        self.skip_unsupported = true;
        self
    }

    /// The port of the load balancer's first listener, or of the first HTTP API in a template without listeners. 0, the
    /// default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The port of AWS's services. 0, the default, takes a free one.
    pub fn aws_port(mut self, port: u16) -> Self {
        self.aws_port = port;
        self
    }

    /// The directory that keeps objects, queues, messages and parameters: on the disk before an answer. By default it is
    /// a temporary directory that is deleted with the stack.
    pub fn data(mut self, directory: &Path) -> Self {
        self.data = Some(directory.to_owned());
        self
    }

    /// Divides the durations of queues, mappings and schedules.
    pub fn time_scale(mut self, time_scale: TimeScale) -> Self {
        self.time_scale = time_scale;
        self
    }

    /// `false` starts the services alone, without functions and what invokes them.
    pub fn functions(mut self, functions: bool) -> Self {
        self.functions = functions;
        self
    }

    pub fn build_output(mut self, output: BuildOutput) -> Self {
        self.build_output = output;
        self
    }

    /// Takes the functions' executables from this directory instead of building them.
    pub fn executables(mut self, directory: &Path) -> Self {
        self.executables = Some(directory.to_owned());
        self
    }

    /// Lets hosts and web pages beside this machine's own use AWS's services. The default lets in none.
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Sends the stack's events to `events`, including those of its start.
    pub fn events(mut self, events: &Events) -> Self {
        self.events = events.clone();
        self
    }

    /// Builds the functions and starts everything.
    pub async fn start(self) -> Result<Stack, StackError> {
        let (aws_listener, aws_address) = listen(self.aws_port, Endpoint::Services).await?;
        // Bound before the template is read, since outputs contain the addresses. Early connections wait.
        let fronts = if self.functions { Listeners::bind(self.port).await? } else { Listeners::default() };
        let mut deployment = Deployment {
            stack_name: self.stack_name.clone(),
            region: REGION.to_owned(),
            account_id: ACCOUNT_ID.to_owned(),
            stack_id: new_stack_id(&self.stack_name),
            aws_endpoint_url: format!("http://{aws_address}"),
            fronts: fronts.addresses(),
            parameters: self.parameters.clone(),
        };
        // A template that is refused leaves the data directory as it was.
        let mut template = self.read_template(&deployment)?;
        let (data_dir, temporary) = self.data_dir()?;
        let aws = self.start_aws(aws_listener, data_dir).await?;
        let kept_id = aws.cloudformation().id(&self.stack_name, || deployment.stack_id.clone());
        if kept_id != deployment.stack_id {
            deployment.stack_id = kept_id;
            template = self.read_template(&deployment)?;
        }
        for part in &template.skipped {
            tracing::warn!("skipped, in line {} of the template: {part}", part.line);
        }
        resources::deploy(&template, &aws)?;
        let console = Console::start(&self.events, &aws);
        let functions =
            if self.functions { self.build_functions(&template, &aws).await? } else { BTreeMap::new() };
        self.register(&template, &aws, &functions);
        let invokers = Invokers { template: &template, functions: &functions, time_scale: self.time_scale };
        let mappings = invokers.mappings(&aws, &self.events)?;
        let schedules = invokers.schedules();
        let event_bus = invokers.event_bus(&aws)?;
        let fronts = if self.functions {
            Fronts::start(fronts, &template, &functions, ACCOUNT_ID, &self.events).await?
        } else {
            Fronts::default()
        };
        // A client may keep the id as soon as it is told.
        aws.durable().await.map_err(AwsError::from)?;
        aws.cloudformation().add(Deployed {
            name: deployment.stack_name.clone(),
            id: deployment.stack_id,
            created_at: SystemTime::now(),
            outputs: template.outputs.iter().map(output).collect(),
        });
        let (events, _console, _temporary) = (self.events, console, temporary);
        Ok(Stack {
            template,
            aws,
            functions,
            events,
            fronts,
            schedules,
            event_bus,
            mappings,
            _console,
            _temporary,
        })
    }

    fn read_template(&self, deployment: &Deployment) -> Result<Template, StackError> {
        let read = if self.skip_unsupported { Template::read_supported } else { Template::read };
        Ok(read(&self.template, deployment)?)
    }

    fn data_dir(&self) -> Result<(PathBuf, Option<tempfile::TempDir>), StackError> {
        if let Some(data) = &self.data {
            return Ok((data.clone(), None));
        }
        // The directory may hold confidential data, so other users can't read it.
        let temporary = tempfile::Builder::new()
            .prefix("sandbox-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .map_err(StackError::Temporary)?;
        Ok((temporary.path().to_owned(), Some(temporary)))
    }

    async fn start_aws(&self, listener: TcpListener, data_dir: PathBuf) -> Result<Aws, StackError> {
        let (time_scale, events) = (self.time_scale, self.events.clone());
        let (region, account_id) = (REGION.to_owned(), ACCOUNT_ID.to_owned());
        // A temporary directory need not survive a power cut.
        let durability = if self.data.is_some() { Durability::Power } else { Durability::Process };
        let guard = self.guard.clone();
        let config =
            AwsConfig { listener, region, account_id, data_dir, durability, time_scale, guard, events };
        Ok(Aws::start(config).await?)
    }

    async fn build_functions(
        &self,
        template: &Template,
        aws: &Aws,
    ) -> Result<BTreeMap<String, Function>, StackError> {
        let wanted: Vec<_> = template.functions.iter().map(FunctionSpec::code).collect();
        let binaries = match &self.executables {
            Some(executables) => Binaries::in_directory(executables, &wanted)?,
            None => Binaries::build(&wanted, self.build_output).await?,
        };
        let function = |spec: &FunctionSpec| {
            let (directory, binary) = spec.code();
            let executable = binaries.path(directory, binary)?.to_owned();
            Ok((spec.logical_id.clone(), self.function(spec, executable, aws)))
        };
        template.functions.iter().map(function).collect()
    }

    fn function(&self, spec: &FunctionSpec, executable: PathBuf, aws: &Aws) -> Function {
        let config = FunctionConfig {
            name: spec.name.clone(),
            arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{}", spec.name),
            executable,
            timeout: spec.timeout,
            reserved_concurrency: spec.reserved_concurrency,
            environment: environment(spec, REGION, aws.endpoint_url()),
            log: Some(aws.logs().group(&spec.log_group)),
        };
        Function::new(config, self.events.clone(), aws.faults().clone())
    }

    /// Lets `Invoke` reach the functions.
    fn register(&self, template: &Template, aws: &Aws, functions: &BTreeMap<String, Function>) {
        for spec in &template.functions {
            if let Some(function) = functions.get(&spec.logical_id) {
                let run = Arc::new(Invoker::new(function, self.time_scale));
                aws.lambda().add(Registered { name: spec.name.clone(), alias: spec.alias.clone(), run });
            }
        }
    }
}

/// An ARN as CloudFormation's. It tells this stack from another that had its name and address before.
fn new_stack_id(name: &str) -> String {
    let uuid = Uuid::new_v4().to_string();
    let uuid = format!("{UUID_START}{}", &uuid[UUID_START.len()..]);
    format!("arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{name}/{uuid}")
}

fn output(output: &OutputSpec) -> Output {
    let OutputSpec { key, value, description } = output.clone();
    Output { key, value, description }
}
