//! Stores emails in the bucket and never overwrites one.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use email::{Caller, ContentDigest, Email, Layout, ObjectKey, Receipt, wire_format};
use runtime::aws::AwsError;
use runtime::metrics::{Metrics, S3_PUT_LATENCY};
use std::time::Duration;
use tokio::time::sleep;

/// Attempts at one key while S3 reports another write to it in progress (409), or while the object there disappears.
const ATTEMPTS: u32 = 5;
/// The longest wait before the second attempt; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The largest object that is read for comparison, in bytes. An email fits into a message of 1 MiB, and escaping
/// makes its JSON at most six times as long.
const COMPARED_UP_TO: i64 = 6 * 1_048_576;

/// The bucket, and the form of its keys.
pub struct EmailStore {
    s3: aws_sdk_s3::Client,
    bucket: String,
    layout: Layout,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stored {
    /// In an object under its first key.
    Created,
    /// It was there already: delivered twice, or sent twice.
    Duplicate,
    /// In an object under its second or third key, since other emails have those before.
    KeyCollision,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("S3 {operation}: {error}")]
    S3 { operation: &'static str, error: AwsError },
    #[error("S3 PutObject: conflict with another write, {ATTEMPTS} times in a row")]
    Contended,
    /// The third key holds the full digest, so `worker` did not store another email there.
    #[error("other objects have all three of its names: move away the one that ends in 64 hex digits")]
    KeysTaken,
}

impl StoreError {
    fn s3<E: ProvideErrorMetadata>(operation: &'static str, error: SdkError<E>) -> Self {
        Self::S3 { operation, error: error.into() }
    }
}

/// The object under a key after an attempt to create it.
enum Found {
    Created,
    SameEmail,
    OtherEmail,
}

/// Where an email comes from, for the metadata of its object. A duplicate's is not stored.
pub(crate) struct Origin {
    pub(crate) receipt: Option<Receipt>,
    pub(crate) caller: Option<Caller>,
}

/// An email and the metadata of its object.
struct NewObject<'a> {
    email: &'a Email,
    digest: ContentDigest,
    origin: &'a Origin,
}

impl EmailStore {
    pub fn new(s3: aws_sdk_s3::Client, bucket: String, layout: Layout) -> Self {
        Self { s3, bucket, layout }
    }

    /// Stores `email`. Repetitions, even at the same time in another instance, change nothing.
    pub(crate) async fn store(
        &self,
        email: &Email,
        origin: &Origin,
        metrics: &Metrics,
    ) -> Result<Stored, StoreError> {
        let digest = ContentDigest::of(email);
        let object = NewObject { email, digest, origin };
        let mut created = Stored::Created;
        for key in ObjectKey::candidates(self.layout, email, &digest) {
            match self.create(&key.to_string(), &object, metrics).await? {
                Found::Created => return Ok(created),
                Found::SameEmail => return Ok(Stored::Duplicate),
                Found::OtherEmail => created = Stored::KeyCollision,
            }
        }
        Err(StoreError::KeysTaken)
    }

    /// Creates the object unless there is one under `key`, and compares the email with that one.
    async fn create(
        &self,
        key: &str,
        object: &NewObject<'_>,
        metrics: &Metrics,
    ) -> Result<Found, StoreError> {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                let longest = FIRST_BACKOFF * 2_u32.pow(attempt - 1);
                sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
            let timer = metrics.time(S3_PUT_LATENCY);
            let put = self.put(key, object).await;
            drop(timer);
            match put {
                Ok(()) => return Ok(Found::Created),
                Err(error) if status(&error) == Some(409) => {}
                Err(error) if status(&error) == Some(412) => {
                    if let Some(found) = self.compare(key, object).await? {
                        return Ok(found);
                    }
                }
                Err(error) => return Err(StoreError::s3("PutObject", error)),
            }
        }
        Err(StoreError::Contended)
    }

    async fn put(&self, key: &str, object: &NewObject<'_>) -> Result<(), SdkError<PutObjectError>> {
        let mut request = self.s3.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        request = request
            .content_type("application/json")
            .body(ByteStream::from(wire_format::encode(object.email).into_bytes()))
            .metadata(ContentDigest::NAME, object.digest.to_string());
        if let Some(receipt) = object.origin.receipt {
            request = request.metadata(Receipt::NAME, receipt.to_string());
        }
        if let Some(caller) = &object.origin.caller {
            request = request.metadata(Caller::NAME, caller.to_string());
        }
        request.send().await.map(drop)
    }

    /// Compares the object under `key` with the new one; `None` if it is gone.
    ///
    /// S3 answers 404 for a missing object only if the role may list the bucket, and 403 otherwise. Then the message
    /// goes back to the queue, and the next attempt stores it.
    async fn compare(&self, key: &str, object: &NewObject<'_>) -> Result<Option<Found>, StoreError> {
        let head = match self.s3.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => head,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => return Err(StoreError::s3("HeadObject", error)),
        };
        let same = match head.metadata().and_then(|metadata| metadata.get(ContentDigest::NAME)) {
            Some(stored) => *stored == object.digest.to_string(),
            None if head.content_length().is_some_and(|length| length > COMPARED_UP_TO) => false,
            None => match self.read(key).await? {
                Some(body) => std::str::from_utf8(&body)
                    .is_ok_and(|body| wire_format::decode(body).is_ok_and(|stored| stored == *object.email)),
                None => return Ok(None),
            },
        };
        Ok(Some(if same { Found::SameEmail } else { Found::OtherEmail }))
    }

    /// The body of an object that another program wrote; `None` if it is gone.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let object = match self.s3.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => return Err(StoreError::s3("GetObject", error)),
        };
        match object.body.collect().await {
            Ok(body) => Ok(Some(body.to_vec())),
            Err(_) => Err(StoreError::S3 { operation: "GetObject", error: AwsError::truncated() }),
        }
    }
}

/// The HTTP status of an error. `HeadObject` has nothing else: its error responses have no body.
fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
