//! `mailroom forget`: erases every email of a sender.
//!
//! - `owner`: the sender of the email that a text holds;
//! - `places`: the buckets that hold emails or copies of them, and whether they let versions be deleted;
//! - `sweep`: erases in one bucket; `looked`: whose a version is; `in_batch`: keeps the emails of others in an object;
//! - `letters`: erases in the dead-letter queue;
//! - `report`: numbers, and nothing of an email.
//!
//! The order is the way of an email: the queue is counted first, then come the dead-letter queue, the bucket, and the
//! copies.

mod in_batch;
mod letters;
mod looked;
mod owner;
mod places;
mod report;
mod sweep;

use crate::dlq;
use crate::find::parse_sender;
use crate::report::spinner;
use crate::system::{Common, Depth, System};
use anyhow::Result;
use email::{Sender, SenderKeys};
use indicatif::ProgressBar;
use places::Places;
use report::{Erased, ForgetReport};
use sweep::{Erasure, Sweep, Wanted};
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
Examples:
  mailroom forget --sender 'John doe' --stack mailroom         counts, and deletes nothing
  mailroom forget --sender 'John doe' --stack mailroom --yes   deletes for good

The command looks at every object under the sender's keys, and deletes it with all its versions if its email is from \
exactly this sender. In the layout batch it looks at every object, and first writes the other senders' emails to an object of \
their own. It does the same in the replica bucket, if there is one, and deletes the sender's dead letters without saving \
them. Results of SQL queries may hold anything, so all of them are deleted.

SQS can't search a queue, so emails that are queued are not reached, and neither are those that arrive meanwhile. Stop the \
sender, and run the command again when the queue is empty. Run it again after an interruption too.

Logs hold no sender and no key. Backups and copies made by others are not reached.

Exit codes: 0 erased, or counted; 1 error; 3 something could not be erased or read; 130 interrupted.";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The sender, written as in the emails
    #[arg(long, value_parser = parse_sender, allow_hyphen_values = true)]
    sender: Sender,
    /// Delete for good; without it, the command counts
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let Some(system) = interrupt.run(System::find(&options.common)).await.transpose()? else {
        return Ok(Outcome::Interrupted);
    };
    let Some(places) = interrupt.run(Places::find(&system)).await.transpose()? else {
        return Ok(Outcome::Interrupted);
    };
    if options.yes && interrupt.run(places.check_rights()).await.transpose()?.is_none() {
        return Ok(Outcome::Interrupted);
    }
    let mut report = ForgetReport::new(&system.name, options.yes);
    let forget = Forget { system: &system, interrupt: &interrupt, options: &options };
    let worked = forget.all(&places, &mut report).await;
    report.ended = match &worked {
        Err(_) => dlq::Ended::Failed,
        Ok(()) if interrupt.came() => dlq::Ended::Interrupted,
        Ok(()) => dlq::Ended::Done,
    };
    dlq::report(&report, &system, &options.common.output, worked)
}

struct Forget<'a> {
    system: &'a System,
    interrupt: &'a Interrupt,
    options: &'a Options,
}

impl Forget<'_> {
    /// The report has the numbers of each place before the next one is looked at.
    async fn all(&self, places: &Places, report: &mut ForgetReport) -> Result<()> {
        let queue_url = &self.system.outputs.queue_url;
        report.messages_in_queue = Depth::of(self.system, queue_url).await?.all();
        let Options { sender, yes, .. } = self.options;
        letters::erase(self.system, self.interrupt, sender, *yes, &mut report.dead_letters).await?;
        let keys = SenderKeys::of(sender);
        let of_sender = Wanted::Of { sender, keys: &keys };
        let bar = spinner("versions looked at");
        for place in places.emails_and_replicas() {
            let mut erased = Erased::of(place);
            let swept = self.sweep(place, of_sender, &bar, &mut erased).await;
            report.buckets.push(erased);
            swept?;
        }
        if let Some(place) = &places.query_results {
            let erased = report.query_results.insert(Erased::of(place));
            self.sweep(place, Wanted::Everything, &bar, erased).await?;
        }
        bar.finish_and_clear();
        // Counted again, since emails may have been accepted meanwhile.
        let after = Depth::of(self.system, queue_url).await?.all();
        report.messages_in_queue = report.messages_in_queue.max(after);
        Ok(())
    }

    async fn sweep(
        &self,
        place: &places::Place,
        wanted: Wanted<'_>,
        bar: &ProgressBar,
        erased: &mut Erased,
    ) -> Result<()> {
        let erasure = Erasure { place, delete: self.options.yes, interrupt: self.interrupt };
        for prefix in wanted.prefixes() {
            Sweep::new(&erasure, wanted, bar.clone(), erased).run(&prefix).await?;
        }
        Ok(())
    }
}
