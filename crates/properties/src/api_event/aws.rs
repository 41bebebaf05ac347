//! SSM and SQS as `api` sees them.

use super::TOKENS;
use crate::in_process::{Service, response};
use crate::request_body::sqs_accepts;
use arbitrary::Arbitrary;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;

pub(crate) const QUEUE_URL: &str = "http://aws.invalid/000000000000/queue";
pub(crate) const PARAMETER: &str = "/fuzzed/auth_token";
pub(crate) const MESSAGE_ID: &str = "5f0c1d62-8a55-4f0e-9d0c-000000000001";
/// The most entries of a batch, which together may be as large as one message ("Amazon SQS message quotas").
const ENTRIES: usize = 10;
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

    /// The messages that SQS received since.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state.lock().unwrap().1)
    }

    fn send_message(&self, message: &Value) -> Option<HttpResponse> {
        let (received, _) = received(message, "QueueUrl"); // before the lock, which a panic would poison
        assert_eq!(message["QueueUrl"], QUEUE_URL);
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

    fn send_message_batch(&self, batch: &Value) -> Option<HttpResponse> {
        assert_eq!(batch["QueueUrl"], QUEUE_URL);
        let entries = batch["Entries"].as_array().expect("entries");
        assert!((1..=ENTRIES).contains(&entries.len()), "{} entries", entries.len());
        let ids: BTreeSet<_> = entries.iter().map(|entry| entry["Id"].as_str().expect("an id")).collect();
        assert_eq!(ids.len(), entries.len(), "two entries with one id");
        let (received, bytes): (Vec<_>, Vec<_>) = entries.iter().map(|entry| received(entry, "Id")).unzip();
        assert!(bytes.iter().sum::<usize>() <= MESSAGE_LIMIT, "a larger batch than SQS takes");
        let (sqs, sent) = &mut *self.state.lock().unwrap();
        sent.extend(received);
        match sqs {
            Sqs::Acknowledges => {
                let queued = |id: &&str| json!({"Id": id, "MessageId": MESSAGE_ID, "MD5OfMessageBody": ""});
                let queued: Vec<_> = ids.iter().map(queued).collect();
                Some(response(200, json!({"Successful": queued, "Failed": []}).to_string()))
            }
            Sqs::Refuses => {
                let refused = |id: &&str| json!({"Id": id, "Code": "AccessDenied", "SenderFault": true});
                let refused: Vec<_> = ids.iter().map(refused).collect();
                Some(response(200, json!({"Successful": [], "Failed": refused}).to_string()))
            }
            Sqs::Fails => Some(response(500, "")),
            Sqs::Disconnects => None,
            Sqs::OmitsTheId => {
                let nameless =
                    ids.iter().map(|id| json!({"Id": id})).chain([json!({"MessageId": MESSAGE_ID})]);
                Some(response(200, json!({"Successful": nameless.collect::<Vec<_>>()}).to_string()))
            }
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
            Some("AmazonSQS.SendMessageBatch") => self.send_message_batch(&body),
            other => panic!("a call of {other:?}"),
        }
    }
}

/// The message and its size. It must be one that SQS accepts, with a receipt and nothing else beside it but this member.
fn received(message: &Value, beside: &str) -> (Sent, usize) {
    let names: Vec<_> = message.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = ["MessageAttributes", "MessageBody", beside];
    expected.sort_unstable();
    assert_eq!(names, expected, "more than an email and its receipt");
    let body = message["MessageBody"].as_str().expect("a text").to_owned();
    let attributes = message["MessageAttributes"].as_object().expect("attributes");
    assert_eq!(attributes.len(), 1, "more than a receipt");
    let receipt = attributes["receipt"]["StringValue"].as_str().expect("a receipt").to_owned();
    assert!(body.chars().all(sqs_accepts), "characters that SQS refuses");
    let bytes = body.len() + "receiptString".len() + receipt.len();
    assert!(bytes <= MESSAGE_LIMIT, "larger than a message can be: {bytes}");
    (Sent { body, receipt }, bytes)
}
