//! The batch: the bytes themselves if they are JSON, or one generated from them.
//!
//! The order of variants and fields decides what batch a kept input stands for: keep it.

use super::bucket::{self, Object, Objects};
use arbitrary::{Arbitrary, Unstructured};
use aws_lambda_events::sqs::SqsEvent;
use email::{ContentDigest, Email, Layout, ObjectKey, wire_format};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Few senders and few seconds, so that keys collide.
const SENDERS: [&str; 4] = ["John doe", "a/b", "山田", bucket::REFUSED];
const SECONDS: u8 = 4;

/// A batch, and the objects in the bucket.
pub(crate) struct Batch {
    pub(crate) event: SqsEvent,
    pub(crate) layout: Layout,
    pub(crate) objects: Objects,
}

impl Batch {
    /// Bytes that start as an object are the event; others generate one. `None` if they are not an event of a queue:
    /// Lambda reports that invocation as failed.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"{") {
            let event = serde_json::from_slice(bytes).ok()?;
            return Some(Self { event, layout: Layout::Flat, objects: Objects::new() });
        }
        let generated = Generated::arbitrary_take_rest(Unstructured::new(bytes)).ok()?;
        let layout = if generated.dated { Layout::Dated } else { Layout::Flat };
        let records: Vec<_> = generated.records.iter().map(Record::json).collect();
        let event = serde_json::from_value(json!({"Records": records})).ok()?;
        let objects = generated.objects.iter().filter_map(|object| object.object(layout)).collect();
        Some(Self { event, layout, objects })
    }
}

#[derive(Arbitrary)]
struct Generated<'a> {
    dated: bool,
    records: Vec<Record<'a>>,
    objects: Vec<Existing<'a>>,
}

#[derive(Arbitrary)]
struct Record<'a> {
    id: Id<'a>,
    body: Body<'a>,
    receipt: Option<Receipt<'a>>,
    received: Option<&'a str>,
}

#[derive(Arbitrary)]
enum Id<'a> {
    Numbered(u8),
    Other(&'a str),
    Missing,
}

#[derive(Arbitrary)]
enum Body<'a> {
    Email(Sample<'a>),
    EmailWithMore(Sample<'a>, &'a str),
    Text(&'a str),
    Missing,
}

#[derive(Arbitrary)]
enum Receipt<'a> {
    Valid,
    Other(&'a str),
}

/// An email, usually with one of a few first keys.
#[derive(Arbitrary)]
struct Sample<'a> {
    sender: Sender<'a>,
    second: u8,
    content: &'a str,
}

#[derive(Arbitrary)]
enum Sender<'a> {
    Known(u8),
    Other(&'a str),
}

/// An object that another program left in the bucket.
#[derive(Arbitrary)]
struct Existing<'a> {
    /// The email whose key it has: the first or the second, as `second` says. None has the third, so that every email
    /// has a free key.
    email: Sample<'a>,
    body: ExistingBody<'a>,
    digest: Option<&'a str>,
}

#[derive(Arbitrary)]
enum ExistingBody<'a> {
    ThatEmail,
    ThatEmailPretty,
    OtherEmail(Sample<'a>),
    Bytes(&'a [u8]),
}

impl Record<'_> {
    fn json(&self) -> Value {
        let mut record = json!({"eventSource": "aws:sqs", "messageAttributes": {}, "attributes": {}});
        match self.id {
            Id::Numbered(number) => record["messageId"] = json!(format!("m-{number}")),
            Id::Other(other) => record["messageId"] = json!(other),
            Id::Missing => {}
        }
        match &self.body {
            Body::Email(sample) => record["body"] = json!(sample.json().to_string()),
            Body::EmailWithMore(sample, name) => {
                let mut email = sample.json();
                email[*name] = json!(0);
                record["body"] = json!(email.to_string());
            }
            Body::Text(text) => record["body"] = json!(text),
            Body::Missing => {}
        }
        if let Some(receipt) = &self.receipt {
            let text = match receipt {
                Receipt::Valid => "0198c0de-0000-7000-8000-000000000001",
                Receipt::Other(other) => other,
            };
            record["messageAttributes"]["receipt"] = json!({"dataType": "String", "stringValue": text});
        }
        if let Some(received) = self.received {
            record["attributes"] = json!({"SentTimestamp": received, "AWSTraceHeader": received});
        }
        record
    }
}

impl Sample<'_> {
    fn json(&self) -> Value {
        let sender = match self.sender {
            Sender::Known(index) => SENDERS[usize::from(index) % SENDERS.len()],
            Sender::Other(other) => other,
        };
        let second = (self.second % SECONDS).to_string();
        json!({
            "email_subject": "", "email_sender": sender, "email_timestream": second, "email_content": self.content,
        })
    }

    fn email(&self) -> Option<Email> {
        wire_format::decode(&self.json().to_string()).ok()
    }
}

impl Existing<'_> {
    /// Key and object; `None` if the sender is blank.
    fn object(&self, layout: Layout) -> Option<(String, Object)> {
        let email = self.email.email()?;
        let [first, second, _] = ObjectKey::candidates(layout, &email, &ContentDigest::of(&email));
        let key = if (self.email.second / SECONDS).is_multiple_of(2) { first } else { second };
        let body = match &self.body {
            ExistingBody::ThatEmail => self.email.json().to_string().into_bytes(),
            ExistingBody::ThatEmailPretty => serde_json::to_vec_pretty(&self.email.json()).ok()?,
            ExistingBody::OtherEmail(other) => other.json().to_string().into_bytes(),
            ExistingBody::Bytes(bytes) => bytes.to_vec(),
        };
        // Metadata travels in headers, which hold only some characters.
        let digest = self.digest.filter(|digest| digest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let metadata = digest.map(|digest| (ContentDigest::NAME.to_owned(), digest.to_owned()));
        Some((key.to_string(), Object { body, metadata: BTreeMap::from_iter(metadata) }))
    }
}
