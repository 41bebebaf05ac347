//! A whole system for one test, on the sandbox or on [moto](https://docs.getmoto.org), an independent emulator.
//!
//! - `system`: the two real functions behind the load balancer, and AWS behind its SDK: enough for most tests;
//! - `client`, `aws`, `wait`, `log`, `watch`: requests, SDK calls, waiting, output, events; `batches`: the layout `batch`;
//! - `setup`: changes to the template;
//! - `ours`: a system on the sandbox, which can fail, count calls and run faster;
//! - `moto`: a system on moto;
//! - `tool`: the program `mailroom` on it;
//! - `senders`: hostile senders.
//!
//! A test of a `&System` runs on both ([`on_both!`]); a test that starts its own [`Ours`] runs on the sandbox alone. The
//! contract's tests run through the load balancer and through an HTTP API ([`on_all!`], [`through_both!`]).
//! Without `tests/python/setup.sh` the tests on moto say so and pass, but not in CI.

mod aws;
mod batches;
mod client;
mod log;
mod moto;
mod ours;
mod senders;
mod setup;
mod system;
mod tool;
mod wait;
mod watch;

pub(crate) use aws::{Object, s3_client, sdk_config};
pub(crate) use batches::batch_line;
pub(crate) use client::{ApiResponse, alb_event, email, events, invoke_api, named_token, request};
pub(crate) use log::Log;
pub(crate) use moto::Moto;
pub(crate) use ours::{DEAD_LETTER_QUEUE, Ours, QUEUE, refusal};
pub(crate) use senders::hostile_senders;
pub(crate) use setup::Setup;
pub(crate) use system::System;
pub(crate) use tool::{Said, mailroom, rounds_of_kills};
pub(crate) use wait::PATIENCE;
pub(crate) use watch::{Seen, Watch};

use std::path::{Path, PathBuf};

/// The token that callers of a test's system must send.
pub(crate) const TOKEN: &str = "the-right-token";

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}

/// Makes a module of tests on the sandbox, each with the setup of this name.
macro_rules! on_ours {
    ($module:ident, $setup:ident, $($test:ident $(: $change:ident($($argument:expr),*))?),+) => {
        mod $module {
            $(#[tokio::test]
            async fn $test() {
                let setup = crate::harness::Setup::$setup()$(.$change($($argument),*))?;
                let system = crate::harness::Ours::start_with(setup).await;
                super::$test(&system).await;
            })+
        }
    };
}
pub(crate) use on_ours;

/// Makes two tests of each function of a `&System`: `ours::name` and `moto::name`. A system can be other than usual:
/// `name: fast()` stands for `Setup::usual().fast()`.
macro_rules! on_both {
    ($($test:ident $(: $change:ident($($argument:expr),*))?),+ $(,)?) => {
        crate::harness::on_ours!(ours, usual, $($test $(: $change($($argument),*))?),+);

        mod moto {
            $(#[tokio::test]
            async fn $test() {
                let setup = crate::harness::Setup::usual()$(.$change($($argument),*))?;
                if let Some(system) = crate::harness::Moto::start_with(setup).await {
                    super::$test(&system).await;
                }
            })+
        }
    };
}
pub(crate) use on_both;

/// The tests of [`on_both!`], and `through_http_api::name` on the sandbox.
macro_rules! on_all {
    ($($test:ident $(: $change:ident($($argument:expr),*))?),+ $(,)?) => {
        crate::harness::on_both!($($test $(: $change($($argument),*))?),+);
        crate::harness::on_ours!(through_http_api, http_api, $($test $(: $change($($argument),*))?),+);
    };
}
pub(crate) use on_all;

/// Makes two tests of each function of an `&Ours`: `load_balancer::name` and `http_api::name`.
macro_rules! through_both {
    ($($test:ident $(: $change:ident($($argument:expr),*))?),+ $(,)?) => {
        crate::harness::on_ours!(load_balancer, usual, $($test $(: $change($($argument),*))?),+);
        crate::harness::on_ours!(http_api, http_api, $($test $(: $change($($argument),*))?),+);
    };
}
pub(crate) use through_both;
