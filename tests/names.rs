//! Under which name an email is filed.

use crate::harness::{System, email, hostile_senders, on_both};

on_both!(
    the_dated_layout_is_a_parameter_away: parameter("ObjectKeyLayout", "dated"),
    hostile_senders_get_harmless_names_and_keep_their_emails_whole,
);

async fn the_dated_layout_is_a_parameter_away(system: &System) {
    system.post(&email("John doe")).await;
    // printf 'John doe' | sha256sum
    let key = "emails/2023/09/01/email-1693561101-b77868f401668b84.json";
    assert_eq!(system.stored(key).await, email("John doe"));
}

async fn hostile_senders_get_harmless_names_and_keep_their_emails_whole(system: &System) {
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
        found.push(system.stored(key).await["email_sender"].as_str().unwrap().to_owned());
    }
    found.sort();
    let mut expected = senders;
    expected.sort();
    assert_eq!(found, expected);
}
