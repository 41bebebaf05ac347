//! SSM and SQS as `api` sees them.

use super::TOKENS;
use crate::in_process::{Service, response};
use crate::request_body::sqs_accepts;
use arbitrary::Arbitrary;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use std::sync::Mutex;

pub(crate) const QUEUE_URL: &str = "http://aws.invalid/000000000000/queue";
pub(crate) const PARAMETER: &str = "/fuzzed/auth_token";
pub(crate) const MESSAGE_ID: &str = "5f0c1d62-8a55-4f0e-9d0c-000000000001";
/// The most bytes of a message, attributes included ("Amazon SQS message quotas").
pub(crate) const MESSAGE_LIMIT: usize = 1_048_576;

/// SQS's reaction to a message.
#[derive(Arbitrary, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Sqs {
    #[default]
    Acknowledges,
    Refuses,
    Fails,
    Disconnects,
    OmitsTheId,
    SendsHtml,
}

/// A message that SQS received.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) body: String,
    pub(crate) receipt: String,
}

#[derive(Debug, Default)]
pub(crate) struct Aws {
    state: Mutex<(Sqs, Vec<Sent>)>,
}

impl Aws {
    /// Sets the reaction to the next message, and forgets those before.
    pub(crate) fn expect(&self, sqs: Sqs) {
        *self.state.lock().unwrap() = (sqs, Vec::new());
    }

    /// The message that SQS received since: one at most.
    pub(crate) fn sent(&self) -> Option<Sent> {
        let sent = &mut self.state.lock().unwrap().1;
        assert!(sent.len() <= 1, "{} messages for one request", sent.len());
        sent.pop()
    }

    fn send_message(&self, message: &Value) -> Option<HttpResponse> {
        let received = received(message); // before the lock, which a panic would poison
        let (sqs, sent) = &mut *self.state.lock().unwrap();
        sent.push(received);
        match sqs {
            Sqs::Acknowledges => Some(response(200, json!({"MessageId": MESSAGE_ID}).to_string())),
            Sqs::Refuses => Some(response(403, json!({"__type": "AccessDenied"}).to_string())),
            Sqs::Fails => Some(response(500, "")),
            Sqs::Disconnects => None,
            Sqs::OmitsTheId => Some(response(200, "{}")),
            Sqs::SendsHtml => Some(response(200, "<html>")),
        }
    }
}

impl Service for Aws {
    fn answer(&self, request: &HttpRequest, body: &[u8]) -> Option<HttpResponse> {
        let body: Value = serde_json::from_slice(body).expect("JSON");
        match request.headers().get("x-amz-target") {
            Some("AmazonSSM.GetParameter") if body["Name"] == PARAMETER => {
                let value = TOKENS.join("\r\n\n");
                let parameter = json!({"Name": PARAMETER, "Type": "SecureString", "Value": value});
                Some(response(200, json!({"Parameter": parameter}).to_string()))
            }
            Some("AmazonSSM.GetParameter") => {
                Some(response(400, json!({"__type": "ParameterNotFound"}).to_string()))
            }
            Some("AmazonSQS.SendMessage") => self.send_message(&body),
            other => panic!("a call of {other:?}"),
        }
    }
}

/// The message, which must be one that SQS accepts, with a receipt and nothing else beside it.
fn received(message: &Value) -> Sent {
    let names: Vec<_> = message.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["MessageAttributes", "MessageBody", "QueueUrl"], "more than an email and its receipt");
    assert_eq!(message["QueueUrl"], QUEUE_URL);
    let body = message["MessageBody"].as_str().expect("a text").to_owned();
    let attributes = message["MessageAttributes"].as_object().expect("attributes");
    assert_eq!(attributes.len(), 1, "more than a receipt");
    let receipt = attributes["receipt"]["StringValue"].as_str().expect("a receipt").to_owned();
    assert!(body.chars().all(sqs_accepts), "characters that SQS refuses");
    let bytes = body.len() + "receiptString".len() + receipt.len();
    assert!(bytes <= MESSAGE_LIMIT, "larger than a message can be: {bytes}");
    Sent { body, receipt }
}
