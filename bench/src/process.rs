//! One process of a function, from start to end.

use crate::candidates::Program;
use crate::check::{Outcome, excerpt};
use crate::runtime_api::{self, Call, DEADLINE, RuntimeApi};
use crate::usage::{self, Reading};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// With a small share of a processor, some start very slowly.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A process that waits for an event.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    id: u32,
    api: RuntimeApi,
    event: Option<oneshot::Sender<Bytes>>,
    started: Instant,
    /// When it asked for an event the last time.
    pub(crate) asked: Reading,
}

#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) outcome: Outcome,
    /// From the event to the response.
    pub(crate) took: Duration,
    /// From the request for this event to the request for the next.
    pub(crate) cpu: Duration,
    /// When the response had arrived.
    pub(crate) done: Reading,
}

impl Process {
    /// Starts a process and waits until it asks for an event. Its output goes to `log`, since it may hold an email.
    pub(crate) async fn start(
        program: &Program,
        environment: &BTreeMap<String, String>,
        log: &Path,
        cgroup: Option<&Path>,
    ) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("can't write {}", log.display()))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut command = Command::new(&program.executable);
        command.args(&program.arguments).env_clear().envs(environment).envs(&program.environment);
        command.env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string());
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).kill_on_drop(true);

        let started = Instant::now();
        let child =
            command.spawn().with_context(|| format!("can't start {}", program.executable.display()))?;
        let id = child.id().unwrap_or_default();
        if let Some(cgroup) = cgroup {
            let procs = cgroup.join("cgroup.procs");
            std::fs::write(&procs, id.to_string()).with_context(|| {
                format!("can't write {}; create the group and run as root", procs.display())
            })?;
        }
        // The process may have connected already: the listener holds its connection.
        let api = runtime_api::serve(listener, id);
        let asked = Reading { at: started, cpu: Duration::ZERO };
        let mut process = Self { child, id, api, event: None, started, asked };
        process.wait_until_it_asks().await?;
        Ok(process)
    }

    /// The time since the start of the process.
    pub(crate) fn age_at(&self, reading: Reading) -> Duration {
        reading.at - self.started
    }

    pub(crate) fn peak_memory(&self) -> Result<u64> {
        Ok(usage::peak_memory(self.id)?)
    }

    /// Hands over an event, and waits for the response and until the process asks for the next event.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> Result<Invocation> {
        let before = self.asked;
        if let Some(sender) = self.event.take() {
            // If the process has ended, waiting for its call reports it.
            let _ = sender.send(event);
        }
        let Call::Done { got, done, outcome } = self.call(DEADLINE).await? else {
            bail!("it asked for another event instead of responding");
        };
        self.wait_until_it_asks().await?;
        Ok(Invocation { outcome, took: done.at - got, cpu: self.asked.cpu - before.cpu, done })
    }

    /// Ends the process in a way that lets valgrind write its counts.
    #[cfg(target_os = "linux")]
    pub(crate) async fn terminate(mut self) -> Result<()> {
        use nix::{sys::signal, unistd::Pid};
        signal::kill(Pid::from_raw(self.id.cast_signed()), signal::Signal::SIGTERM)?;
        self.child.wait().await?;
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) async fn terminate(self) -> Result<()> {
        bail!("only Linux has what --instructions needs")
    }

    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    async fn wait_until_it_asks(&mut self) -> Result<()> {
        match self.call(START_LIMIT).await? {
            Call::Next { asked, event } => (self.asked, self.event) = (asked, Some(event)),
            Call::Done { outcome: Ok(response) | Err(response), .. } => {
                bail!("it reported an error before it asked for an event: {}", excerpt(&response))
            }
        }
        Ok(())
    }

    async fn call(&mut self, limit: Duration) -> Result<Call> {
        tokio::select! {
            biased; // a call counts even if the process ends right after it
            Some(call) = self.api.calls.recv() => Ok(call),
            status = self.child.wait() => bail!("it ended ({})", status?),
            () = tokio::time::sleep(limit) => bail!("it didn't call its Runtime API within {limit:?}"),
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    async fn error_of(executable: &str, arguments: &[&str]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let mut program = Program::executable(Path::new(executable));
        program.arguments = arguments.iter().map(Into::into).collect();
        let log = directory.path().join("log");
        format!("{:#}", Process::start(&program, &BTreeMap::new(), &log, None).await.unwrap_err())
    }

    #[tokio::test]
    async fn a_process_that_ends_early_or_is_missing_is_an_error() {
        let error = error_of("/bin/sh", &["-c", "exit 3"]).await;
        assert!(error.contains("exit status: 3"), "{error}");
        let error = error_of("/nowhere/api", &[]).await;
        assert!(error.contains("/nowhere/api"), "{error}");
    }
}
