//! `mailroom check`: does a running system work? A few emails show it.
//!
//! - `probes`: what is asked and what has to come of it, one after the other;
//! - `context`: the system and the emails of one run; `object`: an object of the bucket; `in_batch`: an email in one;
//! - `report`: what was found;
//! - `recording`: the system's answers, redacted, and how they differ from another system's.

mod context;
mod in_batch;
mod object;
mod probes;
mod recording;
mod report;

use crate::report::Report;
use crate::system::{Common, System, tokens};
use anyhow::{Context, Result, ensure};
use clap::value_parser;
use context::CheckContext;
use recording::Recording;
use report::CheckReport;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
The emails stay in the bucket as smoke-...: nothing is deleted. The token is that of MAILROOM_TOKEN, or else the newest \
of the stack's.

Exit codes: 0 every probe passed or was skipped, 1 error, 3 a probe failed or an answer differs from --compare's, \
130 interrupted.";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// How long to wait for the endpoint, and for each email to reach the bucket
    #[arg(long, default_value = "120", value_name = "SECONDS", value_parser = value_parser!(u64).range(1..=3600))]
    within: u64,
    /// Write the system's answers to this file, without ids, times, host names and the token
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Compare the answers with those that --record wrote to this file, for this system or another
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    Interrupt::listen()?.run(check(options)).await.unwrap_or(Ok(Outcome::Interrupted))
}

async fn check(options: Options) -> Result<Outcome> {
    // Before anything is sent: a mistyped file name shows at once.
    let recorded = options.compare.as_deref().map(read).transpose()?;
    if let Some(file) = options.record.as_deref() {
        check_record(file)?;
    }
    let system = System::find(&options.common).await?;
    let token = tokens::to_send(&system).await?;
    let context = CheckContext::new(&system, token, Duration::from_secs(options.within))?;
    let findings = probes::run(&context, |finding| {
        if !options.common.output.json {
            // Where this fails, so does the report at the end, which says so.
            let _ = terminal::print(&finding.line());
        }
    });
    let findings = findings.await;
    let recording = context.recorder.into_recording();
    if let Some(file) = &options.record {
        std::fs::write(file, recording.to_text()?)
            .with_context(|| format!("--record: can't write {}", file.display()))?;
    }
    let differences = recorded.map(|recorded| recording.differences_from(&recorded));
    CheckReport::new(&system.name, findings, differences).print(&system, &options.common.output)
}

/// Only an earlier recording is overwritten.
fn check_record(file: &Path) -> Result<()> {
    let shown = file.display();
    let metadata = match file.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("--record: can't read {shown}")),
    };
    ensure!(metadata.is_file(), "--record: can't use {shown}: it is not a regular file");
    let text = std::fs::read_to_string(file).with_context(|| format!("--record: can't read {shown}"))?;
    let ours = metadata.len() == 0 || serde_json::from_str::<Recording>(&text).is_ok();
    ensure!(ours, "--record: can't use {shown}: it is not a recording; name another file");
    Ok(())
}

fn read(file: &Path) -> Result<Recording> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("--compare: can't read {shown}"))?;
    serde_json::from_str(&text)
        .with_context(|| format!("--compare: {shown} is not a file that --record wrote: record it again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_overwrites_nothing_but_a_recording() {
        let directory = tempfile::tempdir().unwrap();
        let [new, empty, ours, foreign, link] =
            ["new", "empty", "ours", "foreign", "link"].map(|name| directory.path().join(name));
        std::fs::write(&empty, "").unwrap();
        std::fs::copy("../../tests/check/local.json", &ours).unwrap();
        std::fs::write(&foreign, "{}").unwrap();
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        assert!([&new, &empty, &ours].into_iter().all(|file| check_record(file).is_ok()));
        for file in [&foreign, &link] {
            let error = check_record(file).unwrap_err().to_string();
            assert!(error.contains(file.to_str().unwrap()), "{error}");
        }
    }
}
