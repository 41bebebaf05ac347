//! `mailroom`, as a person uses it.

mod adverse;
mod ending;
mod keeping;
mod options;
mod screen;

use crate::harness::mailroom;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(120);

/// A running `mailroom up`, and what it prints.
pub(crate) struct Up {
    pub(crate) process: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Up {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let free_ports = ["up", "--port", "0", "--aws-port", "0"];
        Self::spawn(mailroom(&[&free_ports, arguments].concat()).await)
    }

    fn spawn(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, output }
    }

    /// Reads up to the next line that contains `text`.
    pub(crate) async fn line_with(&mut self, text: &str) -> String {
        self.lines_to(text).await.pop().unwrap()
    }

    /// The lines up to the next one that contains `text`.
    async fn lines_to(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let found = timeout(PATIENCE, async {
            while let Some(line) = self.output.next_line().await.unwrap() {
                lines.push(line);
                if lines.last().is_some_and(|line| line.contains(text)) {
                    return;
                }
            }
            panic!("it ended without a line with {text:?}")
        });
        found.await.unwrap_or_else(|_| panic!("no line with {text:?}"));
        lines
    }

    /// A command to post something to a project that takes no emails, for which none is printed.
    async fn curl_of_another_project(&mut self) -> String {
        let line = self.line_with("listens at ").await;
        let rest = self.lines_to("A line for each event follows").await;
        assert!(!rest.iter().any(|line| line.contains("curl") || line.contains("email")), "{rest:?}");
        format!("curl {}/api/email --data '{{}}'", line.rsplit(' ').next().unwrap())
    }

    pub(crate) async fn signal(&self, signal: &str) {
        send_signal(signal, &self.process.id().unwrap().to_string()).await;
    }
}

/// Sends a signal, and tells whether there is such a process.
async fn send_signal(signal: &str, process: &str) -> bool {
    let kill = format!("kill {signal} {process}"); // the shell's own: not every system has a program for it
    Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().await.unwrap().success()
}

/// Posts what the printed curl command would.
async fn run_curl(command: &str) -> u16 {
    let (url, body) = command.trim().strip_prefix("curl ").unwrap().split_once(" --data '").unwrap();
    let response =
        reqwest::Client::new().post(url).body(body.strip_suffix('\'').unwrap().to_owned()).send().await;
    response.unwrap().status().as_u16()
}

fn process_of(cold_start: &str) -> String {
    cold_start.rsplit_once("process ").unwrap().1.to_owned()
}

/// Waits until a process is gone.
async fn gone(process: &str) {
    let ends = timeout(PATIENCE, async {
        while send_signal("-0", process).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    ends.await.unwrap_or_else(|_| panic!("process {process} is still there"));
}

/// The content of an object's file under `--data`.
fn stored(data: &Path, key: &str) -> String {
    let directories = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let is_bucket = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("mailroom-data-"))
    };
    std::fs::read_to_string(directories.into_iter().find(is_bucket).unwrap().join(key)).unwrap()
}
