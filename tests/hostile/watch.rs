//! What a system does while it is treated badly.

use crate::harness::Ours;
use sandbox::events::Event;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

/// Counts from its making on.
pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How often the load balancer answered, refusals of its own included.
    pub(crate) answered: usize,
    /// How many messages the queues took.
    pub(crate) sent: usize,
    /// How many processes were started.
    pub(crate) started: usize,
    /// Why processes ended.
    pub(crate) ended: Vec<String>,
    missed: u64,
}

impl Watch {
    pub(crate) fn new(system: &Ours) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (mut events, kept) = (system.events(), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            loop {
                let event = events.recv().await;
                let mut seen = kept.lock().unwrap_or_else(PoisonError::into_inner);
                match event {
                    Ok(Event::Answered { .. }) => seen.answered += 1,
                    Ok(Event::MessageSent { .. }) => seen.sent += 1,
                    Ok(Event::InstanceStarted { .. }) => seen.started += 1,
                    Ok(Event::InstanceEnded { why, .. }) => seen.ended.push(why),
                    Ok(_) => {}
                    Err(RecvError::Lagged(count)) => seen.missed += count,
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self { seen, task }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Nothing ended, and exactly so many messages were sent.
    pub(crate) async fn hold(&self, system: &Ours, sent: usize) {
        self.settle(system, sent).await;
        let seen = self.seen();
        assert_eq!((seen.sent, seen.missed), (sent, 0), "{seen:?}");
        assert!(seen.ended.is_empty(), "{seen:?}");
    }

    /// The same where more happens than can be followed: by what is there.
    pub(crate) async fn hold_beside_a_flood(&self, system: &Ours, sent: usize) {
        assert_eq!(system.queued(system.queue_url()).await, sent);
        let seen = self.seen();
        assert!(seen.ended.is_empty(), "{seen:?}");
    }

    async fn settle(&self, system: &Ours, sent: usize) {
        system.until("every event", async || (self.seen().sent >= sent).then_some(())).await;
        // One more request: what was said before its answer has been counted once it has.
        let answered = self.seen().answered;
        assert_eq!(system.send(reqwest::Method::GET, "/health", &[], "").await.status, 200);
        system.until("its answer", async || (self.seen().answered > answered).then_some(())).await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
