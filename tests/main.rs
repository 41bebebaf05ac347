//! End-to-end tests: the two real functions, with everything around them that `template.yaml` describes, spoken to
//! over HTTP and with the AWS SDK. Each test has a system of its own, and most run twice: on our AWS and on moto
//! (`harness`).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on panics where it stands"
)]

mod backpressure;
mod chaos;
mod check;
mod cli;
mod contract;
mod delivery;
mod dlq;
mod docs;
mod durability;
mod email_page;
mod filing;
mod fixtures;
mod harness;
mod hostile;
mod invalid;
mod load;
mod logs;
mod metrics;
mod names;
mod openapi;
mod outages;
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
