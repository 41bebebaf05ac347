//! An object of the bucket.

use super::Scene;
use crate::system::Explain;
use anyhow::{Context, Result, bail};
use aws_sdk_s3::error::SdkError;
use email::{Email, ObjectKey, Receipt, wire_format};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The wait before the second look; each later one is longer, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// An object as it is in the bucket.
#[derive(PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) key: String,
    version: Option<String>,
    etag: Option<String>,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Found {
    /// Waits for an object with one of these keys.
    pub(crate) async fn wait_for(scene: &Scene<'_>, keys: &[ObjectKey]) -> Result<Self> {
        let (end, mut pause) = (Instant::now() + scene.within, FIRST_PAUSE);
        loop {
            let mut last = Vec::new();
            for key in keys {
                match Self::look(scene, &key.to_string()).await {
                    Ok(found) => return Ok(found),
                    Err(error) => last.push(format!("{error:#}")),
                }
            }
            if Instant::now() >= end {
                last.dedup();
                bail!("not in {} s; the last look: {}", scene.within.as_secs(), last.join("; "));
            }
            sleep(pause.min(end - Instant::now())).await;
            pause = (pause * 3 / 2).min(LAST_PAUSE);
        }
    }

    /// The object, now. S3 says 403 of what isn't there to whoever may not list the bucket ("`GetObject`", Amazon S3
    /// API reference), so that is as good a reason to look again as a 404.
    pub(crate) async fn look(scene: &Scene<'_>, key: &str) -> Result<Self> {
        let get = scene.system.s3.get_object().bucket(&scene.system.outputs.bucket).key(key);
        let object = match get.send().await {
            Err(SdkError::ServiceError(refused)) if refused.err().is_no_such_key() => {
                bail!("{key} is not there")
            }
            object => object.explain(format!("{key} can't be read"))?,
        };
        let (version, etag) = (object.version_id().map(Into::into), object.e_tag().map(Into::into));
        let content_type = object.content_type().unwrap_or_default().to_owned();
        let metadata = object.metadata().cloned().unwrap_or_default().into_iter().collect();
        let body = object.body.collect().await.with_context(|| format!("{key} was cut off"))?.to_vec();
        Ok(Self { key: key.to_owned(), version, etag, content_type, metadata, body })
    }

    /// What is wrong with it, if it is to be this email, accepted with this receipt.
    pub(crate) fn faults(&self, email: &Email, receipt: &str) -> Vec<String> {
        let mut faults = Vec::new();
        match self.metadata.get(Receipt::NAME).map(String::as_str) {
            Some(found) if found == receipt => {}
            Some(found) => faults.push(format!("it has the receipt {found} instead of {receipt}")),
            None => faults.push(format!("it has no receipt instead of {receipt}")),
        }
        if self.content_type != "application/json" {
            faults.push(format!("its content type is {:?} instead of application/json", self.content_type));
        }
        let filed = std::str::from_utf8(&self.body).ok().and_then(|body| wire_format::decode(body).ok());
        if filed.is_none_or(|filed| filed != *email) {
            faults.push("it is not the email that was sent, whole and nothing else".to_owned());
        }
        faults
    }
}
