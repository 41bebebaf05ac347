//! The HTTP function, between an endpoint (the load balancer or an HTTP API) and the queue. `main.rs` wires it up.
//!
//! From the outside in:
//! - `event` and `response`: the forms of both endpoints;
//! - `content_encoding`: tells a compressed body by its header;
//! - `api`: one request, from the event to the response, always before the deadline;
//! - `route`: the endpoint for a method and a path; `one`, `batch`: a request with one email, and with several;
//! - `request_body`: a token, and an email or several;
//! - `auth`: checks the token against those in SSM;
//! - `email_queue`: sends emails to SQS;
//! - `outcome`: what became of an email, in log and metrics;
//! - `api_error`: every response to a request that is not accepted.
//!
//! Public is what `main.rs` wires and what `crates/properties` tests.

mod api;
mod api_error;
mod auth;
mod batch;
mod content_encoding;
mod email_queue;
mod event;
mod one;
mod outcome;
mod request_body;
mod response;
mod route;

pub use api::Api;
pub use api_error::ApiError;
pub use auth::{Authenticator, PresentedToken, TokenSource};
pub use email_queue::EmailQueue;
pub use event::HttpRequest;
pub use request_body::RequestBody;
pub use response::HttpResponse;
