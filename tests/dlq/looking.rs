//! To look at dead letters takes nothing from anybody.

use super::{bury, bury_emails, bury_some_of_each, number, signal, spawn, visible_dead};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, Said, Setup, System, email, on_both};
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::time::Duration;

// A message that is not given back stays hidden for six seconds in the sandbox, and for a minute on moto.
on_both!(
    a_list_has_every_letter_with_its_reason_and_gives_all_back: time_scale(10.0),
    a_letter_is_shown_by_its_id_or_its_receipt_and_its_body_only_when_asked_for: time_scale(10.0),
);

async fn slow() -> Ours {
    Ours::start_with(Setup::usual().time_scale(10.0)).await
}

async fn a_list_has_every_letter_with_its_reason_and_gives_all_back(system: &System) {
    let buried = bury_some_of_each(system).await;
    let said = system.run(&["dlq", "list", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let list = said.json();
    assert_eq!(list["reasons"], json!({"not_filed": 2, "not_json": 2, "missing": 1}), "{list}");
    assert_eq!((number(&list, "/seen"), number(&list, "/about"), &list["ended"]), (5, 5, &json!("done")));
    assert_eq!(visible_dead(system).await, 5, "given back at once");

    let letters = list["letters"].as_array().unwrap();
    for buried in &buried {
        let letter = letters.iter().find(|letter| letter["message_id"] == buried.id).unwrap();
        assert_eq!(letter["receipt"], buried.receipt);
        assert_eq!((number(letter, "/receives"), letter["sent"].is_string()), (1, true), "{letter}");
    }

    let text = system.run(&["dlq", "list"]).await;
    assert!(text.stdout.contains("seen 5 of about 5 dead letters"), "{text:#?}");
    assert!(buried.iter().all(|buried| text.stdout.contains(&buried.receipt)), "{text:#?}");
    assert!(!text.stdout.contains("hush") && !said.stdout.contains("hush"), "nothing of a body");
}

#[tokio::test]
async fn a_list_of_some_says_of_how_many() {
    let system = &slow().await;
    bury_emails(system, 12).await;
    let said = system.run(&["dlq", "list", "--max", "11"]).await;
    assert!(said.stdout.contains("seen 11 of about 12 dead letters"), "{said:#?}");
    assert!(said.stdout.contains("--max"), "{said:#?}");
    assert_eq!(visible_dead(system).await, 12);
}

async fn a_letter_is_shown_by_its_id_or_its_receipt_and_its_body_only_when_asked_for(system: &System) {
    bury_emails(system, 11).await;
    let mut data = email("hush");
    data["email_subject"] = json!(1);
    data["dear diary"] = json!("");
    let buried = bury(system, &data.to_string()).await;
    for id in [&buried.id, &buried.receipt] {
        let said = system.run(&["dlq", "show", id]).await;
        assert_eq!(said.code, Some(0), "{said:#?}");
        for part in [
            &buried.id,
            &buried.receipt,
            super::TRACE,
            "/email_subject must be a JSON string",
            "a field (--body names it) is not a known field",
        ] {
            assert!(said.stdout.contains(part), "{part}: {said:#?}");
        }
        assert!(!said.stdout.contains("hush") && !said.stdout.contains("diary"), "{said:#?}");
    }
    let said = system.run(&["dlq", "show", &buried.id, "--body"]).await;
    assert!(said.stdout.contains(&data.to_string()) && said.stdout.contains("/dear diary is"), "{said:#?}");
    let json = system.run(&["dlq", "show", &buried.id, "--json"]).await.json();
    assert_eq!((&json["reason"], json.get("body")), (&json!("not_a_string"), None), "{json}");
    assert_eq!(
        json["faults"][1],
        json!({"code": "unknown", "pointer": null, "detail": "is not a known field"})
    );
    let json = system.run(&["dlq", "show", &buried.id, "--json", "--body"]).await.json();
    assert_eq!(json["body"], data.to_string());
    assert_eq!(visible_dead(system).await, 12);
}

#[tokio::test]
async fn looks_at_a_dead_letter_are_told_from_the_receives_of_the_worker() {
    let system = &Ours::start_with(Setup::usual().time_scale(100.0)).await;
    system.sqs.send_message().queue_url(system.queue_url()).message_body("poison").send().await.unwrap();
    let dead = async || (!system.queue(DEAD_LETTER_QUEUE).peek().is_empty()).then_some(());
    system.until("a dead letter", dead).await;
    let mut looks = 0;
    for _ in 0..3 {
        let list = system.run(&["dlq", "list", "--json"]).await.json();
        let letter = &list["letters"][0];
        let (worker, all) = (number(letter, "/worker_receives"), number(letter, "/receives"));
        assert!(worker == 5 && all - worker > looks, "{list}");
        looks = all - worker;
    }
    let text = system.run(&["dlq", "list"]).await;
    assert!(text.stdout.contains("5 receives by worker, ") && text.stdout.contains(" looks"), "{text:#?}");
}

#[tokio::test]
async fn a_letter_that_is_not_there_is_an_error_that_says_what_was_seen() {
    let system = &slow().await;
    bury_emails(system, 2).await;
    let said = system.run(&["dlq", "show", "nobody"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(
        said.stderr.contains("no dead letter nobody among the 2") && said.stderr.contains("of about 2"),
        "{said:#?}"
    );
    assert_eq!(visible_dead(system).await, 2);
}

#[tokio::test]
async fn an_interrupted_list_gives_back_what_it_has_and_says_so() {
    let system = slow().await;
    bury_emails(&system, 15).await;
    for name in ["INT", "TERM"] {
        let second = system.calls("ReceiveMessage") + 2;
        let mut command = system.tool(&["dlq", "list", "--json"]).await;
        system.fault("ReceiveMessage", Fault::Delay(Duration::ZERO), Times::Once);
        system.fault("ReceiveMessage", Fault::Delay(Duration::from_millis(700)), Times::Once);
        let process = spawn(&mut command);
        system
            .until("a second receive", async || (system.calls("ReceiveMessage") == second).then_some(()))
            .await;
        signal(&process, name).await;
        let said = Said::from(process.wait_with_output().await.unwrap());
        assert_eq!(said.code, Some(130), "{said:#?}");
        let list = said.json();
        assert_eq!(list["ended"], "interrupted");
        assert_eq!(number(&list, "/seen"), 15, "the receive that was under way comes to its end");
        assert_eq!(visible_dead(&system).await, 15);
    }
}

#[tokio::test]
async fn a_list_that_fails_half_way_gives_back_what_it_has_and_names_the_cause() {
    let system = slow().await;
    bury_emails(&system, 15).await;
    system.fault("ReceiveMessage", Fault::Delay(Duration::ZERO), Times::Once);
    let denied = Fault::Error { status: 403, code: "AccessDeniedException".to_owned() };
    system.fault("ReceiveMessage", denied, Times::Always);
    let said = system.run(&["dlq", "list", "--json"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("AccessDeniedException") && said.stderr.contains("rights"), "{said:#?}");
    let list: Value = said.json();
    assert_eq!((number(&list, "/seen"), &list["ended"]), (10, &json!("failed")));
    assert_eq!(visible_dead(&system).await, 15);
}
