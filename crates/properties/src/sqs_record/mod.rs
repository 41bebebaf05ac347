//! A batch of the queue, through the whole of `worker`.
//!
//! - `batch`: the batch, as bytes say it or made of them, and what the bucket held before;
//! - `bucket`: S3.

mod batch;
mod bucket;

use crate::contract::{self, Fields};
use crate::in_process::{sdk_config, tokio_runtime};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_s3::config::Builder;
use batch::Batch;
use bucket::{Bucket, Objects};
use email::{ContentDigest, Layout, ObjectKey, wire_format};
use lambda_runtime::{Context, LambdaEvent};
use runtime::metrics::Meter;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::runtime::Runtime;
use worker::{EmailStore, Worker};

thread_local! {
    static MAILROOM: Mailroom = Mailroom::start();
}

/// Hands a batch to `worker`, twice, as SQS may.
///
/// # Panics
/// If it gives back anything but what is no email and what S3 refused; if an email is not in the bucket, or twice, or
/// changed; if an object that was there is not as it was.
pub fn check(bytes: &[u8]) {
    let Some(batch) = Batch::read(bytes) else { return };
    MAILROOM.with(|mailroom| {
        let before = mailroom.bucket.reset(batch.objects.clone());
        let answer = mailroom.handle(&batch);
        assert_eq!(answer, given_back(&batch.event), "what is given back");
        let after = mailroom.bucket.objects();
        nothing_overwritten(&before, &after);
        everything_filed(&batch, &before, &after);
        assert_eq!(mailroom.handle(&batch), answer, "the second time");
        assert_eq!(mailroom.bucket.objects(), after, "delivered twice, filed twice");
    });
}

/// The ids of what SQS must keep: messages that are no emails, and those that S3 refuses. None if one has no id.
fn given_back(event: &SqsEvent) -> Option<Vec<String>> {
    let failed =
        event.records.iter().filter(|record| email(record).is_none_or(|email| bucket::refuses(&email)));
    failed.map(|record| record.message_id.clone().filter(|id| !id.is_empty())).collect()
}

fn email(record: &SqsMessage) -> Option<Fields> {
    contract::message(record.body.as_deref().unwrap_or_default())
}

fn nothing_overwritten(before: &Objects, after: &Objects) {
    for (key, object) in before {
        assert_eq!(after.get(key), Some(object), "an object was overwritten");
    }
}

/// Each email of the batch is under a name of its own, whole and once, and nothing else is new.
fn everything_filed(batch: &Batch, before: &Objects, after: &Objects) {
    let bodies = batch.event.records.iter().filter_map(|record| record.body.as_deref());
    let mut expected = BTreeSet::new();
    for body in bodies {
        let Some(fields) = contract::message(body).filter(|fields| !bucket::refuses(fields)) else {
            continue;
        };
        let email = wire_format::decode(body).expect("an email");
        let (key, digest) = (ObjectKey::new(batch.layout, &email), ContentDigest::of(&email));
        let apart = [key.with_short_digest(&digest), key.with_full_digest(&digest)];
        let names: Vec<_> = [key].into_iter().chain(apart).map(|key| key.to_string()).collect();
        let has_it = |name: &&String| {
            after.get(*name).is_some_and(|object| object.holds(&fields, &digest.to_string()))
        };
        let name = names.iter().find(has_it).expect("an email is under none of its names");
        if !before.contains_key(name) {
            assert_eq!(after[name].email().as_ref(), Some(&fields), "another email than its digest says");
            expected.insert(name.clone());
        }
    }
    let new: BTreeSet<_> = after.keys().filter(|key| !before.contains_key(*key)).cloned().collect();
    assert_eq!(new, expected, "objects that nobody sent");
}

/// The function in both layouts, with a bucket of its own.
struct Mailroom {
    runtime: Runtime,
    bucket: Arc<Bucket>,
    flat: Worker,
    dated: Worker,
}

impl Mailroom {
    fn start() -> Self {
        let bucket = Arc::new(Bucket::default());
        let config = Builder::from(&sdk_config(Arc::clone(&bucket))).force_path_style(true).build();
        let worker = |layout| {
            let s3 = aws_sdk_s3::Client::from_conf(config.clone());
            Worker::new(EmailStore::new(s3, bucket::NAME.to_owned(), layout), Meter::new("fuzzed".to_owned()))
        };
        let (flat, dated) = (worker(Layout::Flat), worker(Layout::Dated));
        Self { runtime: tokio_runtime(), bucket, flat, dated }
    }

    /// The ids that are given back; none if the whole batch is.
    fn handle(&self, batch: &Batch) -> Option<Vec<String>> {
        let worker = if batch.layout == Layout::Flat { &self.flat } else { &self.dated };
        let event = LambdaEvent::new(batch.event.clone(), Context::default());
        let answer = self.runtime.block_on(worker.handle(event)).ok()?;
        Some(answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
    }
}
