//! The body of a request with several emails: read as the contract says, each email for itself.

use crate::contract::{self, Fields, Shape};
use api::{ApiError, RequestBody};
use email::MOST_EMAILS;

/// Reads `body` as `api` does, and compares the result with the contract.
///
/// # Panics
/// If the two disagree on whether it can be read, on the number of its emails, on whether one is accepted, or on one of the
/// four values; or if a fault of an email points elsewhere.
pub fn check(body: &[u8]) {
    let request = match RequestBody::parse_batch(body) {
        Ok(request) => request,
        Err(error) => {
            assert!(matches!(error, ApiError::Unreadable(_)), "{error:?}");
            assert!(contract::batch(body).is_none(), "a batch was called unreadable: {error:?}");
            return;
        }
    };
    // Without a token it is refused before its emails are read.
    if request.tokens().is_empty() || matches!(contract::shape(body), Shape::Borderline) {
        return;
    }
    match (request.into_emails(), contract::batch(body)) {
        (Ok(ours), Some(theirs)) => {
            assert!((1..=MOST_EMAILS).contains(&ours.len()), "{} emails", ours.len());
            assert_eq!(ours.len(), theirs.len());
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                let within = |pointer: &str| {
                    let pointer = pointer.strip_prefix(&format!("/data/{index}"));
                    pointer.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                match ours {
                    Ok(email) => assert_eq!(Some(Fields::of(email)), theirs, "email {index}"),
                    Err(errors) => {
                        assert!(theirs.is_none(), "email {index} was refused");
                        assert!(!errors.is_empty() && errors.iter().all(|error| within(&error.pointer)));
                    }
                }
            }
        }
        (Err(ApiError::Invalid(errors)), None) => assert!(!errors.is_empty(), "refused without an error"),
        (ours, theirs) => panic!("we say {}, the contract says {}", ours.is_ok(), theirs.is_some()),
    }
}
