//! The checks at the end.

use super::clients::Sent;
use super::plan::Plan;
use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE};
use crate::versions::load;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The emails of one name: subjects by key.
type Namesakes = BTreeMap<String, String>;

/// Checks every object and returns their number.
pub(crate) async fn judge(system: &Ours, plan: &Plan, sent: &[Sent]) -> usize {
    let mut expected: BTreeMap<&str, &Sent> =
        sent.iter().map(|sent| (sent.email["email_subject"].as_str().unwrap(), sent)).collect();
    assert_eq!(expected.len(), plan.emails.len(), "every email was accepted");

    let s3 = system.stack.aws().s3();
    let mut names: BTreeMap<String, Namesakes> = BTreeMap::new();
    let objects = s3.list(system.bucket(), "").await.unwrap();
    for object in &objects {
        let stored = s3.get(system.bucket(), &object.key).await.unwrap();
        let email: Value = serde_json::from_slice(&stored.bytes).unwrap();
        let subject = email["email_subject"].as_str().unwrap().to_owned();
        let sent = expected.remove(subject.as_str());
        let sent = sent.unwrap_or_else(|| panic!("{}: stored twice, or never sent", object.key));
        assert_eq!(email, sent.email, "whole");
        if sent.at_once() {
            assert_eq!(
                object.metadata["receipt"], sent.receipts[0],
                "under the receipt it was accepted with"
            );
        }
        let [name, second] = load::names(&email);
        assert!([&name, &second].contains(&&object.key), "{}", object.key);
        names.entry(name).or_default().insert(object.key.clone(), subject);
    }
    let lost: Vec<_> = expected.keys().take(10).collect();
    assert!(expected.is_empty(), "{} emails are lost: {lost:?} ...", expected.len());
    for (name, namesakes) in names {
        assert!(namesakes.contains_key(&name), "nobody has the name itself: {namesakes:?}");
    }
    assert_eq!(
        versions(&system.s3, system.bucket()).await,
        objects.len(),
        "a key with a second version was overwritten"
    );
    poison_alone_is_dead(system, plan);
    objects.len()
}

/// The number of versions and delete markers in the bucket.
pub(crate) async fn versions(s3: &aws_sdk_s3::Client, bucket: &str) -> usize {
    let (mut count, mut after) = (0, None);
    loop {
        let list = s3.list_object_versions().bucket(bucket).set_key_marker(after);
        let page = list.send().await.unwrap();
        count += page.versions().len() + page.delete_markers().len();
        match page.next_key_marker {
            Some(next) if page.is_truncated == Some(true) => after = Some(next),
            _ => return count,
        }
    }
}

pub(crate) fn poison_alone_is_dead(system: &Ours, plan: &Plan) {
    let dead: Vec<_> =
        system.queue(DEAD_LETTER_QUEUE).peek().into_iter().map(|message| message.body).collect();
    assert_eq!(dead.len(), plan.poison.len());
    assert_eq!(dead.into_iter().collect::<BTreeSet<_>>(), plan.poison.iter().cloned().collect());
    assert!(system.queue(QUEUE).peek().is_empty());
}
