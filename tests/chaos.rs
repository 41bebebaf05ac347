//! Functions killed in the middle of their work.

use crate::harness::{DEAD_LETTER_QUEUE, Ours, Setup, System, email};
use futures::{StreamExt, stream};
use local::aws::faults::{Fault, Times};
use local::events::Event;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::timeout;

/// How many emails are posted; the variable asks for more by hand.
const EMAILS: usize = 200;
const EMAILS_VARIABLE: &str = "MAILROOM_CHAOS_EMAILS";
const AT_ONCE: usize = 50;
/// How many processes are killed while they have work, at least.
const KILLS: usize = 20;
/// A worker may be killed this often: five times for one message would be five receives, and rightly its end in the
/// dead-letter queue.
const WORKER_KILLS: usize = 8;

/// What the killer has seen: how often a process died with work in its hands.
#[derive(Default)]
struct Deaths {
    api: usize,
    worker: usize,
}

impl Deaths {
    fn enough(&self) -> bool {
        self.api + self.worker >= KILLS && self.worker > 0
    }
}

/// Kills processes, one every few events, until enough of them died at work. A death at work shows: the load balancer
/// answers 502, or a whole batch is given back.
async fn kill(mut events: Receiver<Event>) -> Deaths {
    let (mut alive, mut deaths, mut seen) = (BTreeMap::new(), Deaths::default(), 0_usize);
    while !deaths.enough() {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => panic!("the stack stopped"),
        };
        match &event {
            Event::InstanceStarted { function, process } => {
                alive.insert(*process, function.ends_with("worker"));
            }
            Event::InstanceEnded { process, .. } => {
                alive.remove(process);
            }
            Event::Answered { status: 502, .. } => deaths.api += 1,
            Event::BatchDone { messages, failed, .. } if messages == failed => deaths.worker += 1,
            _ => {}
        }
        seen += 1;
        let spared = |is_worker: bool| is_worker && deaths.worker >= WORKER_KILLS;
        let victim =
            alive.iter().filter(|(_, is_worker)| !spared(**is_worker)).nth(seen % alive.len().max(1));
        if let (0, Some((process, _))) = (seen % 7, victim) {
            let kill = format!("kill -9 {process}");
            Command::new("sh").args(["-c", &kill]).output().await.unwrap();
        }
    }
    deaths
}

/// Posts an email until it is accepted, as a client does that got no 200.
async fn post_until_accepted(system: &System, data: Value) -> Value {
    let accepted = async || (system.post(&data).await.status == 200).then_some(());
    system.until("acceptance", accepted).await;
    data
}

fn numbered(n: usize) -> Value {
    let mut data = email(&format!("sender {n}"));
    data["email_content"] = json!(format!("email {n}: {}", "x".repeat(n % 97 * 20)));
    data
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_killed_at_work_lose_nothing_and_file_nothing_twice() {
    let count =
        std::env::var(EMAILS_VARIABLE).map_or(EMAILS, |count| count.parse().expect("a number of emails"));
    let system = Ours::start_with(Setup::usual().time_scale(60.0)).await;
    // Work takes a moment, so that there is a middle of it.
    system.fault("SendMessage", Fault::Delay(Duration::from_millis(30)), Times::Always);
    system.fault("PutObject", Fault::Delay(Duration::from_millis(100)), Times::Always);
    let killer = tokio::spawn(kill(system.events()));

    let posts = stream::iter((0..count).map(numbered)).map(|data| post_until_accepted(&system, data));
    let accepted: Vec<Value> = posts.buffer_unordered(AT_ONCE).collect().await;
    system.stored_keys(count).await;
    system.queue_drained().await;
    let deaths = timeout(Duration::from_secs(30), killer).await.expect("enough deaths at work").unwrap();

    assert_eq!(system.keys().await.len(), count, "once");
    for data in accepted {
        let key = format!("{}_1693561101.json", data["email_sender"].as_str().unwrap());
        assert_eq!(system.stored(&key).await, data, "whole");
    }
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
    println!("{count} emails, killed at work: {} times api, {} times worker", deaths.api, deaths.worker);
}
