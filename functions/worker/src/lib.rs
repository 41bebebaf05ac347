//! The SQS function: behind the queue, in front of the bucket. `main.rs` wires it up.
//!
//! From the outside in:
//! - `worker`: one event, from the batch to the exact list of what failed;
//! - `batch`: many records at once, bounded in number and in time, none able to harm another;
//! - `delivery`: one record: its email, its receipt and its trace;
//! - `cabinet`: files an email in the bucket without ever overwriting one.
//!
//! What is public is what `main.rs` wires and what `crates/properties` asks.

mod batch;
mod cabinet;
mod delivery;
mod settings;
mod worker;

pub use cabinet::Cabinet;
pub use settings::Settings;
pub use worker::{Unnameable, Worker};
