//! Emails, and the events they come in: those of `events/` with new ones in them.

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The token that lets an email in.
pub const TOKEN: &str = "the-token-of-the-benchmark";
/// What each email says: as much as a short one does.
const CONTENT: &str = "Just want to say happy new year, and to ask whether the two of you have time next week. \
    The trains run again, so we could come on Thursday evening and stay until Sunday. Ann brings the photographs. \
    If that doesn't suit you, name another day: we have none planned until the end of the month. Yours, John";

/// Emails, no two alike.
#[derive(Debug, Default)]
pub struct Mail {
    sent: u64,
}

/// One email.
#[derive(Clone, Copy, Debug)]
pub struct Email {
    number: u64,
}

impl Mail {
    /// The next email.
    pub fn email(&mut self) -> Email {
        self.sent += 1;
        Email { number: self.sent }
    }

    /// So many of them.
    pub fn emails(&mut self, count: usize) -> Vec<Email> {
        (0..count).map(|_| self.email()).collect()
    }
}

impl Email {
    /// Its four fields.
    #[must_use]
    pub fn data(self) -> Value {
        json!({
            "email_subject": "Happy new year",
            "email_sender": self.sender(),
            "email_timestream": "1693561101",
            "email_content": CONTENT,
        })
    }

    /// The body of the request that sends it.
    #[must_use]
    pub fn request(self) -> String {
        json!({"data": self.data(), "token": TOKEN}).to_string()
    }

    /// The name it is filed under.
    #[must_use]
    pub fn key(self) -> String {
        format!("{}_1693561101.json", self.sender())
    }

    fn sender(self) -> String {
        format!("John doe {}", self.number)
    }
}

/// What the load balancer makes of the request that sends `email`.
///
/// # Errors
/// The sample in `events/` is no JSON.
pub fn request(email: Email) -> serde_json::Result<Bytes> {
    let mut event: Value = serde_json::from_str(include_str!("../../events/alb-post-email.json"))?;
    event["body"] = json!(email.request());
    serde_json::to_vec(&event).map(Bytes::from)
}

/// A batch of messages that hold `emails`.
///
/// # Errors
/// The sample in `events/` is no JSON.
pub fn batch(emails: &[Email]) -> serde_json::Result<Bytes> {
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
    fn no_two_emails_have_the_same_name() {
        let mut mail = Mail::default();
        let keys: BTreeSet<_> = mail.emails(100).into_iter().map(Email::key).collect();
        assert_eq!(keys.len(), 100);
    }

    #[test]
    fn a_request_holds_the_email_and_the_token() {
        let email = Mail::default().email();
        let event: Value = serde_json::from_slice(&request(email).unwrap()).unwrap();
        let body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
        assert_eq!((&body["data"], &body["token"]), (&email.data(), &json!(TOKEN)));
    }

    #[test]
    fn a_batch_holds_each_email_under_an_id_of_its_own() {
        let emails = Mail::default().emails(3);
        let event: Value = serde_json::from_slice(&batch(&emails).unwrap()).unwrap();
        let records = event["Records"].as_array().unwrap();
        let ids: BTreeSet<_> = records.iter().map(|record| record["messageId"].to_string()).collect();
        assert_eq!((records.len(), ids.len()), (3, 3));
        let body: Value = serde_json::from_str(records[2]["body"].as_str().unwrap()).unwrap();
        assert_eq!(body, emails[2].data());
    }
}
