//! The metrics of the sandbox and the files in `docs/prometheus`, with the real Prometheus and Alertmanager.
//!
//! - `programs`: both programs and their tools;
//! - `webhook`: the receiver of the alerts.

mod programs;
mod webhook;

use crate::harness::{DEAD_LETTER_QUEUE, Ours, PATIENCE, QUEUE, Setup, email};
use programs::{Server, are_missing, check, copied};
use sandbox::services::sqs::NewMessage;
use serde_json::{Value, json};
use tokio::time::timeout;
use webhook::Webhook;

/// A system with a stored email, a refused one and a dead letter.
async fn with_a_dead_letter() -> Ours {
    let system = Ours::start_with(Setup::usual().fast()).await;
    system.post(&email("John doe")).await;
    system.stored_keys(1).await;
    system.post_token("wrong").await;
    system.queue(QUEUE).send(NewMessage { body: "no email".to_owned(), ..Default::default() }).unwrap();
    let dead = system.queue(DEAD_LETTER_QUEUE);
    system.until("a dead letter", async || (dead.counts().visible == 1).then_some(())).await;
    system
}

async fn metrics(system: &Ours) -> String {
    let url = format!("{}/_sandbox/metrics", system.stack.aws().endpoint_url());
    reqwest::get(url).await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

#[tokio::test]
async fn the_documented_configuration_and_rules_pass_their_checks() {
    if are_missing() {
        return;
    }
    for arguments in [
        "promtool check config prometheus.yml",
        "promtool check rules alerts.yml",
        "promtool test rules alerts_test.yml",
        "amtool check-config alertmanager.yml",
    ] {
        check(arguments, "").await;
    }
}

#[tokio::test]
async fn promtool_finds_no_fault_in_the_metrics() {
    if are_missing() {
        return;
    }
    let system = with_a_dead_letter().await;
    let page = metrics(&system).await;
    check("promtool check metrics", &page).await;
}

#[tokio::test]
async fn the_queues_are_gauges_and_durations_are_in_seconds() {
    let system = with_a_dead_letter().await;
    let told = async || Some(metrics(&system).await).filter(|page| page.contains("mailroom_poison_total"));
    let page = system.until("the metrics of the worker", told).await;
    let gauge = |name: &str, queue: &str, value: &str| {
        [format!("# TYPE sandbox_{name} gauge"), format!("sandbox_{name}{{queue={queue:?}}} {value}")]
    };
    let gauges = [
        gauge("dead_letters", DEAD_LETTER_QUEUE, "1.0"),
        gauge("queue_waiting_messages", QUEUE, "0.0"),
        gauge("queue_in_flight_messages", QUEUE, "0.0"),
        gauge("queue_oldest_message_age_seconds", QUEUE, "0.0"),
    ];
    let others = [
        "# TYPE mailroom_refused_total counter",
        "# HELP mailroom_sqs_send_latency_seconds Durations that the functions printed, in seconds.",
        "# TYPE mailroom_sqs_send_latency_seconds histogram",
    ];
    for line in gauges.as_flattened().iter().map(String::as_str).chain(others) {
        assert!(page.lines().any(|other| other == line), "{line} in\n{page}");
    }
    assert!(!page.to_ascii_lowercase().contains("milliseconds"), "{page}");
}

#[tokio::test]
async fn a_dead_letter_fires_an_alert_that_alertmanager_delivers_to_a_webhook() {
    if are_missing() {
        return;
    }
    let system = with_a_dead_letter().await;
    let mut webhook = Webhook::start().await;
    let files = tempfile::tempdir().unwrap();
    copied(files.path(), "alerts.yml", &[]);
    copied(files.path(), "alertmanager.yml", &[("http://127.0.0.1:9095/", webhook.url())]);
    let alertmanager = Server::alertmanager(files.path());
    let endpoint = system.stack.aws().endpoint_url().trim_start_matches("http://").to_owned();
    let addresses = [("127.0.0.1:4566", endpoint.as_str()), ("127.0.0.1:9093", alertmanager.address())];
    copied(files.path(), "prometheus.yml", &addresses);
    let prometheus = Server::prometheus(files.path());

    let Ok(delivered) = timeout(PATIENCE, webhook.next("MailroomDeadLetters")).await else {
        panic!("no alert; {}\n{}", prometheus.log(), alertmanager.log());
    };
    assert_eq!(delivered["status"], "firing", "{delivered}");
    assert_eq!(delivered["labels"]["queue"], DEAD_LETTER_QUEUE);
    let summary = format!("1 dead letters in {DEAD_LETTER_QUEUE}");
    assert_eq!(delivered["annotations"]["summary"], summary);

    let target = &prometheus.get("targets").await["activeTargets"][0];
    assert_eq!((&target["health"], &target["lastError"]), (&json!("up"), &json!("")), "{target}");
    let kind = async |name: &str| -> Value {
        prometheus.get(&format!("metadata?metric={name}")).await[name][0]["type"].clone()
    };
    assert_eq!(kind("mailroom_refused_total").await, "counter");
    assert_eq!(kind("mailroom_sqs_send_latency_seconds").await, "histogram");
    assert_eq!(kind("sandbox_queue_waiting_messages").await, "gauge");
}
