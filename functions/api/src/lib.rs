//! The HTTP function, between the load balancer and the queue. `main.rs` wires it up.
//!
//! From the outside in:
//! - `alb`: the load balancer's events and responses;
//! - `content_encoding`: tells a compressed body by its header;
//! - `api`: one request, from the event to the response, always before the deadline;
//! - `route`: the endpoint for a method and a path;
//! - `request_body`: an email and a token;
//! - `auth`: checks the token against those in SSM;
//! - `email_queue`: sends an email to SQS;
//! - `api_error`: every response to a request that is not accepted.
//!
//! Public is what `main.rs` wires and what `crates/properties` tests.

mod alb;
mod api;
mod api_error;
mod auth;
mod content_encoding;
mod email_queue;
mod request_body;
mod route;

pub use alb::AlbRequest;
pub use api::Api;
pub use api_error::ApiError;
pub use auth::{Authenticator, PresentedToken, TokenSource};
pub use email_queue::EmailQueue;
pub use request_body::RequestBody;
