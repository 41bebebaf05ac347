//! The operator's tools, as an operator runs them: the built program on a running system.
//!
//! - `status`, `send`, `find`, `audit`, `query`, `token`, `plan`, `completions`: the commands;
//! - `http_api`: the commands on a system with an HTTP API alone;
//! - `system`: which system a command works on;
//! - `cloudwatch`: CloudWatch, as far as `status` asks it.

mod audit;
mod batches;
mod cloudwatch;
mod completions;
mod find;
mod http_api;
mod plan;
mod query;
mod send;
mod status;
mod system;
mod token;

use crate::harness::{Said, System};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory of one test's own with a file of these lines in it.
fn file(lines: &[String]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("emails.ndjson");
    std::fs::write(&path, lines.join("\n")).unwrap();
    (directory, path)
}

/// The path as an argument.
fn argument(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The findings of a command that ended with this exit code.
fn found(said: &Said, code: i32) -> Value {
    assert_eq!(said.code, Some(code), "{said:#?}");
    said.json()
}

/// Kills a tool that runs on a system, in the way that leaves it no time for anything.
async fn kill_after(system: &System, arguments: &[&str], moment: std::time::Duration) -> Option<Said> {
    use std::process::Stdio;
    let mut tool = system.tool(arguments).await;
    let mut process = tool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    match tokio::time::timeout(moment, process.wait()).await {
        Ok(ended) => {
            ended.unwrap();
            Some(process.wait_with_output().await.unwrap().into())
        }
        Err(_) => {
            process.kill().await.unwrap();
            None
        }
    }
}
