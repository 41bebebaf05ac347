//! The SQS function, between the queue and the bucket. `main.rs` wires it up.
//!
//! From the outside in:
//! - `worker`: one event, from the batch to the exact list of failed messages;
//! - `each`: the layouts `flat` and `dated`, an object for each email; `concurrently`: many records at once, bounded in
//!   number and in time, none able to harm another;
//! - `together`: the layout `batch`, one object for the emails of an event;
//! - `received_message`: the email, the receipt and the trace of one record; `report`: its result in log and metrics;
//! - `email_store`, `batch_store`: store one email and a batch; `conditional_put`: creates an object and never overwrites one;
//!   `bucket_client`: the S3 client.
//!
//! Public is what `main.rs` wires and what `crates/properties` tests.

mod batch_store;
mod bucket_client;
mod concurrently;
mod conditional_put;
mod each;
mod email_store;
mod received_message;
mod report;
mod together;
mod worker;

pub use batch_store::BatchStore;
pub use bucket_client::bucket_client;
pub use email_store::EmailStore;
pub use worker::{Store, Worker};
