//! `mailroom audit`: is every accepted email where it should be?
//!
//! - `options`: the command line, and `since`: how far back;
//! - `log`: receipts in the functions' log lines; those in the dead-letter queue are `dlq`'s to read;
//! - `objects`: receipts in the bucket;
//! - `ledger`: what each of them says of each receipt, and what follows;
//! - `account`: the result.
//!
//! The logs say of most receipts that they were accepted, and filed. What is accepted and not filed by the logs is
//! looked for where it may be, the cheapest place first: in the dead-letter queue, in the queue (counted, not received:
//! each receive brings a message nearer to the dead-letter queue), and in the bucket itself.

mod account;
mod ledger;
mod log;
mod objects;
mod options;
mod since;

pub(crate) use options::Options;

use crate::dlq;
use crate::progress;
use crate::report::Report;
use crate::system::{Depth, System};
use account::Account;
use anyhow::Result;
use indicatif::ProgressBar;
use ledger::Ledger;
use std::time::{Duration, SystemTime};
use terminal::Interrupt;
use terminal::Outcome;
use tokio::time::{Instant, sleep};

/// The wait before what is not found is looked for again.
const PAUSE: Duration = Duration::from_secs(5);
/// How far the clocks of two functions may be apart.
const SKEW: Duration = Duration::from_secs(60);

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    match audit(&options, &interrupt).await? {
        Some(account) => account.print(&options.output),
        None => Ok(Outcome::Interrupted),
    }
}

/// Nothing if it was interrupted: it only looks, so there is nothing to finish but to give back dead letters.
async fn audit(options: &Options, interrupt: &Interrupt) -> Result<Option<Account>> {
    let (since, until) = (options.since.before(SystemTime::now()), SystemTime::now());
    let (bar, mut ledger) = (progress::spinner("log lines"), Ledger::default());
    let read = async {
        let system = System::find(&options.target).await?;
        bar.set_message("what was accepted");
        log::accepted(&system, since, until, &bar, |receipt| ledger.accepted(receipt)).await?;
        anyhow::Ok(system)
    };
    let Some(system) = interrupt.run(read).await.transpose()? else { return Ok(None) };
    bar.set_message("what was filed");
    look_until_found(&system, &mut ledger, since, *options.settle, &bar, interrupt).await?;
    if ledger.open() > 0 {
        bar.set_message("objects, since the log has not all of them");
        interrupt.run(objects::search(&system, &mut ledger, &bar)).await.transpose()?;
    }
    bar.finish_and_clear();
    Ok((!interrupt.came()).then(|| Account::new(&system.name, since, until, &ledger)))
}

/// Looks in the log, the dead-letter queue and the queue, again and again for as long as `settle`: log lines take a while
/// to arrive, an email may be on its way between two places, and SQS's counts lag behind.
async fn look_until_found(
    system: &System,
    ledger: &mut Ledger,
    since: SystemTime,
    settle: Duration,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<()> {
    let (begin, mut from) = (Instant::now(), since - SKEW);
    loop {
        let now = SystemTime::now();
        let filed = log::filed(system, from, bar, |receipt| ledger.filed(receipt));
        interrupt.run(filed).await.transpose()?;
        from = now - SKEW;
        if ledger.open() == 0 || interrupt.came() {
            return Ok(());
        }
        let dead = dlq::receipts(system, interrupt).await?;
        let all = Depth::of(system, &system.outputs.dead_letter_queue_url).await?.all();
        let unseen = all.saturating_sub(dead.len() as u64);
        ledger.dead(dead.into_iter().flatten(), unseen);
        ledger.queue_holds(Depth::of(system, &system.outputs.queue_url).await?.all());
        if ledger.open() == 0 || begin.elapsed() >= settle {
            return Ok(());
        }
        bar.set_message(format!("{} not found yet", ledger.open()));
        interrupt.run(sleep(PAUSE.min(settle.saturating_sub(begin.elapsed())))).await;
    }
}
