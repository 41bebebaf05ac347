//! The emails and the dead letters as JSON.

use super::dead_letters::{DeadLetters, dead_letters};
use super::entry::Entry;
use super::filter::Filter;
use super::latencies::Latencies;
use super::{Emails, Page};
use sandbox::services::PageRequest;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// How many emails are kept, with probes.
    total: usize,
    /// Those that the request asks for; `limit` of them are listed.
    matching: usize,
    /// Those that the request would ask for with `probes=yes`.
    probes_hidden: usize,
    /// Events that came too fast to be read: what they said of an email is not known.
    missed: u64,
    /// How many times faster than AWS the queues run.
    time_scale: f64,
    /// A command that posts an email, with the token. `null` where no endpoint takes emails.
    curl: Option<String>,
    /// The latest first.
    emails: Vec<Entry<'a>>,
    dead_letters: Vec<DeadLetters>,
    /// Over all emails that are kept, without hidden probes.
    latencies: Latencies,
}

impl<'a> Report<'a> {
    pub(crate) fn new(page: &Page, emails: &'a Emails, request: &PageRequest) -> Self {
        let (filter, journal) = (Filter::of(request), &emails.journal);
        let matching = || journal.latest().filter(|trace| filter.matches(trace));
        let shown = || matching().filter(|trace| !filter.hides(trace));
        let listed = shown().take(request.limit());
        Self {
            total: journal.latest().count(),
            matching: shown().count(),
            probes_hidden: matching().filter(|trace| filter.hides(trace)).count(),
            missed: emails.missed,
            time_scale: page.sqs.time_scale().factor(),
            curl: page.curl(),
            emails: listed.map(|trace| Entry::new(trace, &page.sqs)).collect(),
            dead_letters: dead_letters(page, journal),
            latencies: Latencies::of(journal.latest().filter(|trace| !filter.hides(trace))),
        }
    }
}
