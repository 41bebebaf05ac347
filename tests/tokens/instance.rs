//! One instance of `api`, with no load balancer before it: so a test knows whom it asks.

use crate::harness::{Log, System, alb_event, email};
use sandbox::events::Events;
use sandbox::lambda::Function;
use sandbox::services::faults::Faults;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// One process, which as on Lambda has one request at a time: others wait their turn here.
pub(crate) struct Instance {
    function: Mutex<Function>,
    log: Log,
}

/// The first request's time includes the cold start.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u64,
    pub(crate) took: Duration,
}

impl Instance {
    /// A new one: its first request is a cold start.
    pub(crate) fn new(system: &System) -> Self {
        let events = Events::default();
        let log = Log::follow(events.subscribe());
        let function =
            Function::new(system.function("ApiFunction").config().clone(), events, Faults::default());
        Self { function: Mutex::new(function), log }
    }

    /// The error of each failed fetch.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let lines = self.log.with_message("tokens not fetched");
        lines.iter().map(|line| line["error"].as_str().expect("an error").to_owned()).collect()
    }

    /// Posts a good email with this token. A function that gives no answer is the load balancer's 502.
    pub(crate) async fn post(&self, token: &str) -> Reply {
        let body = json!({"data": email("John doe"), "token": token}).to_string();
        let event = alb_event("POST", "/api/email", &[], &body);
        let asked = Instant::now();
        let answer = self.function.lock().await.invoke(event.to_string().into()).await;
        let answer =
            answer.map(|answer| serde_json::from_slice::<Value>(&answer).expect("an answer is JSON"));
        let status = answer.map_or(502, |answer| answer["statusCode"].as_u64().expect("a status"));
        Reply { status, took: asked.elapsed() }
    }
}
