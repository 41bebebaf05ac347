//! Properties of every input. A fuzz target passes its bytes to one `check`; `cargo test` passes the kept corpus.
//!
//! - [`batch_body`]: a client's body with several emails;
//! - [`request_body`]: a client's body, up to the wire format and back;
//! - [`alb_event`] and [`http_api_event`]: the whole of `api`, with SSM and SQS simulated in the process;
//! - [`sqs_record`]: the whole of `worker`, with S3 simulated in the process;
//! - [`object_key`]: the keys under which emails are stored;
//! - [`batch_object`]: an object that holds many emails, and its lines;
//! - [`template`]: the reader of `template.yaml`.
//!
//! A `check` panics if its property doesn't hold. `contract` states the HTTP contract a second time, with serde's
//! derived readers, to check the first against it; `in_process` is the SDK without a network.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a property that doesn't hold panics in place")]

pub mod alb_event;
pub mod api_event;
pub mod batch_body;
pub mod batch_object;
mod contract;
pub mod http_api_event;
mod in_process;
pub mod object_key;
pub mod request_body;
pub mod sqs_record;
pub mod template;

/// A fuzz target: its name, as in `fuzz/fuzz_targets` and `fuzz/corpus`, and its check.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 8] = [
    ("alb_event", alb_event::check),
    ("batch_body", batch_body::check),
    ("batch_object", batch_object::check),
    ("http_api_event", http_api_event::check),
    ("object_key", object_key::check),
    ("request_body", request_body::check),
    ("sqs_record", sqs_record::check),
    ("template", template::check),
];
