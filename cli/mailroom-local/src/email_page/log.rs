//! The functions' log lines of one email, read from the log groups of the sandbox.

use crate::journal::EmailTrace;
use sandbox::Stack;
use sandbox::services::clock::milliseconds;
use sandbox::services::logs::LogGroup;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A function may still print something of an email this long after the email's last step.
const AFTER_MS: u64 = 60_000;
/// The clock of a line is not the journal's.
const BEFORE_MS: u64 = 1_000;
/// The most lines that are shown, the oldest.
const SHOWN: usize = 200;
/// The members of a line that tell what it is about.
const IDS: [&str; 4] = ["receipt", "message_id", "trace_id", "request_id"];

pub(crate) struct FunctionLog {
    function: String,
    group: LogGroup,
}

#[derive(Serialize)]
pub(crate) struct LogLine {
    at: u64,
    function: String,
    /// The line as JSON, or as a string if it is not JSON.
    line: Value,
}

impl FunctionLog {
    pub(crate) fn of(stack: &Stack) -> Vec<Self> {
        let functions = stack.template().functions.iter();
        let log = |name: &String, group: &str| Self {
            function: name.clone(),
            group: stack.aws().logs().group(group),
        };
        functions.map(|function| log(&function.name, &function.log_group)).collect()
    }
}

/// In the order of time. A line is the email's by its receipt, a message id or the trace. So is one with the request id of
/// such a line, as metrics have it. Lines of the worker's single emails have none, since its invocations are for many.
pub(crate) fn of_email(logs: &[FunctionLog], trace: &EmailTrace) -> Vec<LogLine> {
    let last = trace.steps.last().map_or(trace.began, |step| step.at);
    let from = milliseconds(trace.began).saturating_sub(BEFORE_MS);
    let until = milliseconds(last) + AFTER_MS;
    let own = [&trace.receipt, &trace.trace_id].into_iter().flatten();
    let own: BTreeSet<_> = own.chain(&trace.message_ids).map(String::as_str).collect();
    let mut found = Vec::new();
    for FunctionLog { function, group } in logs {
        let lines = group.between(from, until);
        let requests: BTreeSet<_> = about(&lines, &own).filter_map(|(_, line)| request_id(&line)).collect();
        let all = own.iter().copied().chain(requests.iter().map(String::as_str)).collect();
        let line = |(at, line)| LogLine { at, function: function.clone(), line };
        found.extend(about(&lines, &all).map(line));
    }
    found.sort_by_key(|line| line.at);
    found.truncate(SHOWN);
    found
}

/// The lines that have one of these ids in one of the members for ids.
fn about<'a>(
    lines: &'a [(u64, Arc<str>)],
    ids: &'a BTreeSet<&str>,
) -> impl Iterator<Item = (u64, Value)> + 'a {
    let is_about = |line: &Value| IDS.iter().any(|id| line[id].as_str().is_some_and(|id| ids.contains(id)));
    let named = lines.iter().filter(|(_, line)| ids.iter().any(|id| line.contains(id)));
    let parsed = named.filter_map(|(at, line)| Some((*at, serde_json::from_str(line).ok()?)));
    parsed.filter(move |(_, line)| is_about(line))
}

fn request_id(line: &Value) -> Option<String> {
    line["request_id"].as_str().map(str::to_owned)
}
