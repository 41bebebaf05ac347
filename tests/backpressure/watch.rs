//! What happened, and when.

use super::patience;
use crate::harness::System;
use sandbox::events::Event;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch::{self, Receiver};
use tokio::time::{Instant, timeout};

/// What a system has told so far. Emails go by their receipts, messages by SQS's ids.
#[derive(Default)]
pub(crate) struct Seen {
    /// When each email came into the queue first.
    pub(crate) sent: HashMap<String, Instant>,
    /// When each message was received, once for each time.
    pub(crate) received: HashMap<String, Vec<Instant>>,
    /// When each message was dead-lettered.
    pub(crate) dead: HashMap<String, Instant>,
    /// When each object was written, with its email.
    pub(crate) filed: Vec<(Instant, String)>,
    /// When each batch was answered, with the number of its messages and of those that were given back.
    pub(crate) batches: Vec<(Instant, usize, usize)>,
    /// The worker's processes.
    pub(crate) workers: Vec<u32>,
    /// How instances ended.
    pub(crate) ended: Vec<(Instant, String)>,
    /// Events that nobody saw, because there were too many at once.
    missed: u64,
}

impl Seen {
    fn take(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::MessageSent { mut attributes, .. } => {
                if let Some(receipt) = attributes.remove("receipt") {
                    self.sent.entry(receipt).or_insert(now);
                }
            }
            Event::MessageReceived { message_id, .. } => {
                self.received.entry(message_id).or_default().push(now);
            }
            Event::MessageDeadLettered { message_id, .. } => {
                self.dead.insert(message_id, now);
            }
            Event::ObjectCreated { mut metadata, .. } => {
                self.filed.push((now, metadata.remove("receipt").unwrap_or_default()));
            }
            Event::BatchDone { messages, failed, .. } => self.batches.push((now, messages, failed)),
            Event::InstanceStarted { function, process } if function.ends_with("worker") => {
                self.workers.push(process);
            }
            Event::InstanceEnded { why, .. } => self.ended.push((now, why)),
            _ => {}
        }
    }

    /// How long each email waited from its acceptance to its object.
    pub(crate) fn ages(&self) -> impl Iterator<Item = Duration> {
        self.filed.iter().map(|(filed, receipt)| *filed - self.sent[receipt])
    }

    /// The most emails that were in the queue at one time, and not in the bucket.
    pub(crate) fn longest_queue(&self) -> usize {
        let sent = self.sent.values().map(|at| (*at, true));
        let mut steps: Vec<_> = sent.chain(self.filed.iter().map(|(at, _)| (*at, false))).collect();
        steps.sort_unstable();
        let (mut waiting, mut most) = (0_usize, 0);
        for (_, comes) in steps {
            waiting = if comes { waiting + 1 } else { waiting.saturating_sub(1) };
            most = most.max(waiting);
        }
        most
    }

    /// The messages that were received another number of times than this.
    pub(crate) fn not_received(&self, times: usize) -> usize {
        self.received.values().filter(|received| received.len() != times).count()
    }
}

/// Sees all that happens in a system.
pub(crate) struct Watch(Receiver<Seen>);

impl Watch {
    pub(crate) fn over(system: &System) -> Self {
        let (sender, receiver) = watch::channel(Seen::default());
        let mut events = system.events();
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    // The functions' lines are many, and nothing is looked for in them here.
                    Ok(Event::Logged { .. }) => {}
                    Ok(event) => sender.send_modify(|seen| seen.take(event)),
                    Err(RecvError::Lagged(count)) => sender.send_modify(|seen| seen.missed += count),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self(receiver)
    }

    /// Waits until it has happened.
    pub(crate) async fn until(&self, what: &str, happened: impl Fn(&Seen) -> bool) {
        let mut seen = self.0.clone();
        let found = timeout(patience(), seen.wait_for(|seen| happened(seen) || seen.missed > 0)).await;
        let missed = found.unwrap_or_else(|_| panic!("no {what} within {:?}", patience())).unwrap().missed;
        assert_eq!(missed, 0, "events were missed before {what}");
    }

    /// Something of what was seen up to now.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.0.borrow())
    }
}
