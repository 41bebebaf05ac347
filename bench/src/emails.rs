//! Test emails, and the events that carry them: the samples in `events/` with new emails in them.

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The token that `api` accepts.
pub(crate) const TOKEN: &str = "the-token-of-the-benchmark";
const TIMESTAMP: &str = "1693561101";
/// The length of a short email.
const CONTENT: &str = "Just want to say happy new year, and to ask whether the two of you have time next week. \
    The trains run again, so we could come on Thursday evening and stay until Sunday. Ann brings the photographs. \
    If that doesn't suit you, name another day: we have none planned until the end of the month. Yours, John";

/// Makes emails that all differ.
#[derive(Debug, Default)]
pub(crate) struct Emails {
    made: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Email {
    number: u64,
}

impl Emails {
    pub(crate) fn next(&mut self) -> Email {
        self.made += 1;
        Email { number: self.made }
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<Email> {
        (0..count).map(|_| self.next()).collect()
    }
}

impl Email {
    /// The four fields.
    pub(crate) fn data(self) -> Value {
        json!({
            "email_subject": "Happy new year",
            "email_sender": self.sender(),
            "email_timestream": TIMESTAMP,
            "email_content": CONTENT,
        })
    }

    /// The body of the HTTP request that sends it.
    pub(crate) fn request_body(self) -> String {
        json!({"data": self.data(), "token": TOKEN}).to_string()
    }

    /// The key of its object.
    pub(crate) fn key(self) -> String {
        format!("{}_{TIMESTAMP}.json", self.sender())
    }

    fn sender(self) -> String {
        format!("John doe {}", self.number)
    }
}

/// The event of a load balancer, or of an HTTP API, for the request that sends `email`.
pub(crate) fn request_event(email: Email, http_api: bool) -> serde_json::Result<Bytes> {
    let mut event: Value = serde_json::from_str(match http_api {
        false => include_str!("../../events/alb-post-email.json"),
        true => include_str!("../../events/http-api-post-email.json"),
    })?;
    event["body"] = json!(email.request_body());
    serde_json::to_vec(&event).map(Bytes::from)
}

/// A batch from the queue.
pub(crate) fn batch_event(emails: &[Email]) -> serde_json::Result<Bytes> {
    let sample: Value = serde_json::from_str(include_str!("../../events/sqs-batch.json"))?;
    let sent_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let record = |email: &Email| {
        let (mut record, body) = (sample["Records"][0].clone(), email.data().to_string());
        record["messageId"] = json!(format!("5f0c1d62-8a55-4f0e-9d0c-{:012}", email.number));
        record["receiptHandle"] = json!(format!("AQEB-{}", email.number));
        record["attributes"]["SentTimestamp"] = json!(sent_at.to_string());
        record["messageAttributes"]["receipt"]["stringValue"] =
            json!(format!("0198c0de-0000-7000-8000-{:012}", email.number));
        record["md5OfBody"] = json!(hex::encode(Md5::digest(&body)));
        record["body"] = json!(body);
        record
    };
    serde_json::to_vec(&json!({"Records": emails.iter().map(record).collect::<Vec<_>>()})).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_request_carries_the_email_and_the_token() {
        let email = Emails::default().next();
        for http_api in [false, true] {
            let event: Value = serde_json::from_slice(&request_event(email, http_api).unwrap()).unwrap();
            let body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
            assert_eq!((&body["data"], &body["token"]), (&email.data(), &json!(TOKEN)));
            assert_eq!(event["version"].is_string(), http_api);
        }
    }

    #[test]
    fn the_records_of_a_batch_differ_in_id_and_key() {
        let emails = Emails::default().take(3);
        let event: Value = serde_json::from_slice(&batch_event(&emails).unwrap()).unwrap();
        let records = event["Records"].as_array().unwrap();
        let ids: BTreeSet<_> = records.iter().map(|record| record["messageId"].to_string()).collect();
        let keys: BTreeSet<_> = emails.iter().map(|email| email.key()).collect();
        assert_eq!((records.len(), ids.len(), keys.len()), (3, 3, 3));
        let body: Value = serde_json::from_str(records[2]["body"].as_str().unwrap()).unwrap();
        assert_eq!(body, emails[2].data());
    }
}
