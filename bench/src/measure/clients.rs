//! Clients of the load balancer.

use crate::check::{excerpt, has_message_id};
use crate::emails::Email;
use crate::statistics::{Samples, millis};
use anyhow::{Result, ensure};
use futures::future::try_join_all;
use reqwest::header::CONTENT_TYPE;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Clients with one connection each.
pub(crate) struct Clients {
    url: String,
    clients: Vec<reqwest::Client>,
}

pub(crate) struct Sent {
    /// The latency of each response, as `answer_ms`.
    pub(crate) latencies: Samples,
    pub(crate) took: Duration,
    pub(crate) last_response: SystemTime,
}

impl Clients {
    pub(crate) fn new(url: &str, count: usize) -> Self {
        let clients = (0..count).map(|_| reqwest::Client::new()).collect();
        Self { url: format!("{url}/api/email"), clients }
    }

    /// Sends `emails`. Each client sends its next email when the last is answered.
    pub(crate) async fn send(&self, emails: &[Email]) -> Result<Sent> {
        let remaining = Arc::new(Mutex::new(emails.to_vec()));
        let began = Instant::now();
        let sending = self.clients.iter().map(|client| {
            tokio::spawn(send_remaining(client.clone(), self.url.clone(), Arc::clone(&remaining)))
        });
        // Collected first, so that all are under way.
        let sending: Vec<_> = sending.collect();
        let mut latencies = Samples::default();
        for client in try_join_all(sending).await? {
            client?.iter().for_each(|latency| latencies.add(&[("answer_ms", millis(*latency))]));
        }
        Ok(Sent { latencies, took: began.elapsed(), last_response: SystemTime::now() })
    }
}

async fn send_remaining(
    client: reqwest::Client,
    url: String,
    remaining: Arc<Mutex<Vec<Email>>>,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    loop {
        let next = remaining.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(email) = next else { return Ok(latencies) };
        let request = client.post(&url).header(CONTENT_TYPE, "application/json").body(email.request_body());
        let began = Instant::now();
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        latencies.push(began.elapsed());
        let is_right = status == 200 && has_message_id(&body);
        ensure!(
            is_right,
            "the load balancer responded {status}, not 200 with a message_id: {}",
            excerpt(&body)
        );
    }
}
