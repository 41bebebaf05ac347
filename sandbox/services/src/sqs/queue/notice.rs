//! What a queue tells of its messages: ids, never what is in them.

use super::Queue;
use crate::{
    events::Event,
    sqs::{Message, receipt::Receipt},
    trace,
};

impl Queue {
    /// What is told of `message` once it is here.
    pub(crate) fn arrival_of(&self, message: &Message) -> Event {
        Event::MessageSent {
            queue: self.name.clone(),
            message_id: message.message_id.clone(),
            trace_id: message.trace_header.as_deref().and_then(trace::id).map(str::to_owned),
            attributes: message
                .attributes
                .iter()
                .filter_map(|(name, attribute)| Some((name.clone(), attribute.string_value.clone()?)))
                .collect(),
        }
    }

    /// A message is here: whoever waits for one looks again. Called with the queue still locked, so that this is told
    /// before anything that happens to the message.
    pub(crate) fn arrived(&self, arrival: Event) {
        self.arrivals.notify_waiters();
        self.events.send(arrival);
    }

    pub(crate) fn tell_received(&self, received: &[(Message, Receipt)]) {
        for (message, _) in received {
            let (queue, message_id) = (self.name.clone(), message.message_id.clone());
            self.events.send(Event::MessageReceived { queue, message_id, receives: message.receive_count });
        }
    }

    pub(crate) fn tell_deleted(&self, message_id: String) {
        self.events.send(Event::MessageDeleted { queue: self.name.clone(), message_id });
    }

    pub(crate) fn tell_dead_lettered(&self, message_id: String) {
        self.events.send(Event::MessageDeadLettered { queue: self.name.clone(), message_id });
    }
}
