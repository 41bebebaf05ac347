//! The SQS function, between the queue and the bucket. `main.rs` wires it up.
//!
//! From the outside in:
//! - `worker`: one event, from the batch to the exact list of failed messages;
//! - `batch`: many records at once, bounded in number and in time, none able to harm another;
//! - `received_message`: the email, the receipt and the trace of one record;
//! - `email_store`: stores an email in the bucket and never overwrites one.
//!
//! Public is what `main.rs` wires and what `crates/properties` tests.

mod batch;
mod email_store;
mod received_message;
mod worker;

pub use email_store::EmailStore;
pub use worker::Worker;
