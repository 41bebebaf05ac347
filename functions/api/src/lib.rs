//! The HTTP function: behind the load balancer, in front of the queue. `main.rs` wires it up.
//!
//! From the outside in:
//! - `alb`: the load balancer's events and answers;
//! - `api`: one request, from the door to the answer, always before the deadline;
//! - `route`: which door a method and a path lead to;
//! - `submission`: what a request's body holds;
//! - `tokens`: who may send: the tokens, how long they are believed, and where they come from;
//! - `outbox`: hands an email to the queue;
//! - `refusal`: every answer but the good ones, in one place.
//!
//! What is public is what `main.rs` wires and what `crates/properties` asks.

mod alb;
mod api;
mod outbox;
mod refusal;
mod route;
mod settings;
mod submission;
mod tokens;

pub use alb::AlbRequest;
pub use api::Api;
pub use outbox::Outbox;
pub use refusal::Refusal;
pub use settings::Settings;
pub use submission::Submission;
pub use tokens::{PresentedToken, TokenSource, TokenStore};
