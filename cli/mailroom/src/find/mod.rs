//! `mailroom find`: where is this email, and what is in it?
//!
//! - `line`: the functions' log lines about one email;
//! - `listing`, `object`, `bucket`: the bucket with its older versions; `in_batch`: the objects that hold many emails;
//! - `letter`, `queue`: the dead-letter queue, which can be looked through, and the queue, which can be counted;
//! - `search`: asks them, the cheapest first;
//! - `verdict`: the state that follows; `steps`: how the email got there; `content`: its content; `report`: the answer.

mod bucket;
mod content;
mod in_batch;
mod letter;
mod line;
mod listing;
mod object;
mod queue;
mod report;
mod search;
mod steps;
mod verdict;

pub(crate) use listing::{Entry, Versions};

use crate::report::{Report, count, rfc_3339, spinner};
use crate::since::Since;
use crate::system::{Common, System};
use anyhow::Result;
use clap::{ArgGroup, value_parser};
use email::{BlankSender, Receipt, Sender};
use report::{Email, FindReport};
use search::{Finder, Interrupted, OfSender};
use std::time::SystemTime;
use terminal::{Interrupt, Outcome};
use uuid::Uuid;

const HELP: &str = "\
Examples:
  mailroom find 0198c0de-0000-7000-8000-000000000001        by the receipt that the sender got, or a message id
  mailroom find --sender 'John doe' --since 7d              the emails of a sender
  mailroom find --object 'John doe_1693561101.json' --show  an object's email, and what is in it

SQS can't search a queue. If an accepted email is found nowhere else and the queue has messages, it is in the queue \"as far \
as can be known\". The command receives the dead letters to read them, and gives them back. The logs go back 7 days \
(LogRetention).

A search by receipt may list the whole bucket, since logs hold no keys: about a minute for each hundred thousand objects. \
--object is fast, and so is --sender with the key layout flat.

Exit codes: 0 found, or still queued; 1 error; 3 discarded, refused, not accounted for or not found; 130 interrupted.";

#[derive(clap::Args)]
#[command(after_help = HELP, group(ArgGroup::new("email").required(true).args(["receipt", "sender", "object"])))]
pub(crate) struct Options {
    /// The receipt that the email's sender got, or the id of a message of SQS
    #[arg(value_name = "RECEIPT", value_parser = parse_id)]
    receipt: Option<Id>,
    /// The emails of this sender, written as in the emails
    #[arg(long, value_parser = parse_sender, allow_hyphen_values = true)]
    sender: Option<Sender>,
    /// The email of the object with this key; in the layout batch, its emails
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    object: Option<String>,
    /// With --sender: emails stored since then, and dead letters sent since then: an age such as 30m or 7d, or a time such
    /// as 2026-01-31T12:00:00Z
    #[arg(long, default_value = "24h", requires = "sender", value_name = "WHEN")]
    since: Since,
    /// With --sender and --object: list no more than N emails
    #[arg(long, default_value = "20", conflicts_with = "receipt", value_name = "N",
          value_parser = value_parser!(u16).range(1..=1_000))]
    max: u16,
    /// Print the email too: it is somebody's mail
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, thiserror::Error)]
#[error("neither a receipt nor a message id, which are UUIDs such as 0198c0de-0000-7000-8000-000000000001")]
struct InvalidReceipt;

#[derive(Clone, Copy, Debug)]
struct Id {
    receipt: Receipt,
    /// Unless it is a `UUIDv7`: that is a receipt, since SQS's ids are random.
    message: Option<Uuid>,
}

fn parse_id(text: &str) -> Result<Id, InvalidReceipt> {
    let id: Uuid = text.trim().parse().map_err(|_| InvalidReceipt)?;
    let receipt = id.to_string().parse().map_err(|_| InvalidReceipt)?;
    Ok(Id { receipt, message: Some(id).filter(|id| id.get_version_num() != 7) })
}

pub(crate) fn parse_sender(text: &str) -> Result<Sender, BlankSender> {
    Sender::new(text.to_owned())
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    match find(&options, &interrupt).await {
        Ok((system, report)) => report.print(&system, &options.common.output),
        Err(error) if error.is::<Interrupted>() => Ok(Outcome::Interrupted),
        Err(error) => Err(error),
    }
}

async fn find(options: &Options, interrupt: &Interrupt) -> Result<(System, FindReport)> {
    let system =
        interrupt.run(System::find(&options.common)).await.unwrap_or_else(|| Err(Interrupted.into()))?;
    let bar = spinner("looked at");
    let finder = Finder { system: &system, interrupt, bar: bar.clone(), options };
    let mut report = FindReport {
        stack: system.name.clone(),
        found: false,
        emails: Vec::new(),
        more: 0,
        notes: Vec::new(),
        is_list: options.sender.is_some(),
    };
    if let Some(id) = &options.receipt {
        report.emails.push(finder.id(id).await?);
    } else if let Some(key) = &options.object {
        let (emails, all) = finder.key(key, options.max.into()).await?;
        (report.is_list, report.more) = (all > 1, all.saturating_sub(emails.len() as u64));
        match report.more {
            _ if emails.is_empty() => report
                .notes
                .push(format!("not found: the bucket {} has no object {key}", system.outputs.bucket)),
            0 => {}
            more => report.notes.push(left_out(more)),
        }
        report.emails = emails;
    } else if let Some(sender) = &options.sender {
        let since = options.since.before(SystemTime::now());
        let found = finder.sender(sender, since, options.max.into()).await?;
        report.notes = notes(&found, since);
        (report.more, report.emails) = (found.more, found.emails);
        report.is_list = report.emails.len() != 1 || report.more > 0;
    }
    report.found = report.emails.iter().any(Email::is_found);
    bar.finish_and_clear();
    Ok((system, report))
}

fn left_out(more: u64) -> String {
    format!("{} more: --max N lists them", count(more, "email"))
}

/// Notes on emails that a list of a sender's emails can't show.
fn notes(found: &OfSender, since: SystemTime) -> Vec<String> {
    let mut notes = Vec::new();
    if found.emails.is_empty() {
        let since = rfc_3339(since);
        notes.push(format!("not found: no object and no dead letter of this sender since {since} (--since)"));
    }
    if found.more > 0 {
        notes.push(left_out(found.more));
    }
    let queued = found.queue.depth.all();
    if queued > 0 {
        notes.push(format!("The queue holds {}, which SQS can't search.", count(queued, "message")));
    }
    if found.unseen_letters > 0 {
        let letters = count(found.unseen_letters, "dead letter");
        notes.push(format!("Another receiver has {letters}: ask again in a minute."));
    }
    notes
}
