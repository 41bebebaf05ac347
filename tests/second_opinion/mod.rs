//! The same scenarios on our AWS and on [moto](https://docs.getmoto.org), an emulator that others wrote: what both
//! agree on is not only our own belief about AWS.
//!
//! - `site`: the two real functions and the load balancer, on either;
//! - `delivery`: what Lambda does between queue and worker, by hand and with the SDK;
//! - `moto`: moto's server, and the template's resources in it;
//! - `contract`, `queue`, `bucket`: the scenarios;
//! - `differences`: where the two differ, as `docs/FIDELITY.md` tells it.
//!
//! A scenario sees AWS through the SDK alone. moto needs Python; where `tests/python/setup.sh` has not been run, the
//! half of the tests that needs it says so and passes, but not in CI.

mod bucket;
mod contract;
mod delivery;
mod differences;
mod moto;
mod queue;
mod site;

/// Makes a test of each scenario on our AWS and one on moto.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod ours {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(&crate::second_opinion::site::Site::ours().await).await;
            })+
        }

        mod moto {
            $(#[tokio::test]
            async fn $scenario() {
                if let Some(site) = crate::second_opinion::site::Site::moto().await {
                    super::$scenario(&site).await;
                }
            })+
        }
    };
}
use on_both;
