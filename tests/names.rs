//! Under which name an email is filed.

use crate::harness::{System, email, hostile_senders};
use serde_json::json;

#[tokio::test]
async fn the_flat_layout_is_the_default() {
    let system = System::start().await;
    system.post(&email("John doe")).await;
    assert_eq!(system.stored_keys(1).await, ["John doe_1693561101.json"]);
}

#[tokio::test]
async fn the_dated_layout_is_a_parameter_away() {
    let system = System::start_with(20.0, |builder| builder.parameter("ObjectKeyLayout", "dated")).await;
    system.post(&email("John doe")).await;
    // printf 'John doe' | sha256sum
    let key = "emails/2023/09/01/email-1693561101-b77868f401668b84.json";
    assert_eq!(system.stored(key).await, email("John doe"));
}

#[tokio::test]
async fn hostile_senders_get_harmless_names_and_keep_their_emails_whole() {
    let system = System::start().await;
    let senders = hostile_senders();
    for sender in &senders {
        let answer = system.post(&email(sender)).await;
        assert_eq!(answer.status, 200, "{sender:?}: {answer:?}");
    }
    let keys = system.stored_keys(senders.len()).await;
    assert_eq!(keys.len(), senders.len());
    let mut found = Vec::new();
    for key in &keys {
        let name = key.strip_suffix("_1693561101.json").unwrap_or_else(|| panic!("{key:?}"));
        assert!(name.len() <= 200 && key.len() <= 1_024, "{key:?}");
        assert!(name.chars().all(|c| c.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(c)), "{key:?}");
        let object = system.s3().await.get_object().bucket(system.bucket()).key(key).send().await.unwrap();
        let body: serde_json::Value =
            serde_json::from_slice(&object.body.collect().await.unwrap().to_vec()).unwrap();
        found.push(body["email_sender"].as_str().unwrap().to_owned());
    }
    found.sort();
    let mut expected = senders;
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_cut_sender_and_a_changed_one_carry_a_hash() {
    let system = System::start().await;
    for sender in ["x".repeat(201), "x".repeat(202), "a/b".to_owned(), "a:b".to_owned()] {
        assert_eq!(system.post(&email(&sender)).await.status, 200);
    }
    let keys = system.stored_keys(4).await;
    for key in keys {
        let name = key.strip_suffix("_1693561101.json").unwrap();
        let (_, hash) = name.rsplit_once('-').unwrap();
        assert!(hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
    }
}

#[tokio::test]
async fn a_timestream_is_part_of_the_name_as_it_was_written() {
    let system = System::start().await;
    let mut data = email("a");
    data["email_timestream"] = json!("007");
    system.post(&data).await;
    assert_eq!(system.stored_keys(1).await, ["a_007.json"]);
}
