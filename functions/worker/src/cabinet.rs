//! Files emails in the bucket without ever overwriting one.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use email::{ContentDigest, Email, Layout, ObjectKey, Receipt, wire_format};
use runtime::aws::Failure;
use runtime::metrics::{Metrics, S3_PUT_LATENCY};
use std::time::Duration;
use tokio::time::sleep;

/// How often a name is tried while S3 reports another write to it under way (409) or what stood there is gone.
const TRIES: u32 = 5;
/// The longest wait before the second try; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The largest object that is read to compare it, in bytes. An email fits a message of 1 MiB, and no way of
/// escaping makes its JSON more than six times as long.
const COMPARED_UP_TO: i64 = 6 * 1_048_576;

/// The bucket and how its objects are named.
pub struct Cabinet {
    s3: aws_sdk_s3::Client,
    bucket: String,
    layout: Layout,
}

/// Where an email ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Filed {
    /// In an object of its own name.
    New,
    /// It was there already: delivered twice, or sent twice.
    Already,
    /// Beside other emails of the same name, under its second name or its third.
    Apart,
}

/// Why an email is not filed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FilingError {
    /// S3 did not do its part.
    #[error("S3 {operation}: {failure}")]
    S3 { operation: &'static str, failure: Failure },
    /// Others kept writing to the same name.
    #[error("S3 PutObject: a conflict with another write, {TRIES} times in a row")]
    Contended,
    /// The third name holds the whole digest, so it was not taken by an email that `worker` filed.
    #[error("other objects have all three of its names: move away the one that ends in 64 hex digits")]
    NoNameLeft,
}

/// What a name turned out to hold.
enum Claim {
    Ours,
    SameEmail,
    OtherEmail,
}

impl Cabinet {
    /// The bucket called `bucket`.
    #[must_use]
    pub fn new(s3: aws_sdk_s3::Client, bucket: String, layout: Layout) -> Self {
        Self { s3, bucket, layout }
    }

    /// Files `email`. Doing it again, or at the same time elsewhere, changes nothing.
    pub(crate) async fn file(
        &self,
        email: &Email,
        receipt: Option<Receipt>,
        metrics: &Metrics,
    ) -> Result<Filed, FilingError> {
        let digest = ContentDigest::of(email);
        let key = ObjectKey::new(self.layout, email);
        match self.claim(&key, email, digest, receipt, metrics).await? {
            Claim::Ours => return Ok(Filed::New),
            Claim::SameEmail => return Ok(Filed::Already),
            Claim::OtherEmail => {}
        }
        for key in [key.with_short_digest(&digest), key.with_full_digest(&digest)] {
            match self.claim(&key, email, digest, receipt, metrics).await? {
                Claim::Ours => return Ok(Filed::Apart),
                Claim::SameEmail => return Ok(Filed::Already),
                Claim::OtherEmail => {}
            }
        }
        Err(FilingError::NoNameLeft)
    }

    /// Writes the email under `key` unless something stands there, and then tells what does.
    async fn claim(
        &self,
        key: &ObjectKey,
        email: &Email,
        digest: ContentDigest,
        receipt: Option<Receipt>,
        metrics: &Metrics,
    ) -> Result<Claim, FilingError> {
        let key = key.to_string();
        for round in 0..TRIES {
            if round > 0 {
                let longest = FIRST_BACKOFF * 2_u32.pow(round - 1);
                sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
            let timer = metrics.time(S3_PUT_LATENCY);
            let put = self.put(&key, email, digest, receipt).await;
            drop(timer);
            match put {
                Ok(()) => return Ok(Claim::Ours),
                Err(error) if status(&error) == Some(409) => {}
                Err(error) if status(&error) == Some(412) => {
                    if let Some(claim) = self.compare(&key, email, digest).await? {
                        return Ok(claim);
                    }
                }
                Err(error) => {
                    return Err(FilingError::S3 { operation: "PutObject", failure: Failure::from(&error) });
                }
            }
        }
        Err(FilingError::Contended)
    }

    async fn put(
        &self,
        key: &str,
        email: &Email,
        digest: ContentDigest,
        receipt: Option<Receipt>,
    ) -> Result<(), SdkError<PutObjectError>> {
        let mut request = self.s3.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        request = request
            .content_type("application/json")
            .body(ByteStream::from(wire_format::encode(email).into_bytes()));
        request = request.metadata(ContentDigest::NAME, digest.to_string());
        if let Some(receipt) = receipt {
            request = request.metadata(Receipt::NAME, receipt.to_string());
        }
        request.send().await.map(drop)
    }

    /// Compares what stands under `key` with the email; `None` if nothing does any more.
    ///
    /// S3 says 404 of what isn't there only to those who may list the bucket, and 403 to a worker that may not:
    /// then the message is given back, and filed the next time.
    async fn compare(
        &self,
        key: &str,
        email: &Email,
        digest: ContentDigest,
    ) -> Result<Option<Claim>, FilingError> {
        let head = match self.s3.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => head,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => {
                return Err(FilingError::S3 { operation: "HeadObject", failure: Failure::from(&error) });
            }
        };
        let same = match head.metadata().and_then(|metadata| metadata.get(ContentDigest::NAME)) {
            Some(stored) => *stored == digest.to_string(),
            None if head.content_length().is_some_and(|length| length > COMPARED_UP_TO) => false,
            None => match self.read(key).await? {
                Some(body) => std::str::from_utf8(&body)
                    .is_ok_and(|body| wire_format::decode(body).is_ok_and(|stored| stored == *email)),
                None => return Ok(None),
            },
        };
        Ok(Some(if same { Claim::SameEmail } else { Claim::OtherEmail }))
    }

    /// The body of an object that somebody else wrote; `None` if it is gone.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, FilingError> {
        let object = match self.s3.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => {
                return Err(FilingError::S3 { operation: "GetObject", failure: Failure::from(&error) });
            }
        };
        let body = object.body.collect().await;
        let body =
            body.map_err(|_| FilingError::S3 { operation: "GetObject", failure: Failure::cut_off() })?;
        Ok(Some(body.to_vec()))
    }
}

/// The HTTP status of an error answer. For `HeadObject` it is all there is: its errors have no body.
fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
