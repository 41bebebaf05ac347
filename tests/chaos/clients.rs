//! Clients that send each email until it is accepted, and some once more.

use crate::harness::Ours;
use fastrand::Rng;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// About one request in ten is refused: this many in a row are not chance.
const ATTEMPTS: usize = 30;

pub(crate) struct Sent {
    pub(crate) email: Value,
    /// The status of each answer, in order.
    pub(crate) answers: Vec<u16>,
    /// The receipts of the 200s.
    pub(crate) receipts: Vec<String>,
    /// The number of requests that the client gave up.
    pub(crate) hung_up: usize,
}

impl Sent {
    /// True if the only request was accepted.
    pub(crate) fn at_once(&self) -> bool {
        self.answers == [200] && self.hung_up == 0
    }
}

/// Posts `email` until it is accepted. One client in ten hangs up first, before it has its answer; another one
/// sends what was accepted again, as if it had lost the answer.
pub(crate) async fn send(system: &Ours, email: &Value, seed: u64) -> Sent {
    let mut rng = Rng::with_seed(seed);
    let mut sent = Sent { email: email.clone(), answers: Vec::new(), receipts: Vec::new(), hung_up: 0 };
    if rng.u8(0..10) == 0 {
        let patience = Duration::from_millis(rng.u64(..20));
        sent.hung_up += usize::from(timeout(patience, post(system, &mut sent)).await.is_err());
    }
    while sent.receipts.is_empty() {
        assert!(sent.answers.len() < ATTEMPTS, "never accepted: {:?}", sent.answers);
        post(system, &mut sent).await;
    }
    if rng.u8(0..10) == 0 {
        post(system, &mut sent).await;
    }
    sent
}

async fn post(system: &Ours, sent: &mut Sent) {
    let answer = system.post(&sent.email).await;
    assert!([200, 502, 503].contains(&answer.status), "{answer:?}");
    sent.answers.push(answer.status);
    if answer.status == 200 {
        sent.receipts.push(answer.receipt());
    }
}
