//! What must hold for every input, whoever made it up. A fuzz target hands its bytes to one of these; `cargo test`
//! hands them the kept corpus.
//!
//! - [`request_body`]: what a client sends, up to the queue's form and back;
//! - [`alb_event`]: the whole of `api`, with SSM and SQS played in the process;
//! - [`sqs_record`]: the whole of `worker`, with S3 played in the process;
//! - [`object_key`]: the names that emails are filed under;
//! - [`template`]: the reader of `template.yaml`.
//!
//! Each has a `check`, which panics where something doesn't hold. `contract` states the contract a second time, in
//! serde's own terms, so that the first can be held against it; `in_process` is the SDK without a network.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a property that doesn't hold panics where it stands"
)]

pub mod alb_event;
mod contract;
mod in_process;
pub mod object_key;
pub mod request_body;
pub mod sqs_record;
pub mod template;

/// A fuzz target: its name, as in `fuzz/fuzz_targets` and `fuzz/corpus`, and what it checks.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 5] = [
    ("alb_event", alb_event::check),
    ("object_key", object_key::check),
    ("request_body", request_body::check),
    ("sqs_record", sqs_record::check),
    ("template", template::check),
];
