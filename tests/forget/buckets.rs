//! Versions, delete markers, layouts, and senders that look alike.

use super::{YES, delete, entries, forget, left, numbers, put, put_many};
use crate::harness::{Ours, Setup, System, email, hostile_senders, on_both};
use serde_json::json;

on_both! {
    every_version_and_marker_of_the_sender_is_erased_and_similar_senders_stay,
    a_version_of_another_sender_under_the_same_key_stays_and_so_does_the_marker_above_it,
    what_is_not_an_email_under_a_key_of_the_sender_stays_and_is_counted,
    more_than_a_page_of_versions_is_erased,
    the_dated_layout_is_searched_on_all_days: parameter("ObjectKeyLayout", "dated"),
}

const SIMILAR: [&str; 5] = ["a_b", "a_1", "A", "a b", "ab"];

async fn every_version_and_marker_of_the_sender_is_erased_and_similar_senders_stay(system: &System) {
    for sender in ["a"].iter().chain(&SIMILAR) {
        for seconds in ["1693561101", "1693561102"] {
            put(system, &format!("{sender}_{seconds}.json"), sender).await;
        }
    }
    let others = left(system).await.into_iter().filter(|key| !key.starts_with("a_16")).collect();
    let digests = ["0".repeat(16), "0".repeat(64)].map(|digest| format!("a_1693561101-{digest}.json"));
    for key in ["a_1693561101.json", "a_1693561101.json", &digests[0], &digests[1]] {
        put(system, key, "a").await;
    }
    for key in ["a_1693561101.json", &digests[1]] {
        delete(system, key).await;
    }
    leave_a_marker(system, "a_7.json").await;
    let before = entries(&system.s3, system.bucket()).await;
    let counted = forget(system, "a", &[], 0).await;
    assert_eq!((&counted["deleted"], numbers(&counted["buckets"][0])), (&json!(false), [5, 6, 3]));
    assert_eq!(entries(&system.s3, system.bucket()).await, before, "it only counts");

    let erased = forget(system, "a", YES, 0).await;
    assert_eq!((&erased["deleted"], numbers(&erased["buckets"][0])), (&json!(true), [5, 6, 3]));
    assert_eq!(erased["buckets"][0]["bucket"], system.bucket());
    assert_eq!((left(system).await, erased["query_results"].clone()), (others, json!(null)));
    let again = forget(system, "a", YES, 0).await;
    assert_eq!(numbers(&again["buckets"][0]), [0; 3]);
}

/// As an interrupted command leaves it.
async fn leave_a_marker(system: &System, key: &str) {
    let put = system.s3.put_object().bucket(system.bucket()).key(key).send().await.unwrap();
    delete(system, key).await;
    let delete = system.s3.delete_object().bucket(system.bucket()).key(key);
    delete.set_version_id(put.version_id).send().await.unwrap();
}

async fn a_version_of_another_sender_under_the_same_key_stays_and_so_does_the_marker_above_it(
    system: &System,
) {
    let key = "a_1693561101.json";
    for sender in ["b", "a"] {
        put(system, key, sender).await;
    }
    delete(system, key).await;
    let erased = forget(system, "a", YES, 0).await;
    assert_eq!(numbers(&erased["buckets"][0]), [1, 1, 0]);
    assert_eq!(erased["buckets"][0]["of_others"], 1);
    let mut left = entries(&system.s3, system.bucket()).await;
    left.sort_unstable();
    assert_eq!(left, [(key.to_owned(), "marker"), (key.to_owned(), "version")]);
    assert_eq!(system.find_object(key).await, None, "what was deleted doesn't come back");
}

async fn what_is_not_an_email_under_a_key_of_the_sender_stays_and_is_counted(system: &System) {
    put(system, "a_1.json", "a").await;
    system.put_object("a_2.json", "not an email").await;
    for code in [&[][..], YES] {
        let erased = &forget(system, "a", code, 3).await["buckets"][0];
        assert_eq!((numbers(erased), &erased["unclear"]), ([1, 1, 0], &json!({"not an email": 1})));
    }
    assert_eq!(left(system).await, ["a_2.json".to_owned()].into());
    let said = system.run(&["forget", "--sender", "a"]).await;
    let words = ["would be erased", "1 version under the sender's keys", "not an email 1", "--yes deletes"];
    assert!(said.code == Some(3) && words.iter().all(|word| said.stdout.contains(word)), "{said:#?}");
}

async fn more_than_a_page_of_versions_is_erased(system: &System) {
    const EMAILS: u32 = 1_050;
    put_many(system, "a", EMAILS).await;
    for _ in 0..20 {
        put(system, "a_500.json", "a").await;
    }
    delete(system, "a_500.json").await;
    put(system, "a_b_1.json", "a_b").await;
    let erased = forget(system, "a", YES, 0).await;
    let all = u64::from(EMAILS);
    assert_eq!(numbers(&erased["buckets"][0]), [all, all + 20, 1]);
    assert_eq!(left(system).await, ["a_b_1.json".to_owned()].into());
}

async fn the_dated_layout_is_searched_on_all_days(system: &System) {
    for sender in ["a", "a_b"] {
        for seconds in ["1", "1693561101", "253402300799"] {
            let mut data = email(sender);
            data["email_timestream"] = seconds.into();
            system.post(&data).await.receipt();
        }
    }
    system.stored_keys(6).await;
    let erased = forget(system, "a", YES, 0).await;
    assert_eq!(numbers(&erased["buckets"][0]), [3, 3, 0]);
    let other = forget(system, "a_b", &[], 0).await;
    assert_eq!(numbers(&other["buckets"][0]), [3, 3, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_versions_fill_more_than_a_page_is_one_key() {
    const VERSIONS: u64 = 1_005;
    let system = Ours::start().await;
    for _ in 0..VERSIONS {
        put(&system, "a_1.json", "a").await;
    }
    delete(&system, "a_1.json").await;
    for yes in [&[][..], YES] {
        let erased = forget(&system, "a", yes, 0).await;
        assert_eq!(numbers(&erased["buckets"][0]), [1, VERSIONS, 1]);
    }
    assert_eq!(left(&system).await, [].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_email_is_stored_for_the_audit_and_not_accounted_for_to_find() {
    let system = Ours::start().await;
    let receipt = system.post(&email("a")).await.receipt();
    system.stored_keys(1).await;
    system.logged("filed", 1).await;
    forget(&system, "a", YES, 0).await;
    let audit = system.run(&["audit", "--settle", "0s"]).await;
    let words = "accepted 1, stored 1, not accounted for 0, missing 0";
    assert!(audit.code == Some(0) && audit.stdout.contains(words), "{audit:#?}");
    let find = system.run(&["find", &receipt, "--json"]).await;
    assert_eq!((find.code, &find.json()["emails"][0]["state"]), (Some(3), &json!("not_accounted_for")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_sender_is_erased_and_takes_no_other_one_along() {
    let system = Ours::start_with(Setup::usual()).await;
    let senders: Vec<_> = hostile_senders().into_iter().filter(|sender| !sender.contains('\0')).collect();
    for sender in &senders {
        system.post(&email(sender)).await.receipt();
    }
    system.stored_keys(senders.len()).await;
    for (n, sender) in senders.iter().enumerate() {
        let arguments = ["forget", "--sender", sender, "--yes", "--json"];
        let said = system.run(&arguments).await;
        assert_eq!((said.code, numbers(&said.json()["buckets"][0])), (Some(0), [1, 1, 0]), "{sender:?}");
        assert_eq!(left(&system).await.len(), senders.len() - n - 1, "{sender:?}");
    }
}
