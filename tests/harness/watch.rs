//! A system's events with their times.

use super::{PATIENCE, System};
use sandbox::events::Event;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch::{self, Receiver};
use tokio::time::{Instant, timeout};

/// The events so far: emails by receipt, messages by SQS's id.
#[derive(Default)]
pub(crate) struct Seen {
    /// The first send of each email.
    pub(crate) sent: HashMap<String, Instant>,
    /// Every receive of each message.
    pub(crate) received: HashMap<String, Vec<Instant>>,
    pub(crate) dead: HashMap<String, Instant>,
    /// Each object's time and receipt.
    pub(crate) filed: Vec<(Instant, String)>,
    /// Each batch's time, messages and failed messages.
    pub(crate) batches: Vec<(Instant, usize, usize)>,
    /// The function and process of each instance.
    pub(crate) started: Vec<(String, u32)>,
    /// The endpoint's responses.
    answered: usize,
    pub(crate) ended: Vec<(Instant, String)>,
    /// Events that came too fast to be counted.
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
            Event::InstanceStarted { function, process } => self.started.push((function, process)),
            Event::Answered { .. } => self.answered += 1,
            Event::InstanceEnded { why, .. } => self.ended.push((now, why)),
            _ => {}
        }
    }

    /// The time from each email's acceptance to its object.
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

    /// The number of messages that weren't received exactly so many times.
    pub(crate) fn not_received(&self, times: usize) -> usize {
        self.received.values().filter(|received| received.len() != times).count()
    }
}

pub(crate) struct Watch {
    seen: Receiver<Seen>,
    patience: Duration,
}

impl Watch {
    pub(crate) fn over(system: &System) -> Self {
        Self::patient(system, PATIENCE)
    }

    /// Waits for up to `patience`.
    pub(crate) fn patient(system: &System, patience: Duration) -> Self {
        let (sender, seen) = watch::channel(Seen::default());
        let mut events = system.events();
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(Event::Logged { .. }) => {}
                    Ok(event) => sender.send_modify(|seen| seen.take(event)),
                    Err(RecvError::Lagged(count)) => sender.send_modify(|seen| seen.missed += count),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self { seen, patience }
    }

    pub(crate) async fn until(&self, what: &str, happened: impl Fn(&Seen) -> bool) {
        let (mut seen, limit) = (self.seen.clone(), self.patience);
        let found = timeout(limit, seen.wait_for(|seen| happened(seen) || seen.missed > 0)).await;
        let missed = found.unwrap_or_else(|_| panic!("no {what} within {limit:?}")).unwrap().missed;
        assert_eq!(missed, 0, "events were missed before {what}");
    }

    /// Exactly so many messages were sent, and no process has ended.
    pub(crate) async fn hold(&self, system: &System, sent: usize) {
        self.until("every message", |seen| seen.sent.len() >= sent).await;
        // Events are in order: after this response, all earlier ones are counted.
        let answered = self.look(|seen| seen.answered);
        assert_eq!(system.send(reqwest::Method::GET, "/health", &[], "").await.status, 200);
        self.until("its response", |seen| seen.answered > answered).await;
        self.look(|seen| {
            assert!(seen.ended.is_empty(), "{:?}", seen.ended);
            assert_eq!(seen.sent.len(), sent);
        });
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.borrow())
    }
}
