//! One instance of a function: a process, and the Runtime API that it alone talks to.

use super::function::FunctionConfig;
use super::guard;
use super::invoke_error::InvokeError;
use super::last_lines::LastLines;
use super::runtime_api::{Answer, Handle, Init, Invocation, RuntimeApi};
use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use sandbox_services::events::{Event, Events};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long an init may take ("Understanding the Lambda execution environment lifecycle").
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a process may take to end after SIGTERM: what Lambda gives a function with an internal extension.
const SHUTDOWN: Duration = Duration::from_millis(500);

/// A process that runs a function.
pub(crate) struct Instance {
    function: String,
    timeout: Duration,
    process: Child,
    process_id: u32,
    runtime_api: JoinHandle<std::io::Result<()>>,
    handle: Handle,
    last_lines: LastLines,
    events: Events,
}

impl Instance {
    /// Starts a process and waits until it asks for its first invocation.
    pub(crate) async fn start(config: &FunctionConfig, events: &Events) -> Result<Self, InvokeError> {
        let mut instance = Self::spawn(config, events)
            .await
            .map_err(|source| InvokeError::NotStarted { function: config.name.clone(), source })?;
        let process = instance.process_id;
        events.send(Event::InstanceStarted { function: config.name.clone(), process });

        let failed = tokio::select! {
            biased; // what it reported says more than how it ended then
            Ok(init) = instance.handle.init.wait_for(|init| *init != Init::Running) => match &*init {
                Init::Failed(error) => Some(format!("it reported the error {error}")),
                Init::Done | Init::Running => None,
            },
            status = instance.process.wait() => Some(ended(status)),
            () = tokio::time::sleep(INIT_TIMEOUT) => Some(format!("not ready within {INIT_TIMEOUT:?}")),
        };
        let Some(why) = failed else { return Ok(instance) };
        instance.tell_end(&why);
        // Its last lines are all there when it is gone; one that has ended can't be killed, and needn't be.
        let _ = instance.process.kill().await;
        let last_lines = instance.last_lines.text().await;
        Err(InvokeError::Init { function: config.name.clone(), why, last_lines })
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
            .process_group(0) // Ctrl-C is for the stack, which then stops its functions in order
            .kill_on_drop(true)
            .spawn()?;
        let process_id = process.id().unwrap_or_default();
        guard::watch(process_id);
        let mut last_lines = LastLines::new(log);
        last_lines.follow(process.stdout.take(), &config.name, events);
        last_lines.follow(process.stderr.take(), &config.name, events);
        Ok(Self {
            function: config.name.clone(),
            timeout: config.timeout,
            process_id,
            process,
            runtime_api: tokio::spawn(runtime_api.serve(listener)),
            handle,
            last_lines,
            events: events.clone(),
        })
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        match self.process.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                self.tell_end(&ended(Ok(status)));
                false
            }
            Err(_) => false,
        }
    }

    /// Gives the process one invocation and waits for its answer. A process that crashes is told of at once; one
    /// that gives no answer within the function's timeout is killed, and so is one that gives none before `kill`.
    pub(crate) async fn invoke(
        &mut self,
        request_id: String,
        payload: Bytes,
        trace: String,
        kill: Option<Duration>,
    ) -> Result<Bytes, InvokeError> {
        let function = self.function.clone();
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation { request_id, payload, trace, answer };
        self.handle.work.send(invocation).await.map_err(|_| InvokeError::Stopping)?;

        tokio::select! {
            biased; // an answer counts even if the process ends right after it
            Ok(answer) = answered => match answer {
                Answer::Response(response) => Ok(response),
                Answer::Error(error) => Err(InvokeError::Reported { function, error }),
                Answer::TooLarge => Err(InvokeError::AnswerTooLarge { function }),
            },
            status = self.process.wait() => {
                let why = ended(status);
                self.tell_end(&why);
                Err(InvokeError::Crashed { function, why, last_lines: self.last_lines.text().await })
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

    async fn kill(&mut self, why: &str) {
        self.tell_end(why);
        if let Err(error) = self.process.kill().await {
            tracing::warn!(function = self.function, %error, "a function could not be killed");
        }
    }

    /// Asks the process to end, and kills it if it doesn't in time.
    pub(crate) async fn stop(mut self) {
        let process = self.process.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        // A process that has ended already can't be asked, and needn't be.
        let asked = process.is_some_and(|process| kill_process(process, Signal::TERM).is_ok());
        if asked && timeout(SHUTDOWN, self.process.wait()).await.is_err() {
            self.tell_end("killed: it did not end when asked to");
        }
        // What still runs is killed when it is dropped here.
    }

    fn tell_end(&self, why: &str) {
        let (function, process) = (self.function.clone(), self.process_id);
        self.events.send(Event::InstanceEnded { function, process, why: why.to_owned() });
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        guard::forget(self.process_id);
        self.runtime_api.abort();
    }
}

fn ended(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
