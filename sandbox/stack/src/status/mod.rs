//! The stack, looked at: a page for a person and counters for Prometheus, beside AWS on its port.
//!
//! - `watch`: what the events of the stack add up to;
//! - `history`: the last minutes, second by second;
//! - `troubles`: what the functions said of messages that were not done;
//! - `report`: all of it as JSON, for the page;
//! - `exposition`: the metrics that the functions print, for Prometheus;

mod exposition;
mod history;
mod report;
mod troubles;
mod watch;

use report::Report;
use sandbox_services::events::{Event, Events};
use sandbox_services::sqs::Sqs;
use sandbox_services::{Aws, Content};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;
use watch::Watch;

/// How often the queues are looked at.
const TICK: Duration = Duration::from_secs(1);

/// Where the page is, on the port of the services.
pub const PATH: &str = "/_mailroom/";

/// What is known of a stack. It is kept up to date until this is dropped.
#[derive(Debug)]
pub(crate) struct Status {
    task: JoinHandle<()>,
}

impl Status {
    /// Begins to watch, and adds the page to those of `aws`.
    pub(crate) fn start(events: &Events, aws: &Aws) -> Self {
        let watch = Arc::<Mutex<Watch>>::default();
        let sqs = Arc::clone(aws.sqs());
        let task = tokio::spawn(follow(Arc::clone(&watch), events.subscribe(), Arc::clone(&sqs)));
        aws.add_pages(PATH, move |page| content(&locked(&watch), &sqs, page));
        Self { task }
    }
}

fn content(watch: &Watch, sqs: &Sqs, page: &str) -> Option<Content> {
    let (content_type, body) = match page {
        "" => ("text/html; charset=utf-8", include_str!("page/page.html").to_owned()),
        "page.css" => ("text/css; charset=utf-8", include_str!("page/page.css").to_owned()),
        "page.js" => ("text/javascript; charset=utf-8", include_str!("page/page.js").to_owned()),
        "plot.js" => ("text/javascript; charset=utf-8", include_str!("page/plot.js").to_owned()),
        "status.json" => ("application/json", json!(Report::new(watch, sqs)).to_string()),
        "metrics" => (exposition::CONTENT_TYPE, watch.exposition.text()),
        _ => return None,
    };
    Some(Content { content_type, body })
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
