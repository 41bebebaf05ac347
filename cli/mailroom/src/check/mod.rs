//! `mailroom check`: is it working? A few probes through the front door of a running system.
//!
//! - `probes`: what is asked and what has to come of it, one after the other;
//! - `Scene`: the system, and the emails that this run sends;
//! - `finding`, `verdict`: what was found;
//! - `recording`: what the system answered, redacted, and how it differs from what another one did.

mod finding;
mod probes;
mod recording;
mod scene;
mod verdict;

use crate::report::{Output, Report};
use crate::system::{System, Target, tokens};
use anyhow::{Context, Result};
use recording::Recording;
use scene::Scene;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terminal::{Interrupt, Outcome};
use verdict::Verdict;

const HELP: &str = "\
The emails stay in the bucket, as smoke-...: nothing is deleted. The token is that of MAILROOM_TOKEN, or the newest of \
the stack's.

Exit codes: 0 every probe passed or was skipped; 3 one failed, or an answer differs from --compare's; 1 it could not be \
found out.";

/// How patiently, and what is kept of the answers.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// How long each thing may take that has to be waited for: the front door, and each email on its way to the bucket
    #[arg(long, default_value = "120", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    within: u64,
    /// Write what the system answered to this file, without ids, times, names of hosts, and the token
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Show how the answers differ from those that --record wrote to this file, of this system or another
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    output: Output,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    Interrupt::listen()?.run(check(options)).await.unwrap_or(Ok(Outcome::Interrupted))
}

async fn check(options: Options) -> Result<Outcome> {
    // Before anything is sent: whoever mistypes a name should not find out two minutes later.
    let recorded = options.compare.as_deref().map(read).transpose()?;
    let system = System::find(&options.target).await?;
    let token = tokens::to_send(&system).await?;
    let scene = Scene::new(&system, token, Duration::from_secs(options.within))?;
    let findings = probes::all(&scene, |finding| {
        if !options.output.json {
            anstream::print!("{}", finding.line());
        }
    });
    let findings = findings.await;
    let recording = scene.into_recording();
    if let Some(file) = &options.record {
        let text = recording.to_text()?;
        std::fs::write(file, text)
            .with_context(|| format!("--record: {} can't be written", file.display()))?;
    }
    let differences = recorded.map(|recorded| recording.differences_from(&recorded));
    Verdict::new(&system.name, findings, differences).print(&options.output)
}

fn read(file: &Path) -> Result<Recording> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--compare: {} can't be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!("--compare: {} is not what --record writes: record it again", file.display())
    })
}
