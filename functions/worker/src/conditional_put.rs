//! Creates an object, and never overwrites one.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use email::BatchKey;
use runtime::aws::AwsError;
use runtime::metrics::{Metrics, S3_PUT_LATENCY};
use std::time::Duration;
use tokio::time::sleep;

/// Attempts at one key while S3 reports another write to it in progress (409), or while the object there disappears.
const ATTEMPTS: u32 = 5;
/// The longest wait before the second attempt; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
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
    /// The key holds the digest of the batch, so `worker` did not store another object there.
    #[error("another object has the batch's name: move {0} away")]
    BatchKeyTaken(BatchKey),
    /// The third key holds the full digest, so `worker` did not store another email there.
    #[error("other objects have all three of its names: move away the one that ends in 64 hex digits")]
    KeysTaken,
}

impl StoreError {
    pub(crate) fn s3<E: ProvideErrorMetadata>(operation: &'static str, error: SdkError<E>) -> Self {
        Self::S3 { operation, error: error.into() }
    }
}

/// The object under a key after an attempt to create it.
pub(crate) enum Found {
    Created,
    Same,
    Other,
}

/// Creates the object with `put`, unless there is one under its key; `compare` tells what that one holds, and `None` if it
/// is gone.
pub(crate) async fn create(
    metrics: &Metrics,
    put: impl AsyncFn() -> Result<(), SdkError<PutObjectError>>,
    compare: impl AsyncFn() -> Result<Option<Found>, StoreError>,
) -> Result<Found, StoreError> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            let longest = FIRST_BACKOFF * 2_u32.pow(attempt - 1);
            sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        }
        let timer = metrics.time(S3_PUT_LATENCY);
        let put = put().await;
        drop(timer);
        match put {
            Ok(()) => return Ok(Found::Created),
            Err(error) if status(&error) == Some(409) => {}
            Err(error) if status(&error) == Some(412) => {
                if let Some(found) = compare().await? {
                    return Ok(found);
                }
            }
            Err(error) => return Err(StoreError::s3("PutObject", error)),
        }
    }
    Err(StoreError::Contended)
}

/// The HTTP status of an error. `HeadObject` has nothing else: its error responses have no body.
pub(crate) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
