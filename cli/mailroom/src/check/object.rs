//! An object of the bucket.

use super::context::CheckContext;
use crate::system::Explain;
use anyhow::{Context, Result, bail};
use aws_sdk_s3::error::SdkError;
use email::{Email, ObjectKey, Receipt, wire_format};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The wait before the second look. It grows up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[derive(PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub(crate) key: String,
    version: Option<String>,
    etag: Option<String>,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl StoredObject {
    /// Waits for an object with one of these keys.
    pub(crate) async fn wait_for(context: &CheckContext<'_>, keys: &[ObjectKey]) -> Result<Self> {
        let (end, mut pause) = (Instant::now() + context.within, FIRST_PAUSE);
        loop {
            let mut errors = Vec::new();
            for key in keys {
                match Self::read(context, &key.to_string()).await {
                    Ok(object) => return Ok(object),
                    Err(error) => errors.push(format!("{error:#}")),
                }
            }
            if Instant::now() >= end {
                errors.dedup();
                bail!("not in {} s; the last look: {}", context.within.as_secs(), errors.join("; "));
            }
            sleep(pause.min(end - Instant::now())).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Reads it once. S3 answers 403 for a missing object if the caller may not list the bucket (GetObject, Amazon S3 API
    /// reference), so a 403 is as good a reason to look again as a 404.
    pub(crate) async fn read(context: &CheckContext<'_>, key: &str) -> Result<Self> {
        let get = context.system.s3.get_object().bucket(&context.system.outputs.bucket).key(key);
        let object = match get.send().await {
            Err(SdkError::ServiceError(refused)) if refused.err().is_no_such_key() => {
                bail!("{key} is not there")
            }
            object => object.explain(format!("can't read {key}"))?,
        };
        let (version, etag) = (object.version_id().map(Into::into), object.e_tag().map(Into::into));
        let content_type = object.content_type().unwrap_or_default().to_owned();
        let metadata = object.metadata().cloned().unwrap_or_default().into_iter().collect();
        let body = object.body.collect().await.with_context(|| format!("{key} was cut off"))?.to_vec();
        Ok(Self { key: key.to_owned(), version, etag, content_type, metadata, body })
    }

    /// How it differs from what this email, accepted with this receipt, has to become.
    pub(crate) fn problems(&self, email: &Email, receipt: &str) -> Vec<String> {
        let mut problems = Vec::new();
        match self.metadata.get(Receipt::NAME).map(String::as_str) {
            Some(found) if found == receipt => {}
            Some(found) => problems.push(format!("the receipt is {found} instead of {receipt}")),
            None => problems.push(format!("the receipt {receipt} is missing")),
        }
        if self.content_type != "application/json" {
            problems.push(format!("the content type is {:?} instead of application/json", self.content_type));
        }
        let stored = std::str::from_utf8(&self.body).ok().and_then(|body| wire_format::decode(body).ok());
        if stored.is_none_or(|stored| stored != *email) {
            problems.push("the body is not exactly the email that was sent".to_owned());
        }
        problems.into_iter().map(|problem| format!("{}: {problem}", self.key)).collect()
    }
}
