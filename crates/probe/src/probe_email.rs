//! The email that is posted.

use email::wire_format::{self, DecodeError};
use email::{ContentDigest, Email, Layout, ObjectKey};
use serde_json::{Value, json};

pub struct ProbeEmail {
    data: Value,
    email: Email,
}

impl ProbeEmail {
    pub fn new(subject: &str, sender: &str, timestream: &str, content: &str) -> Result<Self, DecodeError> {
        let data = Self::data(subject, sender, timestream, content);
        let email = wire_format::decode(&data.to_string())?;
        Ok(Self { data, email })
    }

    /// The four fields, whatever is in them.
    pub fn data(subject: &str, sender: &str, timestream: &str, content: &str) -> Value {
        json!({
            "email_subject": subject,
            "email_sender": sender,
            "email_timestream": timestream,
            "email_content": content,
        })
    }

    pub fn email(&self) -> &Email {
        &self.email
    }

    /// The body of the request that posts it.
    pub fn request_body(&self, token: &str) -> String {
        json!({"data": self.data, "token": token}).to_string()
    }

    /// The keys under which it may be stored: the first, unless another email has it.
    pub fn keys(&self, layout: Layout) -> [ObjectKey; 3] {
        ObjectKey::candidates(layout, &self.email, &ContentDigest::of(&self.email))
    }
}
