//! The batch in the layout `batch`: its emails in one object.

use super::Mailroom;
use super::batch::Batch;
use super::bucket::{self, Object};
use crate::contract::{self, Fields, Line};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use email::{BatchKey, BatchObject, Receipt, Sender};
use std::collections::BTreeSet;

/// Passes the batch to `worker`, then once more in the reverse order.
///
/// # Panics
/// If other messages go back than those that aren't emails and, if S3 refuses the object, all that would be in it; if an
/// email is not in the object, or twice, or changed; if the order of the messages changes the object.
pub(super) fn check(mailroom: &Mailroom, batch: &Batch) {
    mailroom.bucket.reset(&batch.objects);
    assert_eq!(
        mailroom.handle_together(&batch.event),
        expected_failures(&batch.event),
        "the failed messages"
    );
    let after = mailroom.bucket.objects();
    for (key, object) in &batch.objects {
        assert_eq!(after.get(key), Some(object), "an object was overwritten");
    }
    let batches = mailroom.batches();
    let refused = emails(&batch.event).any(|fields| bucket::refuses(&fields));
    let expected = if refused { BTreeSet::new() } else { expected_lines(&batch.event) };
    assert_eq!(batches.len(), usize::from(!expected.is_empty()), "objects");
    for (key, object) in &batches {
        check_object(key, object, &expected);
    }

    let mut reversed = batch.event.clone();
    reversed.records.reverse();
    assert_eq!(mailroom.handle_together(&reversed), expected_failures(&reversed), "the second time");
    // Without a time in any message the key has the hour of the invocation, so the bodies are compared.
    let bodies = |batches: Vec<(BatchKey, Object)>| {
        batches.into_iter().map(|(_, object)| object.body).collect::<BTreeSet<_>>()
    };
    assert_eq!(bodies(mailroom.batches()), bodies(batches), "another object for the same messages");
}

/// A line for each email and receipt.
fn check_object(key: &BatchKey, object: &Object, expected: &BTreeSet<Line>) {
    let lines: Vec<_> = object.body.split_inclusive(|byte| *byte == b'\n').collect();
    let stored: BTreeSet<_> = lines.iter().map(|line| contract::line(line).expect("a line")).collect();
    assert_eq!(&stored, expected, "other lines");
    assert_eq!(lines.len(), expected.len(), "an email is there twice");
    assert_eq!(object.metadata.get(BatchKey::DIGEST).map(String::as_str), Some(key.digest()));
    assert_eq!(object.metadata.get(BatchObject::EMAILS), Some(&lines.len().to_string()));
}

fn expected_lines(event: &SqsEvent) -> BTreeSet<Line> {
    let line = |record: &SqsMessage| {
        let fields = email_of(record).filter(|fields| !is_canary(fields))?;
        let attribute = record.message_attributes.get(Receipt::NAME);
        let receipt = attribute.and_then(|value| value.string_value.as_deref()?.parse::<Receipt>().ok());
        Some((fields, receipt.map(|receipt| receipt.to_string())))
    };
    event.records.iter().filter_map(line).collect()
}

fn expected_failures(event: &SqsEvent) -> Option<Vec<String>> {
    let refused = emails(event).any(|fields| bucket::refuses(&fields));
    let is_failed =
        |record: &&SqsMessage| email_of(record).is_none_or(|fields| refused && !is_canary(&fields));
    let failed = event.records.iter().filter(is_failed);
    failed.map(|record| record.message_id.clone().filter(|id| !id.is_empty())).collect()
}

fn emails(event: &SqsEvent) -> impl Iterator<Item = Fields> {
    event.records.iter().filter_map(email_of)
}

fn email_of(record: &SqsMessage) -> Option<Fields> {
    contract::message(record.body.as_deref().unwrap_or_default())
}

/// The canary's emails have objects of their own, as in the layout `flat`.
fn is_canary(fields: &Fields) -> bool {
    Sender::new(fields.email_sender.clone()).is_ok_and(|sender| sender.is_canary())
}
