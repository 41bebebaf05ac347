//! Objects of the layout `batch`, which hold many emails, a line each.

use crate::system::{Explain, System};
use anyhow::{Context, Result};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use email::{BatchKey, BatchLine, ContentDigest, Identity};
use std::collections::HashSet;

/// The largest that is read. An invocation gets 6 MB of messages, at most 10,000; a line adds some 250 bytes to each.
pub(crate) const LARGEST: u64 = 16 * 1_048_576;

pub(crate) fn is_batch(key: &str) -> bool {
    key.starts_with(BatchKey::PREFIX)
}

/// The emails of a batch, each with the number of its line, counted from 1. Anything else is left out.
pub(crate) fn lines(body: &[u8]) -> impl Iterator<Item = (u64, BatchLine)> {
    let lines = body.split(|byte| *byte == b'\n').zip(1..);
    lines.filter_map(|(line, number)| Some((number, BatchLine::parse(line).ok()?)))
}

/// Reads a batch; nothing if it is gone, or if no batch is as large.
pub(crate) async fn read(system: &System, key: &str, version_id: Option<String>) -> Result<Option<Vec<u8>>> {
    let get = system.s3.get_object().bucket(&system.outputs.bucket).key(key);
    let answer = get.set_version_id(version_id).send().await;
    if let Err(SdkError::ServiceError(refused)) = &answer
        && matches!(refused.err().code(), Some("NoSuchKey" | "NoSuchVersion"))
    {
        return Ok(None);
    }
    let object = answer.explain("can't read a batch")?;
    if object
        .content_length()
        .is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > LARGEST))
    {
        return Ok(None);
    }
    Ok(Some(object.body.collect().await.context("a batch was cut off: run the command again")?.to_vec()))
}

/// Knows emails that it has seen, wherever else they are stored.
#[derive(Default)]
pub(crate) struct Seen(HashSet<(Identity, ContentDigest)>);

impl Seen {
    /// True for the first copy of an email. Another email has its receipt only if somebody has sent it to the queue so.
    pub(crate) fn is_new(&mut self, line: &BatchLine) -> bool {
        self.0.insert((line.identity(), line.digest))
    }
}
