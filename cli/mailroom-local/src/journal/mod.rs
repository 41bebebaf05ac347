//! The history of each email: the events of a stack, joined.
//!
//! The X-Ray trace leads from a request to the message that its function sent, and the receipt from the message to its
//! object. The functions' log lines add why a request was refused, why a message came back, and that an email was stored
//! before. The journal reads no body and no response.
//!
//! - `email_trace`: one email, from event to event; `step`: what happened to it and when;
//! - `index`: which email an id belongs to;
//! - `said`: the log lines.

mod email_trace;
mod index;
mod said;
mod step;

pub(crate) use email_trace::{EmailTrace, Request, Stage};
pub(crate) use step::What;

use email_trace::Stored;
use index::{Id, Index};
use said::Said;
use sandbox::Stack;
use sandbox::events::Event;
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

/// The message attribute and the object metadata that hold the email's receipt. It survives a redrive, where SQS gives
/// the message a new id.
pub(crate) const RECEIPT: &str = "receipt";

/// The commands that ask whether everything works name themselves with this at the end.
const PROBE: &str = " (probe)";
/// Refusals of requests that are not answered yet.
const REFUSALS: usize = 1_000;

/// Which queues take dead letters, and from which.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    /// The dead-letter queue of each queue that has one.
    dead: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    index: Index,
    queues: Queues,
    /// By the X-Ray trace: a function logs before its answer arrives.
    refusals: VecDeque<(String, String)>,
    /// The bucket of the latest object without a receipt: a batch, whose emails the log leads to.
    batches: Option<String>,
}

impl Queues {
    pub(crate) fn new(dead: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { dead: dead.into_iter().collect() }
    }

    pub(crate) fn is_dead(&self, queue: &str) -> bool {
        self.dead.values().any(|dead| dead == queue)
    }
}

impl Journal {
    /// For the queues of the template.
    pub(crate) fn of(stack: &Stack) -> Self {
        let queues = stack.template().queues.iter();
        let dead = queues.filter_map(|queue| {
            let dead = stack.aws().sqs().queue(&queue.name)?.dead_letter_queue()?;
            Some((queue.name.clone(), dead.name().to_owned()))
        });
        Self::new(Queues::new(dead))
    }

    pub(crate) fn new(queues: Queues) -> Self {
        Self { queues, ..Self::default() }
    }

    /// Records `event`, which happened at `now`. Returns the trace if the event ended it, or brought a dead letter back to
    /// its queue.
    pub(crate) fn record(&mut self, event: &Event, now: SystemTime) -> Option<&EmailTrace> {
        match event {
            Event::Answered { .. } => self.answered(event, now),
            Event::MessageSent { .. } => self.sent(event, now),
            // Anybody may look at dead letters.
            Event::MessageReceived { queue, .. } if self.queues.is_dead(queue) => None,
            Event::MessageReceived { message_id, receives, .. } => {
                self.of_message(message_id, |trace| trace.received(*receives, now))
            }
            Event::MessageDeleted { message_id, processed: true, .. } => {
                self.of_message(message_id, |trace| trace.processed(message_id, now))
            }
            Event::MessageDeleted { queue, message_id, .. } => {
                let from = if self.queues.is_dead(queue) { "dead-letter queue" } else { "queue" };
                let why = format!("deleted from the {from} by a client of SQS");
                self.of_message(message_id, |trace| trace.gone(message_id, &why, now))
            }
            Event::MessageExpired { message_id, .. } => self.of_message(message_id, |trace| {
                trace.gone(message_id, "deleted by SQS: its retention ended", now);
            }),
            Event::QueuePurged { queue, .. } => {
                self.purged(queue, now);
                None
            }
            Event::MessageDeadLettered { queue, message_id } => {
                let dead = self.queues.dead.get(queue).cloned();
                self.of_message(message_id, |trace| trace.dead_lettered(message_id, dead, now))
            }
            Event::MessageMoved { message_id, new_message_id, .. } => {
                let number = self.index.find(&Id::Message(message_id.clone()))?;
                self.index.name(number, Id::Message(new_message_id.clone()));
                self.index.change(number, |trace| trace.moved(message_id))
            }
            Event::ObjectCreated { bucket, key, metadata, .. } => {
                let Some(receipt) = metadata.get(RECEIPT) else {
                    self.batches = Some(bucket.clone());
                    return None;
                };
                let number = self.index.find(&Id::Receipt(receipt.clone()))?;
                let stored = Stored { bucket: bucket.clone(), key: key.clone() };
                self.index.change(number, |trace| trace.stored(Some(stored), now))
            }
            Event::Logged { line, .. } => self.said(Said::read(line)?, now),
            _ => None,
        }
    }

    /// The latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &EmailTrace> {
        self.index.latest()
    }

    pub(crate) fn get(&self, number: u64) -> Option<&EmailTrace> {
        self.index.get(number)
    }

    pub(crate) fn with_message(&self, message_id: &str) -> Option<&EmailTrace> {
        self.index.get(self.index.find(&Id::Message(message_id.to_owned()))?)
    }

    pub(crate) fn set_sender(&mut self, message_id: &str, sender: String) {
        self.of_message(message_id, |trace| trace.sender = Some(sender));
    }

    fn of_message(&mut self, message_id: &str, change: impl FnOnce(&mut EmailTrace)) -> Option<&EmailTrace> {
        let number = self.index.find(&Id::Message(message_id.to_owned()))?;
        self.index.change(number, change)
    }

    fn answered(&mut self, event: &Event, now: SystemTime) -> Option<&EmailTrace> {
        let Event::Answered { method, path, user_agent, status, took, trace_id } = event else { return None };
        let id = Id::Trace(trace_id.clone());
        let number = self.index.find(&id).unwrap_or_else(|| self.index.begin(now));
        self.index.name(number, id);
        let said = self.refusals.iter().position(|(refused, _)| refused == trace_id);
        let said = said.and_then(|place| self.refusals.remove(place)).map(|(_, why)| why);
        let reason = said.or_else(|| said::of_status(*status).map(str::to_owned));
        let probe = user_agent.as_ref().is_some_and(|name| name.ends_with(PROBE));
        let (method, path) = (method.clone(), path.clone());
        let request = Request { method, path, status: *status, took: *took, probe };
        self.index.change(number, |trace| {
            trace.trace_id = Some(trace_id.clone());
            trace.answered(request, reason, now);
        })
    }

    /// An unknown message begins a trace. A known one is a dead letter that was sent again, or was sent twice.
    fn sent(&mut self, event: &Event, now: SystemTime) -> Option<&EmailTrace> {
        let Event::MessageSent { queue, message_id, trace_id, attributes } = event else { return None };
        let receipt = attributes.get(RECEIPT);
        let id = Id::Message(message_id.clone());
        let known = self.index.find(&id).or_else(|| self.sent_before(receipt, trace_id.as_ref()));
        let number = known.unwrap_or_else(|| self.index.begin(now));
        let others = [receipt.cloned().map(Id::Receipt), trace_id.clone().map(Id::Trace)];
        for id in [id].into_iter().chain(others.into_iter().flatten()) {
            self.index.name(number, id);
        }
        let queues = &self.queues;
        self.index.change(number, |trace| {
            trace.trace_id = trace_id.clone().or_else(|| trace.trace_id.take());
            trace.sent((queue, message_id), receipt, queues, now);
        })
    }

    /// The email that has this receipt, unless all is said of it: then another one has taken its receipt. Without a receipt,
    /// the one in this trace.
    fn sent_before(&self, receipt: Option<&String>, trace_id: Option<&String>) -> Option<u64> {
        let in_trace = trace_id.and_then(|id| self.index.find(&Id::Trace(id.clone())));
        let Some(receipt) = receipt else {
            return in_trace.filter(|number| self.index.get(*number).is_some_and(|it| it.receipt.is_none()));
        };
        let number = self.index.find(&Id::Receipt(receipt.clone()))?;
        let is_done = self.index.get(number).is_some_and(EmailTrace::is_done);
        (!is_done || in_trace == Some(number)).then_some(number)
    }

    fn purged(&mut self, queue: &str, now: SystemTime) {
        let there = |trace: &EmailTrace| {
            let messages = trace.messages().filter(|(of, _)| *of == queue);
            messages.map(|(_, id)| (trace.number, id.to_owned())).collect::<Vec<_>>()
        };
        let purged: Vec<_> = self.index.latest().flat_map(there).collect();
        for (number, message_id) in purged {
            self.index.change(number, |trace| trace.gone(&message_id, "the queue was purged", now));
        }
    }

    fn said(&mut self, said: Said, now: SystemTime) -> Option<&EmailTrace> {
        match said {
            Said::Refused { trace_id, why } => {
                match self.index.find(&Id::Trace(trace_id.clone())) {
                    Some(number) => {
                        self.index.change(number, |trace| trace.refused(why));
                    }
                    None => {
                        if self.refusals.len() == REFUSALS {
                            self.refusals.pop_front();
                        }
                        self.refusals.push_back((trace_id, why));
                    }
                }
                None
            }
            Said::GivenBack { message_id, why } => {
                self.of_message(&message_id, |trace| trace.given_back(why, now))
            }
            Said::Stored { message_id, new: true, batch } => {
                let stored = batch.zip(self.batches.clone()).map(|(key, bucket)| Stored { bucket, key });
                self.of_message(&message_id, |trace| trace.stored(stored, now))
            }
            Said::Stored { message_id, .. } => self.of_message(&message_id, |trace| trace.duplicate(now)),
        }
    }
}

#[cfg(test)]
mod tests;
