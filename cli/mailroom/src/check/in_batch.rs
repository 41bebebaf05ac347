//! An email in a batch, as if it had an object of its own.

use super::context::CheckContext;
use crate::batch;
use crate::system::{CLOCK_SKEW, Explain, KEYS, listed_key};
use anyhow::Result;
use email::{BatchKey, BatchObject, Caller, ContentDigest, Receipt, wire_format};
use probe::StoredObject;
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, SystemTime};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The batches that were read, since none changes.
#[derive(Default)]
pub(crate) struct Read(HashSet<String>);

/// Looks at the batches that were written since the email was accepted, and whose first email was accepted in the same hour
/// or in the hour before. One in a batch with an email that waited longer is not found.
pub(crate) async fn find(
    context: &CheckContext<'_>,
    receipt: Receipt,
    read: &mut Read,
) -> Result<Option<StoredObject>> {
    let Some(accepted) = receipt.accepted_at() else { return Ok(None) };
    let before = accepted.checked_sub(HOUR).unwrap_or(SystemTime::UNIX_EPOCH);
    // Most are in the first.
    for prefix in [accepted, before].into_iter().filter_map(BatchKey::prefix_of_hour) {
        for key in written_since(context, &prefix, accepted).await? {
            if read.0.insert(key.clone())
                && let Some(object) = of(super::object::read(context, &key).await?, receipt)
            {
                context.recorder.hide(&object.key, "batch");
                return Ok(Some(object));
            }
        }
    }
    Ok(None)
}

async fn written_since(
    context: &CheckContext<'_>,
    prefix: &str,
    accepted: SystemTime,
) -> Result<Vec<String>> {
    let (bucket, mut keys) = (&context.system.outputs.bucket, Vec::new());
    let list = context.system.s3.list_objects_v2().bucket(bucket).prefix(prefix).encoding_type(KEYS);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.explain(format!("can't list the batches of {bucket}"))?;
        let recent = page.contents().iter().filter(|object| {
            let written = object.last_modified().and_then(|time| SystemTime::try_from(*time).ok());
            written.is_none_or(|written| written + CLOCK_SKEW >= accepted)
        });
        keys.extend(recent.filter_map(|object| listed_key(object.key()?, page.encoding_type())));
    }
    Ok(keys)
}

/// The email with this receipt in a batch. All that is wrong with the batch itself is the object's too.
pub(crate) fn of(object: StoredObject, receipt: Receipt) -> Option<StoredObject> {
    let (_, line) = batch::lines(&object.body).find(|(_, line)| line.receipt == Some(receipt))?;
    let mut metadata = BTreeMap::from([
        (Receipt::NAME.to_owned(), receipt.to_string()),
        (ContentDigest::NAME.to_owned(), line.digest.to_string()),
    ]);
    metadata.extend(line.caller.map(|caller| (Caller::NAME.to_owned(), caller.to_string())));
    let is_batch = object.content_type == BatchObject::CONTENT_TYPE;
    let content_type = if is_batch { "application/json".to_owned() } else { object.content_type };
    Some(StoredObject {
        content_type,
        metadata,
        body: wire_format::encode(&line.email).into_bytes(),
        ..object
    })
}
