//! The console: a page for a person, JSON for a program and metrics for Prometheus, on the port of the services.
//!
//! - `activity`: what the events of a stack add up to;
//! - `report`: the same as JSON, with the queues as they are now;
//! - `metrics`: what the functions print in CloudWatch's embedded metric format, and the queues, for Prometheus;
//! - `page/`: the files of the page.

mod activity;
mod metrics;
mod report;

use activity::Activity;
use parking_lot::Mutex;
use report::Report;
use sandbox_services::events::{Event, Events};
use sandbox_services::sqs::Sqs;
use sandbox_services::{Aws, Content, PageRequest};
use serde_json::json;
use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

/// The path of the console's page. Beside it are `console.json`, `metrics` and the parts of the page; another page of
/// the same origin may use `view.js` and `console.css`.
pub const PATH: &str = "/_sandbox/";

/// How often the queues are sampled.
const TICK: Duration = Duration::from_secs(1);

/// Follows the events of a stack until it is dropped.
pub(crate) struct Console(JoinHandle<()>);

impl Console {
    /// Begins to follow `events`, and adds the page to those of `aws`.
    pub(crate) fn start(events: &Events, aws: &Aws) -> Self {
        let activity = Arc::<Mutex<Activity>>::default();
        let sqs = Arc::clone(aws.sqs());
        let task = tokio::spawn(follow(Arc::clone(&activity), events.subscribe(), Arc::clone(&sqs)));
        aws.add_pages(PATH, move |request| ready(content(&activity.lock(), &sqs, &request)));
        Self(task)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(activity: Arc<Mutex<Activity>>, mut events: Receiver<Event>, sqs: Arc<Sqs>) {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => activity.lock().record(&event, SystemTime::now()),
                Err(RecvError::Lagged(missed)) => activity.lock().missed += missed,
                Err(RecvError::Closed) => return,
            },
            _ = tick.tick() => activity.lock().sample(&sqs),
        }
    }
}

fn content(activity: &Activity, sqs: &Sqs, request: &PageRequest) -> Option<Content> {
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    let (content_type, body) = match request.path.as_str() {
        "" => ("text/html; charset=utf-8", include_str!("page/console.html").to_owned()),
        "console.css" => ("text/css; charset=utf-8", include_str!("page/console.css").to_owned()),
        "console.js" => (JAVASCRIPT, include_str!("page/console.js").to_owned()),
        "overview.js" => (JAVASCRIPT, include_str!("page/overview.js").to_owned()),
        "place.js" => (JAVASCRIPT, include_str!("page/place.js").to_owned()),
        "plot.js" => (JAVASCRIPT, include_str!("page/plot.js").to_owned()),
        "view.js" => (JAVASCRIPT, include_str!("page/view.js").to_owned()),
        "console.json" => ("application/json", json!(Report::new(activity, sqs, request)).to_string()),
        "metrics" => (metrics::CONTENT_TYPE, activity.metrics.text(sqs)),
        _ => return None,
    };
    Some(Content { content_type, body })
}
