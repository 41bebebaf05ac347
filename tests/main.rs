//! End-to-end tests: the real functions and everything else in `template.yaml`, used over HTTP and with the AWS SDK. Each
//! test has a system of its own, and most run twice: on the sandbox and on moto (`harness`).
//!
//! Run some with `cargo test --workspace --test end_to_end NAME`, which reuses what `cargo test --workspace` has built.
//! With `-p end-to-end` instead, cargo compiles the AWS SDKs again: their dependencies have other features.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on panics where it stands"
)]

mod backpressure;
mod batch_layout;
mod batches;
mod canary;
mod chaos;
mod check;
mod cli;
mod contract;
mod delivery;
mod dlq;
mod docs;
mod duckdb;
mod email_page;
mod email_states;
mod filing;
mod fixtures;
mod forget;
mod harness;
mod hostile;
mod invalid;
mod load;
mod logs;
mod metrics;
mod names;
mod openapi;
mod outages;
mod prometheus;
mod queueing;
mod secrecy;
mod settings;
mod stack_outputs;
mod template;
mod tls;
mod tokens;
mod tools;
mod versions;
mod worker;
