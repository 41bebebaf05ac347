//! What the storage refuses, as S3 says it:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use crate::s3::S3StorageError;
use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3ErrorCode};

impl From<S3StorageError> for S3Error {
    fn from(error: S3StorageError) -> Self {
        let (code, message) = match &error {
            S3StorageError::NoSuchBucket(_) => {
                (S3ErrorCode::NoSuchBucket, "The specified bucket does not exist")
            }
            S3StorageError::BucketNotEmpty => (
                S3ErrorCode::BucketNotEmpty,
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
            ),
            S3StorageError::NoSuchKey | S3StorageError::Deleted { .. } => {
                (S3ErrorCode::NoSuchKey, "The specified key does not exist.")
            }
            S3StorageError::NoSuchVersion => {
                (S3ErrorCode::NoSuchVersion, "The specified version does not exist.")
            }
            S3StorageError::IsDeleteMarker => {
                (S3ErrorCode::MethodNotAllowed, "The specified method is not allowed against this resource.")
            }
            S3StorageError::PreconditionFailed => (
                S3ErrorCode::PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold",
            ),
            S3StorageError::ConditionalRequestConflict => (
                S3ErrorCode::ConditionalRequestConflict,
                "A conflicting conditional operation is currently in progress against this resource. Please try again.",
            ),
            S3StorageError::InvalidBucketName(_) => {
                (S3ErrorCode::InvalidBucketName, "The specified bucket is not valid.")
            }
            S3StorageError::InvalidKey(_) => (S3ErrorCode::KeyTooLongError, "Your key is too long"),
            S3StorageError::Metadata { .. }
            | S3StorageError::Io { .. }
            | S3StorageError::InUse(_)
            | S3StorageError::Task(_) => {
                tracing::error!(%error, "the storage failed");
                (S3ErrorCode::InternalError, "We encountered an internal error. Please try again.")
            }
        };
        let conflict = code == S3ErrorCode::ConditionalRequestConflict;
        let mut answer = Self::with_message(code, message);
        if conflict {
            answer.set_status_code(http::StatusCode::CONFLICT);
        }
        if let Some(headers) = headers(&error) {
            answer.set_headers(headers);
        }
        answer
    }
}

/// What tells a client that there is a delete marker, and which.
fn headers(error: &S3StorageError) -> Option<HeaderMap> {
    let version_id = match error {
        S3StorageError::Deleted { version_id } => Some(version_id),
        S3StorageError::IsDeleteMarker => None,
        _ => return None,
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Some(version_id) = version_id.and_then(|id| HeaderValue::try_from(id).ok()) {
        headers.insert("x-amz-version-id", version_id);
    }
    Some(headers)
}
