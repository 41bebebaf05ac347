//! One instance of a function: a process and the Runtime API that it alone talks to.

use super::invoke_error::{InitFailure, InvokeError};
use super::orphan_reaper;
use super::output::Output;
use super::runtime_api::{InitState, Invocation, InvocationResult, RuntimeApi, RuntimeApiHandle};
use bytes::Bytes;
use nix::{sys::signal, unistd::Pid};
use sandbox_services::events::{Event, Events};
use sandbox_services::logs::LogGroup;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The longest init ("Understanding the Lambda execution environment lifecycle").
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between SIGTERM and SIGKILL: Lambda's for a function with an internal extension.
const SHUTDOWN: Duration = Duration::from_millis(500);

#[derive(Clone, Debug)]
pub struct FunctionConfig {
    pub name: String,
    pub arn: String,
    pub executable: PathBuf,
    pub timeout: Duration,
    /// The most instances at the same time, if there may be fewer than the account allows.
    pub reserved_concurrency: Option<u32>,
    /// The whole environment, except the address of the Runtime API.
    pub environment: BTreeMap<String, String>,
    /// Keeps the output, if there is one.
    pub log: Option<LogGroup>,
}

pub(crate) struct Instance {
    function: String,
    timeout: Duration,
    process: Child,
    process_id: u32,
    runtime_api: JoinHandle<std::io::Result<()>>,
    handle: RuntimeApiHandle,
    output: Output,
    events: Events,
}

impl Instance {
    /// Starts a process and waits for its first request for work.
    pub(crate) async fn start(config: &FunctionConfig, events: &Events) -> Result<Self, InvokeError> {
        let mut instance = Self::spawn(config, events)
            .await
            .map_err(|source| InvokeError::NotStarted { function: config.name.clone(), source })?;
        let process = instance.process_id;
        events.send(Event::InstanceStarted { function: config.name.clone(), process });

        let failed = tokio::select! {
            biased; // a reported error says more than the exit status
            Ok(init) = instance.handle.init.wait_for(|init| *init != InitState::Running) => match &*init {
                InitState::Failed(error) => Some(InitFailure::Reported(error.clone())),
                InitState::Done | InitState::Running => None,
            },
            status = instance.process.wait() => Some(InitFailure::Ended(ended(status))),
            () = tokio::time::sleep(INIT_TIMEOUT) => Some(InitFailure::TooSlow(INIT_TIMEOUT)),
        };
        let Some(failure) = failed else { return Ok(instance) };
        instance.tell_end(&failure.to_string());
        // Its output is complete once it has ended. An error says that it has ended already.
        let _ = instance.process.kill().await;
        let last_lines = instance.output.last_lines().await;
        Err(InvokeError::Init { function: config.name.clone(), failure, last_lines })
    }

    async fn spawn(config: &FunctionConfig, events: &Events) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (runtime_api, handle) = RuntimeApi::new(config.arn.clone(), config.timeout);
        let log = config.log.as_ref().map(|group| group.new_stream(&config.name));
        let log_stream = log.as_ref().map(|log| ("AWS_LAMBDA_LOG_STREAM_NAME", log.name().to_owned()));
        let mut process = Command::new(&config.executable)
            .env_clear()
            .envs(&config.environment)
            .envs(log_stream)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0) // so that Ctrl-C reaches the stack alone, which stops its functions in order
            .kill_on_drop(true)
            .spawn()?;
        let process_id = process.id().unwrap_or_default();
        orphan_reaper::watch(process_id);
        let mut output = Output::new(log);
        output.follow(process.stdout.take(), &config.name, events);
        output.follow(process.stderr.take(), &config.name, events);
        Ok(Self {
            function: config.name.clone(),
            timeout: config.timeout,
            process_id,
            process,
            runtime_api: tokio::spawn(runtime_api.serve(listener)),
            handle,
            output,
            events: events.clone(),
        })
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        match self.process.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                self.tell_end(&status.to_string());
                false
            }
            Err(_) => false,
        }
    }

    /// Gives the process one invocation and waits for the result. The process is killed when the function's timeout or
    /// `kill` has passed.
    pub(crate) async fn invoke(
        &mut self,
        invocation: Invocation,
        kill: Option<Duration>,
    ) -> Result<Bytes, InvokeError> {
        let function = self.function.clone();
        let (sender, result) = oneshot::channel();
        self.handle.work.send((invocation, sender)).await.map_err(|_| InvokeError::Stopping)?;

        tokio::select! {
            biased; // a result counts even if the process ends right after it
            Ok(result) = result => match result {
                InvocationResult::Response(response) => Ok(response),
                InvocationResult::Error(error) => Err(InvokeError::Reported { function, error }),
                InvocationResult::TooLarge => Err(InvokeError::ResponseTooLarge { function }),
            },
            status = self.process.wait() => {
                let status = ended(status);
                self.tell_end(&status.to_string());
                Err(InvokeError::Crashed { function, status, last_lines: self.output.last_lines().await })
            }
            () = tokio::time::sleep(kill.unwrap_or(self.timeout)), if kill.is_some() => {
                self.kill("killed on purpose").await;
                Err(InvokeError::Killed { function })
            }
            () = tokio::time::sleep(self.timeout) => {
                self.kill("killed at its timeout").await;
                Err(InvokeError::TimedOut { function, timeout: self.timeout })
            }
        }
    }

    /// Begins the log of an invocation.
    pub(crate) async fn begin_log(&self) {
        self.output.begin_tail().await;
    }

    /// The output of the process since [`Instance::begin_log`]: at least its last 4 KB.
    pub(crate) async fn log(&self) -> Vec<u8> {
        self.output.tail().await
    }

    async fn kill(&mut self, why: &str) {
        self.tell_end(why);
        if let Err(error) = self.process.kill().await {
            tracing::warn!(function = self.function, %error, "a function could not be killed");
        }
    }

    /// Ends the process with SIGTERM, and kills it if that takes too long.
    pub(crate) async fn stop(mut self) {
        let process = self.process.id().map(|id| Pid::from_raw(id.cast_signed()));
        // An error says that it has ended already.
        let signalled = process.is_some_and(|process| signal::kill(process, signal::SIGTERM).is_ok());
        if signalled && timeout(SHUTDOWN, self.process.wait()).await.is_err() {
            self.tell_end("killed: it did not end when asked to");
        }
        // Dropping it here kills it.
    }

    fn tell_end(&self, why: &str) {
        let (function, process) = (self.function.clone(), self.process_id);
        self.events.send(Event::InstanceEnded { function, process, why: why.to_owned() });
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        orphan_reaper::forget(self.process_id);
        self.runtime_api.abort();
    }
}

/// The status of a process that was waited for. Waiting fails only if other code has waited for the process before,
/// and no other code does.
fn ended(status: std::io::Result<ExitStatus>) -> ExitStatus {
    status.unwrap_or_else(|error| {
        tracing::warn!(%error, "the exit status of a function is unknown");
        ExitStatus::default()
    })
}
