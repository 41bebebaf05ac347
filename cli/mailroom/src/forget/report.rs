//! The result: numbers, and nothing of an email.

use super::looked::Looked;
use super::places::Place;
use crate::dlq::Ended;
use crate::report::{Report, count};
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::style::{BAD, WARNING};
use terminal::text::Printable;

#[derive(Serialize)]
pub(crate) struct ForgetReport {
    stack: String,
    /// False if the command only counted.
    deleted: bool,
    /// The numbers of messages are SQS's.
    pub(crate) dead_letters: DeadLetters,
    /// The emails' bucket, then its replicas.
    pub(crate) buckets: Vec<Erased>,
    /// Nothing if the stack has no bucket of query results.
    pub(crate) query_results: Option<Erased>,
    /// Emails and other messages that were not searched.
    pub(crate) messages_in_queue: u64,
    pub(crate) ended: Ended,
}

/// The messages that were erased, or would be.
#[derive(Default, Serialize)]
pub(crate) struct DeadLetters {
    pub(crate) letters: u64,
    pub(crate) failures: Failures,
    /// Messages that don't name one sender.
    pub(crate) unclear: u64,
    /// Messages that another receiver has.
    pub(crate) unseen: u64,
}

/// The part of a bucket that was erased, or would be.
#[derive(Default, Serialize)]
pub(crate) struct Erased {
    bucket: String,
    region: Option<String>,
    /// Keys under which the sender has nothing any more.
    pub(crate) keys: u64,
    pub(crate) versions: u64,
    pub(crate) delete_markers: u64,
    /// Batches among the versions, with emails of others, which got an object of their own.
    pub(crate) rewritten: u64,
    pub(crate) failures: Failures,
    /// Keys with a failure.
    pub(crate) failed_keys: u64,
    /// Versions under the sender's keys that don't name one sender or could not be read, by reason. They stay.
    pub(crate) unclear: Failures,
    /// Versions under the sender's keys that are another sender's. They stay.
    pub(crate) of_others: u64,
    /// Erased versions that S3 had yet to copy to a replica.
    pub(crate) replication_pending: u64,
}

/// Numbers by the service's code.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Failures(BTreeMap<Printable, u64>);

impl Failures {
    pub(crate) fn add(&mut self, code: Printable) {
        *self.0.entry(code).or_default() += 1;
    }

    pub(crate) fn all(&self) -> u64 {
        self.0.values().sum()
    }

    /// "AccessDenied 3, SlowDown 1"
    fn text(&self) -> String {
        let each = self.0.iter().map(|(code, number)| format!("{code} {number}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl Erased {
    pub(crate) fn of(place: &Place) -> Self {
        Self { bucket: place.bucket.clone(), region: place.region.clone(), ..Self::default() }
    }

    /// Counts a version, and says whether it goes.
    pub(crate) fn add(&mut self, looked: &Looked) -> bool {
        match looked {
            Looked::Own { is_pending, has_others } => {
                self.replication_pending += u64::from(*is_pending);
                self.rewritten += u64::from(*has_others);
                return true;
            }
            // Every batch may have emails of the sender.
            Looked::Another { is_batch } => self.of_others += u64::from(!is_batch),
            Looked::Unclear(why) => self.unclear.add(why.clone()),
            Looked::NotWritten(code) => {
                self.failures.add(code.clone());
                self.failed_keys += 1;
            }
        }
        false
    }

    fn text(&self, is_query_results: bool) -> String {
        let place = match (&self.region, is_query_results) {
            (_, true) => format!("query results {}", self.bucket),
            (Some(region), _) => format!("replica {} in {region}", self.bucket),
            (None, _) => format!("bucket {}", self.bucket),
        };
        let (versions, markers) =
            (count(self.versions, "version"), count(self.delete_markers, "delete marker"));
        let mut text = format!("  {place}: {versions} and {markers} under {}\n", count(self.keys, "key"));
        if self.rewritten > 0 {
            let versions = count(self.rewritten, "version");
            text += &format!("    {versions} with other senders' emails, which get an object of their own\n");
        }
        let failed = self.failures.all();
        if failed > 0 {
            let (keys, why) = (count(self.failed_keys, "key"), self.failures.text());
            text += &format!("    {BAD}{failed} not deleted under {keys}: {why}{BAD:#}\n");
        }
        if self.unclear.all() > 0 {
            let (versions, why) = (count(self.unclear.all(), "version"), self.unclear.text());
            text += &format!(
                "    {WARNING}{versions} under the sender's keys can't be told to be the sender's, and stay: {why}{WARNING:#}\n"
            );
        }
        if self.of_others > 0 {
            let versions = count(self.of_others, "version");
            text += &format!("    {versions} of other senders under the same keys stay\n");
        }
        if self.replication_pending > 0 {
            let versions = count(self.replication_pending, "version");
            text += &format!(
                "    {WARNING}S3 had yet to replicate {versions}{WARNING:#}: run the command again in an hour\n"
            );
        }
        text
    }

    fn is_complete(&self) -> bool {
        self.failures.all() + self.unclear.all() + self.replication_pending == 0
    }
}

impl ForgetReport {
    pub(crate) fn new(stack: &str, deleted: bool) -> Self {
        Self {
            stack: stack.to_owned(),
            deleted,
            dead_letters: DeadLetters::default(),
            buckets: Vec::new(),
            query_results: None,
            messages_in_queue: 0,
            ended: Ended::default(),
        }
    }

    fn letters_text(&self) -> String {
        let DeadLetters { letters, failures, unclear, unseen } = &self.dead_letters;
        let mut text = format!("  dead-letter queue: {}\n", count(*letters, "dead letter"));
        if failures.all() > 0 {
            text += &format!("    {BAD}{} not deleted: {}{BAD:#}\n", failures.all(), failures.text());
        }
        if *unclear > 0 {
            text += &format!(
                "    {WARNING}{} can't be told to be anybody's{WARNING:#}: see `mailroom dlq show`\n",
                count(*unclear, "dead letter")
            );
        }
        if *unseen > 0 {
            text += &format!(
                "    {WARNING}{} not seen, since another receiver has them{WARNING:#}: run the command again in a minute\n",
                count(*unseen, "dead letter")
            );
        }
        text
    }
}

impl Report for ForgetReport {
    fn text(&self) -> String {
        let mut text = match self.deleted {
            true => "erased for good\n".to_owned(),
            false => "would be erased\n".to_owned(),
        };
        text += &self.letters_text();
        text.extend(self.buckets.iter().map(|erased| erased.text(false)));
        if let Some(results) = &self.query_results {
            text += &results.text(true);
            text += "    Results may hold anything, so this is all of them.\n";
        }
        if self.messages_in_queue > 0 {
            text += &format!(
                "\nNot reached: the queue held {}, which SQS can't search. Run the command again when it is empty.\n",
                count(self.messages_in_queue, "message")
            );
        }
        if !self.deleted {
            text += "\nNothing was deleted: --yes deletes.\n";
        }
        text + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        let DeadLetters { failures, unclear, unseen, .. } = &self.dead_letters;
        let letters = failures.all() + unclear + unseen;
        let complete = self.buckets.iter().chain(&self.query_results).all(Erased::is_complete);
        match self.ended {
            Ended::Done if letters > 0 || !complete => Outcome::ProblemsFound,
            ended => ended.outcome(),
        }
    }
}
