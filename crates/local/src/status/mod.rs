//! The stack, looked at: a page for a person and counters for Prometheus, beside AWS on its port.
//!
//! - `watch`: what the events of the stack add up to;
//! - `history`: the last minutes, second by second;
//! - `troubles`: what the functions said of messages that were not done;
//! - `report`: all of it as JSON, for the page;
//! - `exposition`: the metrics that the functions print, for Prometheus;
//! - `site`: the paths, and who may read them.

mod exposition;
mod history;
mod report;
mod site;
mod troubles;
mod watch;

pub use site::PATH;

pub(crate) use site::answer;

use crate::aws::sqs::Sqs;
use crate::events::{Event, Events};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;
use watch::Watch;

/// How often the queues are looked at.
const TICK: Duration = Duration::from_secs(1);

/// What is known of a stack. It is kept up to date until this is dropped.
#[derive(Debug)]
pub(crate) struct Status {
    watch: Arc<Mutex<Watch>>,
    task: JoinHandle<()>,
}

impl Status {
    /// Begins to watch: what `events` tell and, every second, what is in the queues.
    pub(crate) fn start(events: &Events, sqs: Arc<Sqs>) -> Self {
        let watch = Arc::<Mutex<Watch>>::default();
        let task = tokio::spawn(follow(Arc::clone(&watch), events.subscribe(), sqs));
        Self { watch, task }
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        locked(&self.watch)
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(watch: Arc<Mutex<Watch>>, mut events: Receiver<Event>, sqs: Arc<Sqs>) {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => locked(&watch).record(&event, SystemTime::now()),
                Err(RecvError::Lagged(missed)) => locked(&watch).missed += missed,
                Err(RecvError::Closed) => return,
            },
            _ = tick.tick() => locked(&watch).sample(&sqs),
        }
    }
}

/// Every change under this lock is complete at each point where it could panic.
fn locked(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}
