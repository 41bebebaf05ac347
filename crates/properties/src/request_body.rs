//! A request's body: read as the contract says. An accepted email survives the queue.

use crate::contract::{self, Fields, Shape};
use api::{ApiError, RequestBody};
use email::{ContentDigest, Email, wire_format};

/// Reads `body` as `api` does, and compares the result with the contract.
///
/// # Panics
/// If the two disagree on whether it can be read, on the number of its tokens, on whether it is accepted, or on one of
/// the four values; or if an email changes in the queue.
pub fn check(body: &[u8]) {
    let request = match RequestBody::parse(body) {
        Ok(request) => request,
        Err(error) => {
            assert!(matches!(error, ApiError::Unreadable(_)), "{error:?}");
            let readable = matches!(contract::shape(body), Shape::Object { .. });
            assert!(!readable, "a JSON object was called unreadable: {error:?}");
            return;
        }
    };
    match contract::shape(body) {
        Shape::Object { presented } => assert_eq!(request.tokens().len(), presented.len(), "tokens"),
        Shape::Borderline => {}
        Shape::Unreadable => panic!("read a body that is not a JSON object"),
    }
    // A request without a token is refused before its fields are read.
    let has_token = !request.tokens().is_empty();
    match (request.into_email(), contract::request(body)) {
        (Ok(email), Some(fields)) if has_token => {
            assert_eq!(Fields::of(&email), fields, "a value was changed");
            survives_the_queue(&email);
        }
        (Err(ApiError::Invalid(errors)), None) => {
            assert!(!errors.is_empty(), "refused without an error");
            assert!(errors.iter().all(|error| error.pointer.starts_with('/')), "an error without a pointer");
        }
        (Ok(_), None) if !has_token => {}
        (ours, contract) => panic!("we say {ours:?}, the contract says {}", contract.is_some()),
    }
}

fn survives_the_queue(email: &Email) {
    let message = wire_format::encode(email);
    assert!(message.chars().all(sqs_accepts), "SQS refuses the message");
    assert_eq!(message.len(), Fields::of(email).bytes_in_the_queue(), "the message's length");
    let decoded = wire_format::decode(&message).expect("a message of ours");
    assert!(decoded == *email, "another email than was sent");
    assert_eq!(ContentDigest::of(&decoded), ContentDigest::of(email));
    assert_eq!(
        contract::message(&message).as_ref(),
        Some(&Fields::of(email)),
        "other readers see another email"
    );
}

/// The characters of a message, by `SendMessage` in the SQS API reference.
pub(crate) fn sqs_accepts(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
