use super::RECEIPT;
use sandbox::events::Event;
use std::time::{Duration, SystemTime};

/// One request, the message that it became and the object that the message became, as far as they went.
#[derive(Clone, Debug)]
pub(crate) struct EmailTrace {
    /// When the request arrived, or when a message without a request was sent.
    pub(crate) began: SystemTime,
    /// `None` until the response, and for a message that was sent to the queue directly.
    pub(crate) request: Option<Request>,
    /// The latest one, if the message was redriven.
    pub(crate) message_id: Option<String>,
    pub(crate) receipt: Option<String>,
    pub(crate) receives: u32,
    pub(crate) stored: Option<Stored>,
    pub(crate) stage: Stage,
    pub(crate) ended: Option<SystemTime>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) took: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// A request that sent no message. An end.
    Answered,
    Queued,
    /// Received, and neither stored nor deleted: without either it is received again.
    InFlight,
    /// An end.
    Stored,
    /// Deleted by its receiver without an object of its own: the same email was stored before. An end.
    Deleted,
    /// Received too often. An end, unless it is redriven.
    DeadLettered,
}

impl EmailTrace {
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

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    pub(crate) fn took(&self) -> Option<Duration> {
        // Zero if the clock was set back meanwhile.
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
            Event::ObjectCreated { bucket, key, .. } => {
                self.stored = Some(Stored { bucket: bucket.clone(), key: key.clone() });
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
