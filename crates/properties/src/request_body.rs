//! A request's body: read as the contract says, and what is accepted survives the queue.

use crate::contract::{self, Fields, Shape};
use api::{ApiError, RequestBody};
use email::{ContentDigest, Email, wire_format};

/// Reads `body` as `api` does, and holds what comes of it against the contract.
///
/// # Panics
/// If the two disagree: on whether it can be read, on the number of its tokens, on whether it is accepted, or on one
/// of the four values. If an email doesn't come whole out of the queue.
pub fn check(body: &[u8]) {
    let expected = contract::request(body);
    let submission = match RequestBody::parse(body) {
        Ok(submission) => submission,
        Err(refusal) => {
            assert!(matches!(refusal, ApiError::Unreadable(_)), "{refusal:?}");
            let readable = matches!(contract::shape(body), Shape::Object { .. });
            assert!(!readable, "a JSON object was called unreadable: {refusal:?}");
            return;
        }
    };
    match contract::shape(body) {
        Shape::Object { presented } => assert_eq!(submission.tokens().len(), presented.len(), "tokens"),
        Shape::Borderline => {}
        Shape::Unreadable => panic!("read what is no JSON object"),
    }
    // Without a token nobody is told anything of the fields, and nothing is accepted.
    let has_token = !submission.tokens().is_empty();
    match (submission.into_email(), expected) {
        (Ok(email), Some(fields)) if has_token => {
            assert_eq!(Fields::of(&email), fields, "a value was changed");
            survives_the_queue(&email);
        }
        (Err(ApiError::Invalid(faults)), None) => {
            assert!(!faults.is_empty(), "refused without a fault");
            assert!(faults.iter().all(|fault| fault.pointer.starts_with('/')), "a fault without a place");
        }
        (Ok(_), None) if !has_token => {}
        (ours, contract) => panic!("we say {ours:?}, the contract says {}", contract.is_some()),
    }
}

/// The email is written, carried and read without a change.
fn survives_the_queue(email: &Email) {
    let message = wire_format::encode(email);
    assert!(message.chars().all(sqs_takes), "SQS refuses the message");
    assert_eq!(message.len(), Fields::of(email).bytes_in_the_queue(), "the message's length");
    let read = wire_format::decode(&message).expect("what was written is read");
    assert!(read == *email, "not the email that was sent");
    assert_eq!(ContentDigest::of(&read), ContentDigest::of(email));
    assert_eq!(contract::message(&message).as_ref(), Some(&Fields::of(email)), "others read another email");
}

/// The characters of a message, by `SendMessage` in the SQS API reference.
pub(crate) fn sqs_takes(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
