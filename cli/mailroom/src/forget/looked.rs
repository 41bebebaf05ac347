//! Whose a version is.

use super::in_batch::{Share, write_others};
use super::sweep::{Erasure, version_id};
use crate::batch;
use crate::find::Entry;
use crate::system::Explain;
use anyhow::{Context, Result};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::ReplicationStatus;
use email::Sender;
use terminal::text::Printable;

/// The largest object that is read. An email's JSON has at most six times the size of a message.
const LARGEST: u64 = 6 * 1_048_576;

/// A version that was read.
pub(crate) enum Looked {
    /// Everything in it is the sender's, or the rest is stored elsewhere now.
    Own { is_pending: bool, has_others: bool },
    /// It has nothing of the sender.
    Another { is_batch: bool },
    /// Nobody can tell whose it is, for this reason.
    Unclear(Printable),
    /// The others' emails can't be written elsewhere: S3's code.
    NotWritten(Printable),
}

impl Looked {
    /// Nothing if the version is gone meanwhile, or after a signal. The errors must not hold the key, which has a sender in
    /// it.
    pub(crate) async fn at(erasure: &Erasure<'_>, entry: &Entry, sender: &Sender) -> Result<Option<Self>> {
        let Some(read) = erasure.interrupt.run(read(erasure, entry)).await else { return Ok(None) };
        let (body, is_pending) = match read? {
            Read::Object { body, is_pending } => (body, is_pending && erasure.delete),
            Read::Gone => return Ok(None),
            Read::Not(why) => return Ok(Some(Self::Unclear(why))),
        };
        let is_batch = batch::is_batch(&entry.key);
        let share = if is_batch { Share::of(&body, sender) } else { Share::of_one(&body, sender) };
        Ok(Some(match share {
            Share::Unclear => Self::Unclear("not an email".into()),
            Share::Nothing => Self::Another { is_batch },
            Share::Everything => Self::Own { is_pending, has_others: false },
            Share::Part(_) if !erasure.delete => Self::Own { is_pending, has_others: true },
            Share::Part(others) => {
                let written = write_others(erasure.place, entry, others);
                let written = erasure.interrupt.finish(written).await;
                match written
                    .context("stopped while a batch was written: run the same command again to continue")?
                {
                    Ok(()) => Self::Own { is_pending, has_others: true },
                    Err(code) => Self::NotWritten(code),
                }
            }
        }))
    }
}

enum Read {
    Object { body: Vec<u8>, is_pending: bool },
    Gone,
    Not(Printable),
}

async fn read(Erasure { place, .. }: &Erasure<'_>, entry: &Entry) -> Result<Read> {
    if entry.size > if batch::is_batch(&entry.key) { batch::LARGEST } else { LARGEST } {
        return Ok(Read::Not("too large".into()));
    }
    let get = place.s3.get_object().bucket(&place.bucket).key(&entry.key).version_id(version_id(entry));
    let object = match get.send().await {
        Err(SdkError::ServiceError(refused)) => {
            return Ok(match refused.err().code() {
                Some("NoSuchVersion" | "NoSuchKey") => Read::Gone,
                code => Read::Not(code.unwrap_or("refused").into()),
            });
        }
        answer => answer.explain(format!("can't read an object of {}", place.bucket))?,
    };
    let is_pending = object.replication_status() == Some(&ReplicationStatus::Pending);
    let body = object.body.collect().await.context("an object was cut off: run the command again")?;
    Ok(Read::Object { body: body.to_vec(), is_pending })
}
