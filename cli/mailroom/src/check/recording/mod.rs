//! The answers of a system, recorded so that two systems can be compared.
//!
//! - `redaction`: takes out values that differ from run to run, and secrets;
//! - `difference`: how two recordings differ.

mod difference;
mod redaction;

pub(crate) use difference::Difference;

use crate::system::ApiClient;
use anyhow::{Context, Result};
use probe::Response;
use redaction::Redaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// The answers to each probe, in the order of the probes. This is the file of `--record`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    exchanges: Vec<Exchange>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    probe: String,
    method: String,
    path: String,
    /// The kind of body that was sent.
    sent: String,
    answer: RecordedResponse,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedResponse {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    /// JSON as such, anything else as text.
    pub(crate) body: Value,
}

impl Recording {
    /// The same text for the same answers, byte for byte.
    pub(crate) fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self).context("can't write the recording as JSON")? + "\n")
    }

    /// How this recording differs from an earlier one. A request that only one of them has is not a difference: redirects
    /// are probed with HTTPS alone, and a probe that failed is reported as that.
    pub(crate) fn differences_from(&self, recorded: &Self) -> Vec<Difference> {
        let pairs = self.exchanges.iter().filter_map(|exchange| {
            let before = recorded.exchanges.iter().find(|before| before.asks_the_same(exchange))?;
            Some((before, exchange))
        });
        pairs.flat_map(|(before, exchange)| Difference::between(before, exchange)).collect()
    }
}

impl Exchange {
    fn asks_the_same(&self, other: &Self) -> bool {
        let request = |it: &Self| (it.probe.clone(), it.method.clone(), it.path.clone(), it.sent.clone());
        request(self) == request(other)
    }
}

impl RecordedResponse {
    pub(crate) fn body(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
    }
}

impl From<&Response> for RecordedResponse {
    fn from(response: &Response) -> Self {
        let mut headers = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in &response.headers {
            headers.entry(name.clone()).or_default().push(value.clone());
        }
        Self { status: response.status, headers, body: Self::body(&response.body) }
    }
}

/// A request, and the kind of its body. Only the kind is printed and recorded: the body has the token.
pub(crate) struct ProbeRequest<'a> {
    method: &'static str,
    path: &'static str,
    kind: &'static str,
    body: Option<&'a str>,
    coding: Option<&'static str>,
}

impl<'a> ProbeRequest<'a> {
    pub(crate) fn bare(method: &'static str, path: &'static str) -> Self {
        Self { method, path, kind: "no body", body: None, coding: None }
    }

    pub(crate) fn post(kind: &'static str, body: &'a str) -> Self {
        Self { method: "POST", path: "/api/email", kind, body: Some(body), coding: None }
    }

    /// Says that the body has this coding.
    pub(crate) fn coded(self, coding: &'static str) -> Self {
        Self { coding: Some(coding), ..self }
    }
}

impl fmt::Display for ProbeRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if self.body.is_some() { write!(f, " with {}", self.kind) } else { Ok(()) }
    }
}

/// Sends requests, and keeps the answers of one run.
#[derive(Default)]
pub(crate) struct Recorder {
    exchanges: RefCell<Vec<Exchange>>,
    redaction: RefCell<Redaction>,
}

impl Recorder {
    /// This value is a secret or of this run alone: `<placeholder>` replaces it.
    pub(crate) fn hide(&self, value: &str, placeholder: &str) {
        self.redaction.borrow_mut().add(value, placeholder);
    }

    pub(crate) fn redacted(&self, text: &str) -> String {
        self.redaction.borrow().text(text)
    }

    /// Over a connection of its own: a load balancer closes one over which too much came, and one that was idle for a
    /// minute, and doesn't answer the next request over it.
    pub(crate) async fn send(
        &self,
        url: &str,
        probe: &'static str,
        request: &ProbeRequest<'_>,
    ) -> Result<Response> {
        let api = ApiClient::new(url)?;
        let response = api.send_coded(request.method, request.path, request.body, request.coding).await?;
        self.keep(probe, request.method, request.path, request.kind, (&response).into());
        Ok(response)
    }

    pub(crate) fn keep(&self, probe: &str, method: &str, path: &str, sent: &str, answer: RecordedResponse) {
        let [probe, method, path, sent] = [probe, method, path, sent].map(str::to_owned);
        self.exchanges.borrow_mut().push(Exchange { probe, method, path, sent, answer });
    }

    /// Redacts at the end, when every value that has to be hidden is known.
    pub(crate) fn into_recording(self) -> Recording {
        let redaction = self.redaction.into_inner();
        let exchanges = self.exchanges.into_inner().into_iter();
        Recording { exchanges: exchanges.map(|exchange| redaction.exchange(exchange)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_connection_that_is_closed_after_its_answer_harms_no_later_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = async {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut request = vec![0; 4_096];
                    assert!(client.read(&mut request).await.unwrap() > 0, "no request");
                    client.write_all(b"HTTP/1.1 413 .\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                    // At the next request over this connection, it is closed.
                    let _more = client.read(&mut request).await.unwrap();
                });
            }
        };
        let recorder = Recorder::default();
        let requests = async {
            for _ in 0..3 {
                let request = ProbeRequest::post("nothing", "{}");
                assert_eq!(recorder.send(&url, "contract", &request).await.unwrap().status, 413);
            }
        };
        tokio::select! {
            () = requests => {}
            () = server => unreachable!("it serves forever"),
        }
        assert_eq!(recorder.exchanges.borrow().len(), 3);
    }
}
