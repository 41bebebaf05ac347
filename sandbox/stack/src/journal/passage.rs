//! One request, the message it became and the object it ended as.

use super::RECEIPT;
use sandbox_services::events::Event;
use std::time::{Duration, SystemTime};

/// A way through the stack, as far as it went.
#[derive(Clone, Debug)]
pub struct Passage {
    /// When the request came; for a message that no request brought, when it was sent.
    pub began: SystemTime,
    /// The request and its answer. There is none yet, or none at all: a queue can be asked directly.
    pub request: Option<Request>,
    /// SQS's id of the message; the latest, if it was redriven.
    pub message_id: Option<String>,
    /// The sender's id of the message.
    pub receipt: Option<String>,
    /// How often the message was received.
    pub receives: u32,
    /// The object that it became.
    pub stored: Option<Stored>,
    /// How far it is.
    pub stage: Stage,
    /// When it came to where it ended.
    pub ended: Option<SystemTime>,
}

/// A request, answered.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub took: Duration,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Stored {
    pub bucket: String,
    pub key: String,
    pub bytes: u64,
}

/// How far a passage is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// A request that sent no message. An end.
    Answered,
    /// In the queue.
    Queued,
    /// Received, and neither stored nor deleted; if nothing comes of it, it is received again.
    InFlight,
    /// There is an object. An end.
    Stored,
    /// Deleted by its receiver, with no object of its own: what it said was stored before. An end.
    Deleted,
    /// Received too often. An end, unless it is redriven.
    DeadLettered,
}

impl Passage {
    pub(crate) fn new(began: SystemTime) -> Self {
        Self {
            began,
            request: None,
            message_id: None,
            receipt: None,
            receives: 0,
            stored: None,
            stage: Stage::Answered,
            ended: None,
        }
    }

    /// Whether it went as far as it goes.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// How long it took from its beginning to its end.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        // A clock that was set back meanwhile makes it nothing.
        self.ended.map(|ended| ended.duration_since(self.began).unwrap_or_default())
    }

    pub(crate) fn record(&mut self, event: &Event, now: SystemTime) {
        match event {
            Event::Answered { method, path, status, took, .. } => {
                self.began = now - *took;
                let (method, path) = (method.clone(), path.clone());
                self.request = Some(Request { method, path, status: *status, took: *took });
                if self.message_id.is_none() {
                    self.end(Stage::Answered, now);
                }
            }
            Event::MessageSent { message_id, attributes, .. } => {
                self.message_id = Some(message_id.clone());
                self.receipt = attributes.get(RECEIPT).cloned();
                (self.stage, self.ended) = (Stage::Queued, None);
            }
            Event::MessageReceived { receives, .. } => {
                self.receives = *receives;
                if self.stored.is_none() {
                    (self.stage, self.ended) = (Stage::InFlight, None);
                }
            }
            Event::ObjectCreated { bucket, key, bytes, .. } => {
                self.stored = Some(Stored { bucket: bucket.clone(), key: key.clone(), bytes: *bytes });
                self.end(Stage::Stored, now);
            }
            Event::MessageDeleted { .. } if self.stored.is_none() => self.end(Stage::Deleted, now),
            Event::MessageDeadLettered { .. } => self.end(Stage::DeadLettered, now),
            _ => {}
        }
    }

    fn end(&mut self, stage: Stage, now: SystemTime) {
        (self.stage, self.ended) = (stage, Some(now));
    }
}
