//! `mailroom audit`: is every accepted email stored, or a dead letter?
//!
//! - `receipts`: those in the functions' logs and in the bucket; `dlq` reads those of dead letters;
//! - `ledger`: where each receipt was seen, and what follows;
//! - `report`: the result.
//!
//! The logs show most receipts as accepted and stored. The rest is searched where it may be, the cheapest place first: the
//! dead-letter queue, the queue (counted, since each receive brings a message nearer to the dead-letter queue), and the
//! bucket. A counted message may be any email, so while the queue holds messages an audit can't tell which email is
//! missing.
//!
//! `api`, `worker`, S3 and this machine have clocks of their own, so times are compared with a tolerance.

mod ledger;
mod receipts;
mod report;

use crate::dlq;
use crate::report::{Report, count, spinner};
use crate::since::Since;
use crate::system::{Common, Depth, System};
use anyhow::Result;
use indicatif::ProgressBar;
use ledger::Ledger;
use receipts::StoredLines;
use report::AuditReport;
use std::time::{Duration, SystemTime};
use terminal::{Interrupt, Outcome};
use tokio::time::{Instant, sleep};

/// The wait before the next look for receipts that were not found.
const PAUSE: Duration = Duration::from_secs(5);

const HELP: &str = "\
Every accepted email has a receipt, and the functions' logs say which receipts were accepted and which were stored. \
The audit looks in the dead-letter queue and the bucket for emails that were accepted but have no line as stored.

SQS can count the messages of a queue, but not list them. While the queue holds messages, or another receiver has dead \
letters, an email that is not found may be one of those: it is not accounted for. Without such messages it is missing: it \
was discarded, purged or erased, or its retention in the queue ended. An email older than the bucket's retention \
(EmailRetentionDays) is not missing: its object may have expired. Audit again when the queue is empty.

Emails of the canary are left out and counted apart: its alarm tells when they don't get through.

The logs reach back 7 days (LogRetention). A million lines take some minutes to read.

Exit codes: 0 every email is stored or a dead letter, 1 error, 3 emails are missing or not accounted for, 130 interrupted.";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Audit emails accepted since then: an age such as 30m, 24h or 7d, or a time such as 2026-01-31T12:00:00Z
    #[arg(long, default_value = "24h", value_name = "WHEN")]
    since: Since,
    /// How long to look for receipts that are not found at once; log lines take a while to arrive
    #[arg(long, default_value = "60s", value_name = "DURATION")]
    settle: humantime::Duration,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    match audit(&options, &Interrupt::listen()?).await? {
        Some((system, report)) => report.print(&system, &options.common.output),
        None => Ok(Outcome::Interrupted),
    }
}

/// Nothing if it was interrupted. An audit only looks: all that it has to finish is to give back dead letters.
async fn audit(options: &Options, interrupt: &Interrupt) -> Result<Option<(System, AuditReport)>> {
    let (since, until) = (options.since.before(SystemTime::now()), SystemTime::now());
    let found = interrupt.run(System::find(&options.common)).await.transpose()?;
    let Some(system) = found else { return Ok(None) };
    system.url()?; // a stack without an endpoint runs no functions, so nothing logs what it accepts
    let (bar, mut ledger) = (spinner("log lines"), Ledger::default());
    ledger.keeps_since(system.outputs.email_retention.and_then(|kept| until.checked_sub(kept)));
    bar.set_message("accepted emails");
    let read = receipts::accepted(&system, &mut ledger, (since, until), &bar);
    if interrupt.run(read).await.transpose()?.is_none() {
        return Ok(None);
    }
    bar.set_message("stored emails");
    look_until_found(&system, &mut ledger, since, *options.settle, &bar, interrupt).await?;
    if !ledger.is_settled() {
        bar.set_message("objects, since the log does not show all of them");
        interrupt.run(receipts::search_bucket(&system, &mut ledger, &bar)).await.transpose()?;
        bar.set_message("emails that were given back");
        interrupt.run(receipts::given_back(&system, &mut ledger, &bar)).await.transpose()?;
    }
    bar.finish_and_clear();
    let report = AuditReport::new(&system.name, since, until, &ledger);
    Ok((!interrupt.came()).then_some((system, report)))
}

/// Looks in the log, the dead-letter queue and the queue, repeatedly while `settle` lasts: log lines take a while to
/// arrive, an email may be between two places, and SQS's counts lag behind.
async fn look_until_found(
    system: &System,
    ledger: &mut Ledger,
    since: SystemTime,
    settle: Duration,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<()> {
    let (begin, mut lines) = (Instant::now(), StoredLines::since(since));
    loop {
        interrupt.run(lines.read(system, ledger, bar)).await.transpose()?;
        if ledger.is_settled() || interrupt.came() {
            return Ok(());
        }
        // Counted before and after, since a message may move between the two queues meanwhile.
        let before = Depth::of(system, &system.outputs.queue_url).await?.all();
        let dead = dlq::receipts(system, interrupt).await?;
        let all = Depth::of(system, &system.outputs.dead_letter_queue_url).await?.all();
        let unseen = all.saturating_sub(dead.len() as u64);
        ledger.dead(dead.into_iter().flatten(), unseen);
        ledger.queue_holds(before.max(Depth::of(system, &system.outputs.queue_url).await?.all()));
        if ledger.is_settled() || begin.elapsed() >= settle {
            return Ok(());
        }
        bar.set_message(format!("{} not found yet", count(ledger.nowhere().count() as u64, "email")));
        interrupt.run(sleep(PAUSE.min(settle.saturating_sub(begin.elapsed())))).await;
    }
}
