//! The replica in another region, and results of queries.

use super::{YES, entries, forget, left, numbers, put};
use crate::harness::{Moto, Setup, System, batch_line, email, s3_client};
use aws_sdk_s3::config::Region;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, Destination,
    ObjectLockConfiguration, ObjectLockEnabled, ReplicationConfiguration, ReplicationRule,
    ReplicationRuleStatus, VersioningConfiguration,
};
use aws_sdk_ssm::types::ParameterType;
use email::{BatchKey, Receipt};
use serde_json::json;

const REGION: &str = "us-west-2";

/// A versioned bucket in another region, to which the emails' bucket is replicated. Moto copies nothing.
async fn replica(system: &System, locked: bool) -> (aws_sdk_s3::Client, String) {
    let bucket = format!("{}-replica", system.stack_name());
    let elsewhere = s3_client(&system.sdk_config().await).config().to_builder();
    let s3 = aws_sdk_s3::Client::from_conf(elsewhere.region(Region::from_static(REGION)).build());
    let there = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::UsWest2);
    let create = s3.create_bucket().bucket(&bucket).create_bucket_configuration(there.build());
    create.object_lock_enabled_for_bucket(locked).send().await.unwrap();
    let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(versions).send().await.unwrap();
    if locked {
        let lock = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
        let put = s3.put_object_lock_configuration().bucket(&bucket).object_lock_configuration(lock);
        put.send().await.unwrap();
    }
    let destination = Destination::builder().bucket(format!("arn:aws:s3:::{bucket}")).build().unwrap();
    let rule = ReplicationRule::builder().id("all").priority(1).status(ReplicationRuleStatus::Enabled);
    let rule = rule.destination(destination).build().unwrap();
    let role = "arn:aws:iam::123456789012:role/replication";
    let replication = ReplicationConfiguration::builder().role(role).rules(rule).build().unwrap();
    let put = system.s3.put_bucket_replication().bucket(system.bucket());
    put.replication_configuration(replication).send().await.unwrap();
    (s3, bucket)
}

#[tokio::test]
async fn moto_erases_the_replica_in_its_own_region() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    let (s3, bucket) = replica(&system, false).await;
    put(&system, "a_1.json", "a").await;
    for (key, sender) in [("a_1.json", "a"), ("a_1.json", "a"), ("a_2.json", "a"), ("a_b_1.json", "a_b")] {
        let body = email(sender).to_string().into_bytes();
        s3.put_object().bucket(&bucket).key(key).body(body.into()).send().await.unwrap();
    }
    s3.delete_object().bucket(&bucket).key("a_2.json").send().await.unwrap();
    let batch = ["a", "c"].map(|sender| batch_line(sender, Receipt::new()));
    let put_batch = s3.put_object().bucket(&bucket).key("batches/2026/01/31/12/a.ndjson");
    put_batch.body(batch.concat().into_bytes().into()).send().await.unwrap();
    let erased = forget(&system, "a", YES, 0).await;
    assert_eq!(numbers(&erased["buckets"][0]), [1, 1, 0]);
    assert_eq!((numbers(&erased["buckets"][1]), &erased["buckets"][1]["rewritten"]), ([3, 4, 1], &json!(1)));
    assert_eq!(
        (&erased["buckets"][1]["bucket"], &erased["buckets"][1]["region"]),
        (&json!(bucket), &json!(REGION))
    );
    let left = entries(&s3, &bucket).await;
    assert_eq!(left[0], ("a_b_1.json".to_owned(), "version"));
    let key: BatchKey = left[1].0.parse().unwrap();
    let others = s3.get_object().bucket(&bucket).key(key.to_string()).send().await.unwrap();
    assert_eq!(others.body.collect().await.unwrap().into_bytes(), batch[1].as_bytes());
    assert_eq!(left.len(), 2);
    let said = system.run(&["forget", "--sender", "a_b"]).await;
    assert!(said.stdout.contains(&format!("replica {bucket} in {REGION}: 1 version")), "{said:#?}");
}

#[tokio::test]
async fn moto_refuses_to_start_when_a_bucket_has_object_lock() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    let (_, bucket) = replica(&system, true).await;
    put(&system, "a_1.json", "a").await;
    for yes in [&[][..], YES] {
        let said = system.run(&[&["forget", "--sender", "a"], yes].concat()).await;
        let words = [bucket.as_str(), "has Object Lock", "nothing was deleted"];
        assert!(said.code == Some(1) && words.iter().all(|word| said.stderr.contains(word)), "{said:#?}");
    }
    assert_eq!(left(&system).await.len(), 1);
}

#[tokio::test]
async fn all_results_of_queries_are_deleted_whosever_they_are() {
    let system = crate::harness::Ours::start().await;
    put(&system, "a_1.json", "a").await;
    put(&system, "b_1.json", "b").await;
    let results = &format!("{}-query-results-0a1b2c3d", system.stack_name());
    let here = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuCentral1);
    let create = system.s3.create_bucket().bucket(results).create_bucket_configuration(here.build());
    create.send().await.unwrap();
    for key in ["results/1.csv", "results/1.csv.metadata", "2.txt"] {
        let put = system.s3.put_object().bucket(results).key(key).body(b"anything".to_vec().into());
        put.send().await.unwrap();
    }
    let name = format!("/{}/queries/results", system.stack_name());
    let parameter = async |value: &str| {
        let put = system.ssm.put_parameter().name(&name).value(value).r#type(ParameterType::String);
        put.overwrite(true).send().await.unwrap();
    };
    parameter(results).await;
    assert_eq!(numbers(&forget(&system, "a", &[], 0).await["query_results"]), [3, 3, 0]);
    let said = system.run(&["forget", "--sender", "a", "--yes"]).await;
    let words = [&format!("query results {results}: 3 versions"), "Results may hold anything"];
    assert!(said.code == Some(0) && words.iter().all(|word| said.stdout.contains(word)), "{said:#?}");
    assert_eq!(entries(&system.s3, results).await, []);
    assert_eq!(left(&system).await, ["b_1.json".to_owned()].into());

    let others = ["another-query-results-0a1b2c3d", &format!("{}-logs-0a1b2c3d", system.stack_name())];
    for wrong in others.into_iter().chain([system.bucket(), " ", "\u{1b}[2J", &format!("{results}/")]) {
        parameter(wrong).await;
        for yes in [&[][..], YES] {
            let said = system.run(&[&["forget", "--sender", "nobody"], yes].concat()).await;
            let refused = said.stderr.contains("would be deleted") && !said.stderr.contains('\u{1b}');
            assert!(said.code == Some(1) && refused, "{wrong:?}: {said:#?}");
        }
    }
    assert_eq!(left(&system).await, ["b_1.json".to_owned()].into());
}
