//! End-to-end tests: the two real functions, behind the local stack that `template.yaml` describes, spoken to
//! over HTTP and with the AWS SDK. Each test has a stack of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on panics where it stands"
)]

mod chaos;
mod cli;
mod clients;
mod contract;
mod delivery;
mod filing;
mod fixtures;
mod grafana;
mod harness;
mod invalid;
mod load;
mod logs;
mod names;
mod openapi;
mod outages;
mod queueing;
mod second_opinion;
mod settings;
mod template;
mod tokens;
mod worker;
