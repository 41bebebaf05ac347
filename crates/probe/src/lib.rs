//! Tests the way of an email: post one, follow it to the bucket, and compare. `functions/canary` and `mailroom check` share
//! this.
//!
//! - [`ProbeEmail`]: the email that is posted, and its keys in the bucket;
//! - [`Request`], [`Response`]: one exchange with the endpoint;
//! - [`Acceptance`]: the ids in the response to an accepted email;
//! - [`until`]: looks again and again, up to a limit;
//! - [`StoredObject`]: an object of the bucket, and how it differs from the email.
//!
//! No error here holds the token, an email's content, or a response's body.

mod acceptance;
mod exchange;
mod probe_email;
mod stored_object;
mod until;

pub use acceptance::{Acceptance, NotAccepted};
pub use exchange::{BodyError, Request, RequestError, Response};
pub use probe_email::ProbeEmail;
pub use stored_object::{ReadError, StoredObject};
pub use until::until;
