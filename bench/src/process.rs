//! One process of a function, from its start to its end.

use crate::cgroup::{Cgroup, CgroupError};
use crate::contestants::Program;
use crate::runtime_api::{self, DEADLINE, Handle, Outcome};
use crate::usage::{CpuClock, Moment, UsageError};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// How long a process may take to ask for work: with little of a processor, some take very long.
const START_LIMIT: Duration = Duration::from_secs(120);

/// Why a process could not be measured. What a process prints is in its log: it may hold an email.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It can't be started.
    #[error("{program} can't be started")]
    Start {
        /// What was started.
        program: PathBuf,
        /// Why it wasn't.
        source: std::io::Error,
    },
    /// It said that it can't start.
    #[error("{program} reported an error before it asked for work: {said} (its log: {log})")]
    Init {
        /// What failed.
        program: PathBuf,
        /// What it reported.
        said: String,
        /// What it printed.
        log: PathBuf,
    },
    /// It ended by itself.
    #[error("{program} ended ({status}): what it printed is in {log}")]
    Ended {
        /// What ended.
        program: PathBuf,
        /// How.
        status: ExitStatus,
        /// What it printed.
        log: PathBuf,
    },
    /// It did nothing.
    #[error("{program} did not {what} within {limit:?}: what it printed is in {log}")]
    Silent {
        /// What was silent.
        program: PathBuf,
        /// What it should have done.
        what: &'static str,
        /// In which time.
        limit: Duration,
        /// What it printed.
        log: PathBuf,
    },
    /// Its log can't be written.
    #[error("the log {path} can't be written")]
    Log {
        /// Where it would be.
        path: PathBuf,
        /// Why it isn't.
        source: std::io::Error,
    },
    /// Nothing is known of it.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// It can't be given its share of the processor.
    #[error(transparent)]
    Cgroup(#[from] CgroupError),
}

/// A process that waits for work.
#[derive(Debug)]
pub struct Process {
    program: PathBuf,
    log: PathBuf,
    child: Child,
    clock: CpuClock,
    handle: Handle,
    give: Option<oneshot::Sender<Bytes>>,
    started: Instant,
    asked: Moment,
}

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// What the function answered.
    pub outcome: Outcome,
    /// From when the event was handed over until the answer was there.
    pub took: Duration,
    /// From when the process asked for this event until it asked for the next.
    pub cpu: Duration,
    /// When the answer was there.
    pub answered: Moment,
}

impl Process {
    /// Starts a process and waits until it asks for work.
    ///
    /// # Errors
    /// [`ProcessError`]
    pub async fn start(
        program: &Program,
        environment: &BTreeMap<String, String>,
        log: &Path,
        share: Option<&Cgroup>,
    ) -> Result<Self, ProcessError> {
        let start_error = |source| ProcessError::Start { program: program.executable.clone(), source };
        let log_error = |source| ProcessError::Log { path: log.to_owned(), source };
        let file = File::create(log).map_err(log_error)?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(start_error)?;
        let address = listener.local_addr().map_err(start_error)?.to_string();
        let mut command = Command::new(&program.executable);
        command.args(&program.arguments).env_clear().envs(environment).envs(&program.environment);
        command.env("AWS_LAMBDA_RUNTIME_API", address).stdin(Stdio::null()).kill_on_drop(true);
        command.stdout(file.try_clone().map_err(log_error)?).stderr(file);

        let started = Instant::now();
        let child = command.spawn().map_err(start_error)?;
        let id = child.id().unwrap_or_default();
        if let Some(share) = share {
            share.add(id)?;
        }
        let clock = CpuClock::of(id)?;
        // Only now: the process may have called already, but there was no clock to look at.
        let handle = runtime_api::serve(listener, clock);
        let asked = Moment { at: started, cpu: Duration::ZERO };
        let (program, log) = (program.executable.clone(), log.to_owned());
        let mut process = Self { program, log, child, clock, handle, give: None, started, asked };
        process.wait_until_it_asks().await?;
        Ok(process)
    }

    /// When the process asked for work the last time.
    #[must_use]
    pub fn asked(&self) -> Moment {
        self.asked
    }

    /// How long after the start of the process `moment` was.
    #[must_use]
    pub fn age_at(&self, moment: Moment) -> Duration {
        moment.at - self.started
    }

    /// The most memory that it has held so far, in bytes.
    ///
    /// # Errors
    /// The process is gone.
    pub fn peak_memory(&self) -> Result<u64, UsageError> {
        self.clock.peak_memory()
    }

    /// Gives it an event, and waits for its answer and until it asks for more.
    ///
    /// # Errors
    /// [`ProcessError`]
    pub async fn invoke(&mut self, event: Bytes) -> Result<Invocation, ProcessError> {
        let before = self.asked;
        if let Some(give) = self.give.take() {
            // A process that is gone takes no event, which shows at once below.
            let _ = give.send(event);
        }
        let answer = tokio::select! {
            biased; // an answer counts even if the process ends right after it
            Some(answer) = self.handle.answers.recv() => answer,
            status = self.child.wait() => return Err(self.ended(status)),
            () = tokio::time::sleep(DEADLINE) => return Err(self.silent("answer", DEADLINE)),
        };
        self.wait_until_it_asks().await?;
        let (took, cpu) = (answer.moment.at - answer.handed, self.asked.cpu - before.cpu);
        Ok(Invocation { outcome: answer.outcome, took, cpu, answered: answer.moment })
    }

    /// Ends it, at once: it has nothing to lose.
    pub async fn end(mut self) {
        // One that is gone already can't be killed, and needn't be.
        let _ = self.child.kill().await;
    }

    async fn wait_until_it_asks(&mut self) -> Result<(), ProcessError> {
        let ask = tokio::select! {
            biased;
            Some(ask) = self.handle.asks.recv() => ask,
            // An error in the init comes where answers come.
            Some(answer) = self.handle.answers.recv() => return Err(self.failed(&answer.outcome)),
            status = self.child.wait() => return Err(self.ended(status)),
            () = tokio::time::sleep(START_LIMIT) => return Err(self.silent("ask for work", START_LIMIT)),
        };
        (self.give, self.asked) = (Some(ask.give), ask.moment);
        Ok(())
    }

    fn failed(&self, outcome: &Outcome) -> ProcessError {
        let (Outcome::Response(said) | Outcome::Error(said)) = outcome;
        let said = String::from_utf8_lossy(said).into_owned();
        ProcessError::Init { program: self.program.clone(), said, log: self.log.clone() }
    }

    fn silent(&self, what: &'static str, limit: Duration) -> ProcessError {
        ProcessError::Silent { program: self.program.clone(), what, limit, log: self.log.clone() }
    }

    fn ended(&self, status: std::io::Result<ExitStatus>) -> ProcessError {
        let (program, log) = (self.program.clone(), self.log.clone());
        match status {
            Ok(status) => ProcessError::Ended { program, status, log },
            Err(source) => ProcessError::Start { program, source },
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")] // processes are measured there alone
mod tests {
    use super::*;

    async fn error_of(executable: &str, arguments: &[&str]) -> ProcessError {
        let directory = tempfile::tempdir().unwrap();
        let mut program = Program::executable(Path::new(executable));
        program.arguments = arguments.iter().map(Into::into).collect();
        let log = directory.path().join("log");
        Process::start(&program, &BTreeMap::new(), &log, None).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_process_that_ends_before_it_asks_for_work_is_named_with_its_status_and_its_log() {
        let error = error_of("/bin/sh", &["-c", "exit 3"]).await.to_string();
        assert!(
            error.contains("/bin/sh") && error.contains("exit status: 3") && error.contains("log"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        assert!(error_of("/nowhere/api", &[]).await.to_string().contains("/nowhere/api"));
    }
}
