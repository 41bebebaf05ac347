//! From the queue into the bucket: under a harmless name, once, and over nothing.

use super::on_both;
use super::site::Site;
use crate::harness::{email, hostile_senders, root};
use serde_json::{Value, json};

const KEY: &str = "John doe_1693561101.json";

on_both!(
    one_receipt_leads_from_the_answer_to_the_object,
    every_released_queue_form_is_filed,
    more_emails_than_one_receive_brings_are_all_filed,
    hostile_senders_get_harmless_names_and_keep_their_emails_whole,
    the_same_email_delivered_again_is_done,
    another_email_of_the_same_name_goes_beside_it,
    without_a_hash_there_the_bodies_decide,
    what_is_no_email_is_not_overwritten_either,
);

/// An email of John doe's with this content: all of them want the same name.
fn email_saying(content: &str) -> Value {
    let mut data = email("John doe");
    data["email_content"] = json!(content);
    data
}

async fn file(site: &Site, data: &Value) {
    assert_eq!(site.post(data).await.status, 200);
    site.deliver().await;
    assert_eq!(site.receive(&site.dead_letter_queue_url().await).await.len(), 0);
}

async fn put(site: &Site, body: &str) {
    let put = site.s3.put_object().bucket(site.bucket()).key(KEY).body(body.as_bytes().to_vec().into());
    put.send().await.unwrap();
}

async fn one_receipt_leads_from_the_answer_to_the_object(site: &Site) {
    let receipt = site.post(&email("John doe")).await.receipt();
    site.deliver().await;
    let head = site.s3.head_object().bucket(site.bucket()).key(KEY).send().await.unwrap();
    assert_eq!(head.content_type(), Some("application/json"));
    assert_eq!(head.metadata().unwrap()["receipt"], receipt);
    assert_eq!(head.metadata().unwrap()["content-sha256"].len(), 64);
    assert_eq!(site.stored(KEY).await, email("John doe"));
}

async fn every_released_queue_form_is_filed(site: &Site) {
    let fixtures = std::fs::read_dir(root().join("crates/email/fixtures")).unwrap();
    let forms: Vec<_> = fixtures.map(|form| std::fs::read_to_string(form.unwrap().path()).unwrap()).collect();
    assert!(!forms.is_empty());
    for (n, form) in forms.iter().enumerate() {
        let form = form.replace("John doe", &format!("sender {n}"));
        site.enqueue(&form, None).await;
        site.deliver().await;
        let expected: Value = serde_json::from_str(&form).unwrap();
        assert_eq!(site.stored(&format!("sender {n}_1693561101.json")).await, expected);
    }
}

async fn more_emails_than_one_receive_brings_are_all_filed(site: &Site) {
    for n in 0..25 {
        assert_eq!(site.post(&email(&format!("sender {n:02}"))).await.status, 200);
    }
    site.deliver().await;
    let expected: Vec<_> = (0..25).map(|n| format!("sender {n:02}_1693561101.json")).collect();
    assert_eq!(site.keys().await, expected);
}

async fn hostile_senders_get_harmless_names_and_keep_their_emails_whole(site: &Site) {
    let senders = hostile_senders();
    for sender in &senders {
        assert_eq!(site.post(&email(sender)).await.status, 200, "{sender:?}");
    }
    site.deliver().await;
    let mut found = Vec::new();
    for key in site.keys().await {
        let name = key.strip_suffix("_1693561101.json").unwrap_or_else(|| panic!("{key:?}"));
        assert!(name.chars().all(|c| c.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(c)), "{key:?}");
        found.push(site.stored(&key).await["email_sender"].as_str().unwrap().to_owned());
    }
    found.sort();
    let mut expected = senders;
    expected.sort();
    assert_eq!(found, expected);
}

async fn the_same_email_delivered_again_is_done(site: &Site) {
    file(site, &email("John doe")).await;
    let first = site.object(KEY).await;
    file(site, &email("John doe")).await;
    assert_eq!(site.keys().await, [KEY]);
    assert_eq!(site.object(KEY).await, first, "not written again: the first receipt stays");
}

async fn another_email_of_the_same_name_goes_beside_it(site: &Site) {
    file(site, &email_saying("first")).await;
    file(site, &email_saying("second")).await;
    file(site, &email_saying("second")).await;
    let keys = site.keys().await;
    let [apart, first] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!(first, KEY);
    assert_eq!(site.stored(KEY).await, email_saying("first"));
    assert_eq!(site.stored(apart).await, email_saying("second"));
}

async fn without_a_hash_there_the_bodies_decide(site: &Site) {
    let same = serde_json::to_string_pretty(&email("John doe")).unwrap();
    put(site, &same).await;
    file(site, &email("John doe")).await;
    assert_eq!(site.keys().await, [KEY], "the same email");
    file(site, &email_saying("other")).await;
    assert_eq!(site.keys().await.len(), 2, "another email");
    assert_eq!(site.object(KEY).await.0, same, "what was there is as it was");
}

async fn what_is_no_email_is_not_overwritten_either(site: &Site) {
    put(site, "no email").await;
    file(site, &email("John doe")).await;
    assert_eq!(site.object(KEY).await.0, "no email");
    let keys = site.keys().await;
    let apart = keys.iter().find(|key| *key != KEY).unwrap();
    assert_eq!(site.stored(apart).await, email("John doe"));
}
