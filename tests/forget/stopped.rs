//! Missing rights, signals and kills.

use super::{YES, delete, entries, forget, left, numbers, put, put_many};
use crate::dlq::{MOMENT, signal, spawn};
use crate::harness::{Moto, Ours, Said, Setup};
use sandbox::services::faults::{Fault, Times};
use serde_json::json;
use std::time::Duration;

const EMAILS: u32 = 2_500;

#[tokio::test]
async fn nothing_is_deleted_without_the_right_to_delete_versions() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    put(&system, "a_1.json", "a").await;
    crate::dlq::bury(&system, &crate::harness::email("a").to_string()).await;
    system.fail("DeleteObjects", 403, "AccessDenied", Times::Always);
    let said = system.run(&["forget", "--sender", "a", "--yes"]).await;
    let words = [system.bucket(), "nothing was deleted", "AccessDenied", "the rights"];
    assert!(said.code == Some(1) && words.iter().all(|word| said.stderr.contains(word)), "{said:#?}");
    assert_eq!((left(&system).await.len(), crate::dlq::visible_dead(&system).await), (1, 1));
    assert_eq!(
        numbers(&forget(&system, "a", &[], 0).await["buckets"][0]),
        [1, 1, 0],
        "counting needs no such right"
    );
}

#[tokio::test]
async fn an_object_that_can_not_be_read_stays_and_is_counted() {
    let system = Ours::start().await;
    put(&system, "a_1.json", "a").await;
    put(&system, "a_2.json", "a").await;
    let denied = Fault::Error { status: 403, code: "AccessDenied".to_owned() };
    system.stack.aws().faults().set_matching("GetObject", "a_2", denied, Times::Always);
    let erased = &forget(&system, "a", YES, 3).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["unclear"]), ([1, 1, 0], &json!({"AccessDenied": 1})));
    assert_eq!(left(&system).await, ["a_2.json".to_owned()].into());
}

#[tokio::test]
async fn moto_counts_a_version_that_may_not_be_deleted_and_keeps_the_marker_above_it() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    for key in ["a_1.json", "a_2.json", "a_3.json"] {
        put(&system, key, "a").await;
        delete(&system, key).await;
    }
    let resource = format!("arn:aws:s3:::{}/a_2.json", system.bucket());
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": resource}]});
    system.s3.put_bucket_policy().bucket(system.bucket()).policy(deny.to_string()).send().await.unwrap();
    let erased = &forget(&system, "a", YES, 3).await["buckets"][0];
    assert_eq!(numbers(erased), [2, 2, 2]);
    assert_eq!((&erased["failures"], &erased["failed_keys"]), (&json!({"AccessDenied": 1}), &json!(1)));
    let key = "a_2.json".to_owned();
    let mut left = entries(&system.s3, system.bucket()).await;
    left.sort_unstable();
    assert_eq!(left, [(key.clone(), "marker"), (key.clone(), "version")]);
    assert_eq!(system.find_object(&key).await, None, "what was deleted doesn't come back");
}

/// A system with many emails of one sender and one of another, whose S3 takes its time.
async fn slow() -> Ours {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    put_many(&system, "a", EMAILS).await;
    put(&system, "a_b_1.json", "a_b").await;
    system.fault("DeleteObjects", Fault::Delay(Duration::from_millis(200)), Times::Always);
    system
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_command_deleted_is_counted_and_the_next_one_deletes_the_rest() {
    let system = slow().await;
    let mut deleted = 0;
    for name in ["INT", "TERM"] {
        let mut tool = system.tool(&["forget", "--sender", "a", "--yes", "--json"]).await;
        let (process, calls) = (spawn(&mut tool), system.calls("DeleteObjects"));
        // The second call is the first deletion.
        while system.calls("DeleteObjects") < calls + 2 {
            tokio::time::sleep(MOMENT).await;
        }
        signal(&process, name).await;
        let said: Said = process.wait_with_output().await.unwrap().into();
        assert_eq!(said.code, Some(130), "{said:#?}");
        let report = said.json();
        assert_eq!(report["ended"], "interrupted");
        deleted += numbers(&report["buckets"][0])[1];
        assert_eq!(left(&system).await.len() as u64, u64::from(EMAILS) + 1 - deleted, "the report is true");
        assert!(0 < deleted && deleted < u64::from(EMAILS), "{deleted}");
    }
    deleted += numbers(&forget(&system, "a", YES, 0).await["buckets"][0])[1];
    assert_eq!(deleted, u64::from(EMAILS));
    assert_eq!(left(&system).await, ["a_b_1.json".to_owned()].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_killed_is_run_again() {
    let system = slow().await;
    for key in ["a_1.json", "a_2.json", "a_2400.json"] {
        delete(&system, key).await;
    }
    let all = entries(&system.s3, system.bucket()).await.len();
    for kill in 0..3_u64 {
        let calls = system.calls("DeleteObjects");
        let mut process = spawn(&mut system.tool(&["forget", "--sender", "a", "--yes"]).await);
        while system.calls("DeleteObjects") < calls + 2 {
            tokio::time::sleep(MOMENT).await;
        }
        tokio::time::sleep(Duration::from_millis(kill * 120)).await;
        process.start_kill().unwrap();
        process.wait().await.unwrap();
        for key in ["a_1.json", "a_2.json", "a_2400.json"] {
            assert_eq!(system.find_object(key).await, None, "what was deleted doesn't come back");
        }
    }
    assert!(entries(&system.s3, system.bucket()).await.len() < all, "it was at work when it was killed");
    forget(&system, "a", YES, 0).await;
    assert_eq!(left(&system).await, ["a_b_1.json".to_owned()].into());
}
