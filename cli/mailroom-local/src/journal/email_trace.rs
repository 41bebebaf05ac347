use super::Queues;
use super::step::{Step, What};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// Why a message came back when no function said so.
const NOT_DELETED: &str = "received before and not deleted: the function crashed or ran out of time, or another receiver \
                           gave the message back";

/// One request, the message that it became and the object that the message became, as far as they went.
#[derive(Clone, Debug)]
pub(crate) struct EmailTrace {
    /// The traces of a journal are numbered in the order in which they began.
    pub(crate) number: u64,
    /// When the request arrived, or when a message without a request was sent.
    pub(crate) began: SystemTime,
    /// `None` until the response, and for a message that was sent to the queue directly.
    pub(crate) request: Option<Request>,
    /// X-Ray's id of the trace of the request, in which its message was sent.
    pub(crate) trace_id: Option<String>,
    /// The latest one comes last: a redrive gives a message a new id.
    pub(crate) message_ids: Vec<String>,
    pub(crate) receipt: Option<String>,
    /// As far as a page shows it.
    pub(crate) sender: Option<String>,
    /// Receives of the latest message from the queue of its function.
    pub(crate) receives: u32,
    pub(crate) stored: Option<Stored>,
    pub(crate) stage: Stage,
    /// Why a request was refused, a message failed the last time, or it was deleted.
    pub(crate) reason: Option<String>,
    pub(crate) ended: Option<SystemTime>,
    pub(crate) steps: Vec<Step>,
    /// The messages that are in a queue: two while a dead letter is sent again and not deleted yet.
    copies: Vec<Copy>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) took: Duration,
    /// Sent by a command that asks whether everything works.
    pub(crate) probe: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

#[derive(Clone, Debug)]
struct Copy {
    message_id: String,
    queue: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// A request that sent no message. An end.
    Answered,
    Queued,
    /// Received for the first time.
    InFlight,
    /// Received more than once, or given back.
    Retrying,
    /// Received too often. An end, unless it is redriven.
    DeadLetter,
    /// A dead letter that is in the queue again.
    Redriven,
    /// Deleted, and neither stored nor known to be stored before. An end, unless it is sent again.
    Discarded,
    /// An end.
    Stored,
    /// Accepted again: the same email was stored before. An end.
    Duplicate,
}

impl EmailTrace {
    pub(crate) fn new(number: u64, began: SystemTime) -> Self {
        Self {
            number,
            began,
            request: None,
            trace_id: None,
            message_ids: Vec::new(),
            receipt: None,
            sender: None,
            receives: 0,
            stored: None,
            stage: Stage::Queued,
            reason: None,
            ended: None,
            steps: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// The same word everywhere.
    pub(crate) fn word(&self) -> &'static str {
        match self.stage {
            Stage::Answered => match self.request.as_ref().map_or(0, |request| request.status) {
                500.. => "failed",
                400.. => "refused",
                _ => "answered",
            },
            Stage::Queued => "queued",
            Stage::InFlight => "in flight",
            Stage::Retrying => "retrying",
            Stage::DeadLetter => "dead letter",
            Stage::Redriven => "redriven",
            Stage::Discarded => "discarded",
            Stage::Stored => "stored",
            Stage::Duplicate => "duplicate",
        }
    }

    pub(crate) fn message_id(&self) -> Option<&str> {
        self.message_ids.last().map(String::as_str)
    }

    pub(crate) fn is_probe(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.probe)
    }

    /// Nothing more can become of the email.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Stored | Stage::Duplicate)
    }

    pub(crate) fn took(&self) -> Option<Duration> {
        // Zero if the clock was set back meanwhile.
        self.ended.map(|ended| ended.duration_since(self.began).unwrap_or_default())
    }

    /// The queue and the id of each message that is in a queue.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.copies.iter().map(|copy| (copy.queue.as_str(), copy.message_id.as_str()))
    }

    pub(crate) fn answered(&mut self, request: Request, reason: Option<String>, now: SystemTime) {
        self.began = now.checked_sub(request.took).unwrap_or(now);
        self.step(What::Answered(request.status), now);
        self.request = Some(request);
        if self.message_ids.is_empty() {
            self.end(Stage::Answered, now);
            self.reason = reason;
        }
    }

    /// The function said why, after the answer.
    pub(crate) fn refused(&mut self, why: String) {
        if self.stage == Stage::Answered {
            self.reason = Some(why);
        }
    }

    pub(crate) fn sent(
        &mut self,
        (queue, message_id): (&str, &str),
        receipt: Option<&String>,
        queues: &Queues,
        now: SystemTime,
    ) {
        if self.messages().any(|known| known == (queue, message_id)) {
            return;
        }
        self.message_ids.push(message_id.to_owned());
        self.receipt = receipt.cloned().or_else(|| self.receipt.take());
        self.copies.push(Copy { message_id: message_id.to_owned(), queue: queue.to_owned() });
        if self.is_done() {
            return;
        }
        if queues.is_dead(queue) {
            self.step(What::DeadLetter, now);
            return self.end(Stage::DeadLetter, now);
        }
        let again = matches!(self.stage, Stage::DeadLetter | Stage::Discarded);
        self.step(if again { What::Redriven } else { What::Queued }, now);
        self.stage = if again { Stage::Redriven } else { Stage::Queued };
        (self.ended, self.reason, self.receives) = (None, None, 0);
    }

    pub(crate) fn received(&mut self, receives: u32, now: SystemTime) {
        self.receives = receives;
        self.step(What::Received(receives), now);
        if self.is_done() {
            return;
        }
        self.ended = None;
        self.stage = if receives > 1 { Stage::Retrying } else { Stage::InFlight };
        if receives > 1 && self.reason.is_none() {
            self.reason = Some(NOT_DELETED.to_owned());
        }
    }

    /// A function gave the message back, and said why.
    pub(crate) fn given_back(&mut self, why: String, now: SystemTime) {
        self.step(What::GivenBack(why.clone()), now);
        if !self.is_done() {
            self.reason = Some(why);
        }
        if self.stage == Stage::InFlight {
            self.stage = Stage::Retrying;
        }
    }

    pub(crate) fn dead_lettered(&mut self, message_id: &str, queue: Option<String>, now: SystemTime) {
        self.step(What::DeadLetter, now);
        let copy = self.copies.iter_mut().find(|copy| copy.message_id == message_id);
        if let (Some(copy), Some(queue)) = (copy, queue) {
            copy.queue = queue;
        }
        if !self.is_done() {
            self.end(Stage::DeadLetter, now);
        }
    }

    /// The message left its queue as another one, which is sent next.
    pub(crate) fn moved(&mut self, message_id: &str) {
        self.copies.retain(|copy| copy.message_id != message_id);
    }

    /// A mapping deleted the message, since its function was done with it.
    ///
    /// An object has its message's receipt and comes before this. So without one, the email was stored before. A receipt that
    /// is not a UUID never reaches the object: then only the function's log shows it.
    pub(crate) fn processed(&mut self, message_id: &str, now: SystemTime) {
        let has_receipt = self.receipt.as_ref().is_some_and(|receipt| Uuid::try_parse(receipt).is_ok());
        if has_receipt {
            self.duplicate(now);
        }
        self.gone(message_id, "the function is done with it, and no object has its receipt", now);
    }

    /// The message was deleted, for this reason.
    pub(crate) fn gone(&mut self, message_id: &str, why: &str, now: SystemTime) {
        let before = self.copies.len();
        self.copies.retain(|copy| copy.message_id != message_id);
        if self.copies.is_empty() && before > 0 && !self.is_done() {
            self.step(What::Discarded, now);
            self.reason = Some(why.to_owned());
            self.end(Stage::Discarded, now);
        }
    }

    /// The email is in the bucket. A receipt that others made up doesn't change where.
    pub(crate) fn stored(&mut self, stored: Option<Stored>, now: SystemTime) {
        if self.stage != Stage::Stored {
            self.step(What::Stored, now);
            self.reason = None;
            self.end(Stage::Stored, now);
        }
        self.stored = self.stored.take().or(stored);
    }

    pub(crate) fn duplicate(&mut self, now: SystemTime) {
        if !self.is_done() {
            self.step(What::Duplicate, now);
            self.reason = None;
            self.end(Stage::Duplicate, now);
        }
    }

    fn end(&mut self, stage: Stage, now: SystemTime) {
        (self.stage, self.ended) = (stage, Some(now));
    }

    fn step(&mut self, what: What, at: SystemTime) {
        Step::add(&mut self.steps, Step { at, what });
    }
}
