//! Clients of the load balancer.

use crate::error::BenchError;
use crate::events::Email;
use bytes::Bytes;
use futures::future::try_join_all;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::net::TcpStream;

/// What the clients saw.
pub(crate) struct Seen {
    /// How long each answer took.
    pub(crate) latencies: Vec<Duration>,
    /// How long all of them took.
    pub(crate) took: Duration,
    /// When the last answer was there.
    pub(crate) last_answer: SystemTime,
}

/// Sends `emails` through so many connections, each of which sends its next when the last is answered.
pub(crate) async fn send(url: &str, emails: &[Email], connections: usize) -> Result<Seen, BenchError> {
    let address = url.trim_start_matches("http://").to_owned();
    let left = Arc::new(Mutex::new(emails.to_vec()));
    let open = (0..connections).map(|_| Client::connect(&address));
    let clients = try_join_all(open).await?;
    let began = Instant::now();
    // All of them are under way before the first is waited for.
    let sending: Vec<_> =
        clients.into_iter().map(|client| tokio::spawn(client.send_all(Arc::clone(&left)))).collect();
    let mut latencies = Vec::new();
    for client in sending {
        let seen = client.await.map_err(std::io::Error::other)?;
        latencies.extend(seen?);
    }
    Ok(Seen { latencies, took: began.elapsed(), last_answer: SystemTime::now() })
}

/// One connection.
struct Client {
    address: String,
    connection: SendRequest<Full<Bytes>>,
}

impl Client {
    async fn connect(address: &str) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        // What ends it is seen by whoever waits for an answer.
        tokio::spawn(driver);
        Ok(Self { address: address.to_owned(), connection })
    }

    async fn send_all(mut self, left: Arc<Mutex<Vec<Email>>>) -> Result<Vec<Duration>, BenchError> {
        let mut latencies = Vec::new();
        loop {
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(email) = next else { return Ok(latencies) };
            latencies.push(self.send(email).await?);
        }
    }

    async fn send(&mut self, email: Email) -> Result<Duration, BenchError> {
        let request = Request::post("/api/email")
            .header(header::HOST, &self.address)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(email.request())))
            .map_err(std::io::Error::other)?;
        let began = Instant::now();
        let answer = self.connection.send_request(request).await.map_err(std::io::Error::other)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
        let took = began.elapsed();
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status != 200 || !json["message_id"].is_string() {
            return Err(BenchError::Answer { status: status.as_u16(), body: crate::check::shown(&body) });
        }
        Ok(took)
    }
}
