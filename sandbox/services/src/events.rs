//! Events of a stack as they happen, for a person who watches and a test that waits.

use std::{collections::BTreeMap, time::Duration};
use tokio::sync::broadcast;

/// How many events a slow listener may fall behind before it misses some.
const BACKLOG: usize = 4_096;

/// Something that happened in the stack. It carries names, ids and what a sender puts beside a body or an object, but
/// never a body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The load balancer answered a client. A function that it invoked for that ran in this trace.
    Answered {
        method: String,
        path: String,
        /// The header `User-Agent`, as access logs have it.
        user_agent: Option<String>,
        status: u16,
        took: Duration,
        trace_id: String,
    },
    HealthChecked {
        function: String,
        healthy: bool,
    },
    /// A queue took a message, whose sender was in this trace. `attributes` are those with a `StringValue`.
    MessageSent {
        queue: String,
        message_id: String,
        trace_id: Option<String>,
        attributes: BTreeMap<String, String>,
    },
    /// A message was received for the `receives`th time.
    MessageReceived {
        queue: String,
        message_id: String,
        receives: u32,
    },
    /// `processed` is true if a mapping deleted the message because its function had succeeded, and false if a client of
    /// SQS did.
    MessageDeleted {
        queue: String,
        message_id: String,
        processed: bool,
    },
    /// A message was deleted because the queue's retention had ended.
    MessageExpired {
        queue: String,
        message_id: String,
    },
    /// All messages of a queue were deleted: so many.
    QueuePurged {
        queue: String,
        messages: usize,
    },
    /// A message left `queue` for its dead-letter queue.
    MessageDeadLettered {
        queue: String,
        message_id: String,
    },
    /// A move task took a message out of the dead-letter queue `queue`. The event of the message that it became follows.
    MessageMoved {
        queue: String,
        message_id: String,
        new_message_id: String,
    },
    /// A bucket has a new object, with this user-defined metadata.
    ObjectCreated {
        bucket: String,
        key: String,
        bytes: u64,
        metadata: BTreeMap<String, String>,
    },
    /// An instance of a function started: its first invocation is a cold start.
    InstanceStarted {
        function: String,
        process: u32,
    },
    /// An instance of a function ended by itself or was killed.
    InstanceEnded {
        function: String,
        process: u32,
        why: String,
    },
    /// A function printed a line. A slow listener may miss some; its log group has them all.
    Logged {
        function: String,
        line: String,
    },
    /// An injected fault happened: to an operation of AWS, or to a function by its name.
    FaultMet {
        operation: String,
        fault: String,
    },
    /// A batch went through an event source mapping.
    BatchDone {
        function: String,
        messages: usize,
        failed: usize,
    },
}

/// A source of events. Cheap to clone; events without a listener are dropped.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Events {
    pub fn send(&self, event: Event) {
        // No listener is the usual case, not a failure.
        let _ = self.0.send(event);
    }

    /// Listens to what happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
