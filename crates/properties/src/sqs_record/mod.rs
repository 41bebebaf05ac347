//! A batch of the queue, through the whole of `worker`.
//!
//! - `batch`: the batch, read from the bytes or generated from them, and the bucket before it;
//! - `in_batch`: the same in the layout `batch`;
//! - `bucket`: S3.

mod batch;
mod bucket;
mod in_batch;

use crate::contract;
use crate::in_process::{sdk_config, tokio_runtime};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_s3::config::Builder;
use batch::Batch;
use bucket::{Bucket, Object, Objects};
use email::{BatchKey, ContentDigest, Layout, ObjectKey, ObjectLayout, wire_format};
use lambda_runtime::{Context, LambdaEvent};
use runtime::metrics::Meter;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::runtime::Runtime;
use worker::{BatchStore, EmailStore, Store, Worker};

thread_local! {
    static MAILROOM: Mailroom = Mailroom::start();
}

/// Passes a batch to `worker`, twice, as SQS may.
///
/// # Panics
/// If a message goes back that is an email and that S3 accepts, or stays away that isn't; if an email is not in the
/// bucket, or twice, or changed; if an object from before has changed.
pub fn check(bytes: &[u8]) {
    let Some(batch) = Batch::read(bytes) else { return };
    MAILROOM.with(|mailroom| {
        mailroom.bucket.reset(&batch.objects);
        let failed = mailroom.handle(&batch);
        assert_eq!(failed, expected_failures(&batch.event), "the failed messages");
        let after = mailroom.bucket.objects();
        for (key, object) in &batch.objects {
            assert_eq!(after.get(key), Some(object), "an object was overwritten");
        }
        check_stored(&batch, &after);
        assert_eq!(mailroom.handle(&batch), failed, "the second time");
        assert_eq!(mailroom.bucket.objects(), after, "delivered twice, stored twice");
        in_batch::check(mailroom, &batch);
    });
}

/// The ids of the messages that SQS must keep: those that are not emails, and those that S3 refuses. `None` if one has
/// no id.
fn expected_failures(event: &SqsEvent) -> Option<Vec<String>> {
    let is_failed = |record: &&SqsMessage| {
        let email = contract::message(record.body.as_deref().unwrap_or_default());
        email.is_none_or(|email| bucket::refuses(&email))
    };
    let failed = event.records.iter().filter(is_failed);
    failed.map(|record| record.message_id.clone().filter(|id| !id.is_empty())).collect()
}

/// Each email of the batch is under one of its keys, whole and once, and nothing else is new.
fn check_stored(batch: &Batch, after: &Objects) {
    let bodies = batch.event.records.iter().filter_map(|record| record.body.as_deref());
    let mut expected = BTreeSet::new();
    for body in bodies {
        let Some(fields) = contract::message(body).filter(|fields| !bucket::refuses(fields)) else {
            continue;
        };
        let email = wire_format::decode(body).expect("an email");
        let digest = ContentDigest::of(&email);
        let keys = ObjectKey::candidates(batch.layout, &email, &digest).map(|key| key.to_string());
        let has_it =
            |key: &&String| after.get(*key).is_some_and(|object| object.holds(&fields, &digest.to_string()));
        let key = keys.iter().find(has_it).expect("an email is under none of its keys");
        if !batch.objects.contains_key(key) {
            assert_eq!(after[key].email().as_ref(), Some(&fields), "another email than its digest says");
            expected.insert(key.clone());
        }
    }
    let new: BTreeSet<_> = after.keys().filter(|key| !batch.objects.contains_key(*key)).cloned().collect();
    assert_eq!(new, expected, "objects without a message");
}

/// The function in each layout, with a bucket of its own.
struct Mailroom {
    runtime: Runtime,
    bucket: Arc<Bucket>,
    flat: Worker,
    dated: Worker,
    together: Worker,
}

impl Mailroom {
    fn start() -> Self {
        let bucket = Arc::new(Bucket::default());
        let config = Builder::from(&sdk_config(Arc::clone(&bucket))).force_path_style(true).build();
        let s3 = || aws_sdk_s3::Client::from_conf(config.clone());
        let emails = |layout| EmailStore::new(s3(), bucket::NAME.to_owned(), layout);
        let worker = |store| Worker::new(store, Meter::new("fuzzed".to_owned()));
        let flat = worker(Store::PerEmail(emails(Layout::Flat)));
        let dated = worker(Store::PerEmail(emails(Layout::Dated)));
        let batches = BatchStore::new(s3(), bucket::NAME.to_owned());
        let together = worker(Store::Batch { batches, canary: emails(ObjectLayout::CANARY) });
        Self { runtime: tokio_runtime(), bucket, flat, dated, together }
    }

    /// The ids of the failed messages; `None` if the whole batch failed.
    fn handle(&self, batch: &Batch) -> Option<Vec<String>> {
        let worker = if batch.layout == Layout::Flat { &self.flat } else { &self.dated };
        self.failed(worker, &batch.event)
    }

    fn handle_together(&self, event: &SqsEvent) -> Option<Vec<String>> {
        self.failed(&self.together, event)
    }

    fn failed(&self, worker: &Worker, event: &SqsEvent) -> Option<Vec<String>> {
        let event = LambdaEvent::new(event.clone(), Context::default());
        let response = self.runtime.block_on(worker.handle(event)).ok()?;
        Some(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
    }

    /// The objects that hold batches.
    fn batches(&self) -> Vec<(BatchKey, Object)> {
        let objects = self.bucket.objects().into_iter();
        objects.filter_map(|(key, object)| Some((key.parse().ok()?, object))).collect()
    }
}
