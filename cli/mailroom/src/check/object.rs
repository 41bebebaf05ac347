//! An object of the bucket.

use super::context::CheckContext;
use super::in_batch;
use crate::batch;
use crate::system::Explain;
use anyhow::{Context, Result, anyhow, bail};
use email::{Email, ObjectKey, Receipt};
use probe::{ReadError, StoredObject};
use tokio::time::Instant;

/// Waits for an object with one of these keys, or for a batch with this receipt.
pub(crate) async fn wait_for(
    context: &CheckContext<'_>,
    keys: &[ObjectKey],
    receipt: Receipt,
) -> Result<StoredObject> {
    let mut batches = in_batch::Read::default();
    let look = probe::until(Instant::now() + context.within, async || {
        let mut errors = Vec::new();
        for key in keys {
            match read(context, &key.to_string()).await {
                Ok(object) => return Ok(object),
                Err(error) => errors.push(format!("{error:#}")),
            }
        }
        match in_batch::find(context, receipt, &mut batches).await {
            Ok(Some(object)) => return Ok(object),
            Ok(None) => {}
            Err(error) => errors.push(format!("{error:#}")),
        }
        Err(errors)
    });
    match look.await {
        Ok(object) => Ok(object),
        Err(mut errors) => {
            errors.dedup();
            bail!("not in {} s; the last look: {}", context.within.as_secs(), errors.join("; "));
        }
    }
}

/// Reads again the object in which this email was found.
pub(crate) async fn read_again(
    context: &CheckContext<'_>,
    key: &str,
    receipt: Receipt,
) -> Result<StoredObject> {
    let object = read(context, key).await?;
    match batch::is_batch(key) {
        true => in_batch::of(object, receipt)
            .with_context(|| format!("{key} has no email with receipt {receipt}")),
        false => Ok(object),
    }
}

/// Reads it once.
pub(crate) async fn read(context: &CheckContext<'_>, key: &str) -> Result<StoredObject> {
    let system = context.system;
    match StoredObject::read(&system.s3, &system.outputs.bucket, key).await {
        Ok(object) => Ok(object),
        Err(ReadError::Missing) => Err(anyhow!("{key} is not there")),
        Err(ReadError::Refused(error)) => Err(*error).explain(format!("can't read {key}")),
        Err(error @ ReadError::CutOff(_)) => Err(error).with_context(|| format!("can't read {key}")),
    }
}

/// How it differs from what this email, accepted with this receipt, has to become.
pub(crate) fn problems(object: &StoredObject, email: &Email, receipt: Receipt) -> Vec<String> {
    let problems = object.problems(email, receipt);
    problems.into_iter().map(|problem| format!("{}: {problem}", object.key)).collect()
}
