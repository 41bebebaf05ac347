//! A whole system for one test: on our AWS, or on [moto](https://docs.getmoto.org), an emulator that others wrote. What
//! both agree on is not only our own belief about AWS.
//!
//! - `system`: the two real functions behind the load balancer, and AWS behind its SDK; all that most tests see;
//! - `client`, `aws`, `wait`, `log`: what they do with it;
//! - `setup`: what is different from the template and the usual;
//! - `ours`: a system on our AWS, and what only that one can do: fail when told to, count, run faster;
//! - `moto`: a system on moto;
//! - `tool`: the program `mailroom` on it;
//! - `senders`: the senders that like to be more than a name.
//!
//! A test of a `&System` runs on both ([`on_both!`]); a test that makes its own [`Ours`] runs on our AWS alone. moto
//! needs Python: where `tests/python/setup.sh` has not been run, the tests on it say so and pass, but not in CI.

mod aws;
mod client;
mod log;
mod moto;
mod ours;
mod senders;
mod setup;
mod system;
mod tool;
mod wait;

pub(crate) use aws::{Object, sdk_config};
pub(crate) use client::{ApiResponse, alb_event, email, invoke_api, request};
pub(crate) use log::Log;
pub(crate) use moto::Moto;
pub(crate) use ours::{DEAD_LETTER_QUEUE, Ours, QUEUE};
pub(crate) use senders::hostile_senders;
pub(crate) use setup::Setup;
pub(crate) use system::System;
pub(crate) use tool::{Said, mailroom, rounds_of_kills};
pub(crate) use wait::PATIENCE;

use std::path::{Path, PathBuf};

/// The token that callers of a test's system must send.
pub(crate) const TOKEN: &str = "the-right-token";

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}

/// Makes two tests of each function of a `&System`: `ours::name` and `moto::name`. A system can be other than usual:
/// `name: fast()` stands for `Setup::usual().fast()`.
macro_rules! on_both {
    ($($test:ident $(: $change:ident($($argument:expr),*))?),+ $(,)?) => {
        mod ours {
            $(#[tokio::test]
            async fn $test() {
                let setup = crate::harness::Setup::usual()$(.$change($($argument),*))?;
                let system = crate::harness::Ours::start_with(setup).await;
                super::$test(&system).await;
            })+
        }

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
