//! The checks at the end of a run with the layout `batch`.

use super::clients::Sent;
use super::plan::Plan;
use super::verdict::{poison_alone_is_dead, versions};
use crate::harness::Ours;
use ::email::{BatchKey, BatchLine};
use std::collections::{BTreeMap, BTreeSet};

/// Checks every line and returns the number of emails that are stored.
#[expect(clippy::print_stdout, reason = "a long run is measured")]
pub(crate) async fn judge(system: &Ours, plan: &Plan, sent: &[Sent]) -> usize {
    let s3 = system.stack.aws().s3();
    let objects = s3.list(system.bucket(), "").await.unwrap();
    let (mut stored, mut copies) = (BTreeMap::new(), 0);
    for object in &objects {
        let key: BatchKey = object.key.parse().unwrap();
        assert_eq!(object.metadata["digest"], key.digest());
        let bytes = s3.get(system.bucket(), &object.key).await.unwrap().bytes;
        for line in String::from_utf8(bytes.to_vec()).unwrap().lines() {
            let line = BatchLine::parse(line.as_bytes()).unwrap();
            if let Some(first) = stored.insert(line.identity(), line.clone()) {
                assert_eq!(first, line, "copies of an email are the same line");
                copies += 1;
            }
        }
    }
    let by_subject: BTreeMap<_, _> =
        sent.iter().map(|sent| (sent.email["email_subject"].as_str().unwrap(), sent)).collect();
    assert_eq!(by_subject.len(), plan.emails.len(), "every email was accepted");
    for line in stored.values() {
        let sent = by_subject[line.email.subject.as_str()];
        assert_eq!(serde_json::to_value(&line.email).unwrap(), sent.email, "whole");
        let receipt = line.receipt.unwrap().to_string();
        assert!(!sent.at_once() || sent.receipts == [receipt], "under the receipt it was accepted with");
    }
    let receipts: BTreeSet<_> = stored.values().map(|line| line.receipt.unwrap().to_string()).collect();
    let lost: Vec<_> =
        sent.iter().flat_map(|sent| &sent.receipts).filter(|receipt| !receipts.contains(*receipt)).collect();
    assert!(lost.is_empty(), "{} accepted emails are lost: {lost:?}", lost.len());
    assert_eq!(versions(&system.s3, system.bucket()).await, objects.len(), "an object was overwritten");
    poison_alone_is_dead(system, plan);
    println!("{} objects, {} emails, {copies} further copies", objects.len(), stored.len());
    sent.len()
}
