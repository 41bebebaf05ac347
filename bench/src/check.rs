//! Whether a function did what it was asked to.

use crate::events::{Email, TOKEN};
use crate::runtime_api::Outcome;
use bytes::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How much of a wrong answer is shown.
const SHOWN: usize = 400;

/// What a function did wrong.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// The load balancer would not have taken it for a 200 with a message id.
    #[error("not a 200 with a message_id: {0}")]
    Answer(String),
    /// The function failed.
    #[error("the function reported an error: {0}")]
    Error(String),
    /// Records were given back.
    #[error("records were given back: {0}")]
    GivenBack(String),
    /// The queue was sent something else.
    #[error("the queue was sent {sent} messages, {right} of them with the email, after 1 request")]
    Queue {
        /// How many.
        sent: usize,
        /// How many were right.
        right: usize,
    },
    /// The bucket holds something else.
    #[error(
        "of {emails} emails {missing} are not stored, {changed} are stored otherwise than sent, and {strange} objects are none of them"
    )]
    Bucket {
        /// How many there were.
        emails: usize,
        /// How many have no object.
        missing: usize,
        /// How many objects hold something else.
        changed: usize,
        /// How many objects have other names.
        strange: usize,
    },
}

/// A function that is no more than a floor answers anything that is no error.
pub fn floor(outcome: &Outcome) -> Result<(), Wrong> {
    response(outcome).map(drop)
}

/// `api` has to answer 200 with a message id, and to have sent exactly this email.
pub fn accepted(outcome: &Outcome, email: Email, messages: &[Value]) -> Result<(), Wrong> {
    let answer = response(outcome)?;
    let json: Value = serde_json::from_slice(answer).unwrap_or_default();
    let body = json["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let has_id = body["message_id"].as_str().is_some_and(|id| !id.is_empty());
    if json["statusCode"] != 200 || !has_id {
        return Err(Wrong::Answer(shown(answer)));
    }
    let data = email.data();
    let right = messages.iter().filter(|message| **message == data).count();
    if right == 1 && messages.len() == 1 { Ok(()) } else { Err(Wrong::Queue { sent: messages.len(), right }) }
}

/// `worker` has to give nothing back, and to have stored exactly these emails.
pub fn filed(outcome: &Outcome, emails: &[Email], objects: &BTreeMap<String, Bytes>) -> Result<(), Wrong> {
    let answer = response(outcome)?;
    let json: Value = serde_json::from_slice(answer).map_err(|_| Wrong::GivenBack(shown(answer)))?;
    let nothing_back = match &json["batchItemFailures"] {
        Value::Null => true,
        failures => failures.as_array().is_some_and(Vec::is_empty),
    };
    if !nothing_back {
        return Err(Wrong::GivenBack(shown(answer)));
    }
    stored(emails, objects)
}

/// A bucket has to hold exactly these emails.
pub fn stored(emails: &[Email], objects: &BTreeMap<String, Bytes>) -> Result<(), Wrong> {
    let keys: BTreeSet<_> = emails.iter().map(|email| email.key()).collect();
    let (mut missing, mut changed) = (0, 0);
    for email in emails {
        match objects.get(&email.key()) {
            None => missing += 1,
            Some(object) if serde_json::from_slice(object).ok() != Some(email.data()) => changed += 1,
            Some(_) => {}
        }
    }
    let strange = objects.keys().filter(|key| !keys.contains(*key)).count();
    if missing + changed + strange == 0 {
        return Ok(());
    }
    Err(Wrong::Bucket { emails: emails.len(), missing, changed, strange })
}

fn response(outcome: &Outcome) -> Result<&Bytes, Wrong> {
    match outcome {
        Outcome::Response(answer) => Ok(answer),
        Outcome::Error(error) => Err(Wrong::Error(shown(error))),
    }
}

/// The beginning of what came back; nothing of it where it repeats the token or the email.
#[must_use]
pub fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if [TOKEN, "John doe", "Happy new year"].iter().any(|secret| text.contains(secret)) {
        return format!("{} bytes, which repeat what was sent and are not shown", bytes.len());
    }
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Mail;
    use serde_json::json;

    fn response_of(json: &Value) -> Outcome {
        Outcome::Response(Bytes::from(json.to_string()))
    }

    fn good() -> Outcome {
        response_of(&json!({"statusCode": 200, "body": r#"{"message_id":"1"}"#}))
    }

    #[test]
    fn a_200_with_a_message_id_and_the_email_in_the_queue_is_right() {
        let email = Mail::default().email();
        assert_eq!(accepted(&good(), email, &[email.data()]), Ok(()));
    }

    #[test]
    fn another_status_no_message_id_and_an_error_are_wrong() {
        let email = Mail::default().email();
        for json in [
            json!({"statusCode": 500, "body": r#"{"message_id":"1"}"#}),
            json!({"statusCode": 200, "body": "{}"}),
            json!({"statusCode": 200, "body": r#"{"message_id":""}"#}),
        ] {
            let wrong = accepted(&response_of(&json), email, &[email.data()]);
            assert_eq!(wrong, Err(Wrong::Answer(json.to_string())));
        }
        let error = Outcome::Error(Bytes::from("it"));
        assert_eq!(accepted(&error, email, &[]), Err(Wrong::Error("it".to_owned())));
    }

    #[test]
    fn an_email_that_is_not_in_the_queue_or_twice_is_wrong() {
        let mut mail = Mail::default();
        let (email, other) = (mail.email(), mail.email());
        assert_eq!(accepted(&good(), email, &[]), Err(Wrong::Queue { sent: 0, right: 0 }));
        assert_eq!(accepted(&good(), email, &[other.data()]), Err(Wrong::Queue { sent: 1, right: 0 }));
        let twice = [email.data(), email.data()];
        assert_eq!(accepted(&good(), email, &twice), Err(Wrong::Queue { sent: 2, right: 2 }));
    }

    #[test]
    fn a_batch_is_right_when_nothing_is_given_back_and_everything_is_stored() {
        let emails = Mail::default().emails(2);
        let mut objects: BTreeMap<_, _> =
            emails.iter().map(|email| (email.key(), Bytes::from(email.data().to_string()))).collect();
        for answer in [json!({"batchItemFailures": []}), json!({}), json!(null)] {
            assert_eq!(filed(&response_of(&answer), &emails, &objects), Ok(()));
        }
        let failures = json!({"batchItemFailures": [{"itemIdentifier": "1"}]});
        let wrong = filed(&response_of(&failures), &emails, &objects);
        assert_eq!(wrong, Err(Wrong::GivenBack(failures.to_string())));

        let object = objects.remove(&emails[1].key()).unwrap();
        objects.insert("other".to_owned(), object);
        objects.insert(emails[0].key(), Bytes::from("{}"));
        let wrong = filed(&response_of(&json!({})), &emails, &objects);
        assert_eq!(wrong, Err(Wrong::Bucket { emails: 2, missing: 1, changed: 1, strange: 1 }));
    }

    #[test]
    fn what_repeats_the_token_or_the_email_is_not_shown() {
        let email = Mail::default().email();
        for text in [email.request(), email.key(), TOKEN.to_owned()] {
            let shown = shown(text.as_bytes());
            assert!(shown.contains("not shown") && !shown.contains("John"), "{shown}");
        }
    }
}
