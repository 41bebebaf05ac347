//! The storage's errors, as S3 says them:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use super::details::Detailed;
use crate::s3::S3StorageError;
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode};

impl From<S3StorageError> for S3Error {
    fn from(error: S3StorageError) -> Self {
        use S3StorageError as Storage;
        #[rustfmt::skip]
        let (code, message) = match &error {
            Storage::NoSuchBucket(_) => (S3ErrorCode::NoSuchBucket, "The specified bucket does not exist"),
            Storage::BucketNotEmpty => (
                S3ErrorCode::BucketNotEmpty,
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
            ),
            Storage::NoSuchKey | Storage::Deleted { .. } => {
                (S3ErrorCode::NoSuchKey, "The specified key does not exist.")
            }
            Storage::NoSuchVersion => (S3ErrorCode::NoSuchVersion, "The specified version does not exist."),
            Storage::InvalidVersionId(_) => (S3ErrorCode::InvalidArgument, "Invalid version id specified"),
            Storage::NoSuchUpload(_) => (
                S3ErrorCode::NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            ),
            Storage::IsDeleteMarker => {
                (S3ErrorCode::MethodNotAllowed, "The specified method is not allowed against this resource.")
            }
            Storage::PreconditionFailed => (
                S3ErrorCode::PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold",
            ),
            Storage::ConditionalRequestConflict => (
                S3ErrorCode::ConditionalRequestConflict,
                "The conditional request cannot succeed due to a conflicting operation against this resource.",
            ),
            Storage::InvalidBucketName(_) => {
                (S3ErrorCode::InvalidBucketName, "The specified bucket is not valid.")
            }
            Storage::InvalidKey(_) => (S3ErrorCode::KeyTooLongError, "Your key is too long"),
            Storage::Metadata { .. } | Storage::Store(_) | Storage::Io(_) | Storage::InUse(_) | Storage::Task(_) => {
                tracing::error!(%error, "the storage failed");
                (S3ErrorCode::InternalError, "We encountered an internal error. Please try again.")
            }
        };
        let mut answer = Self::with_message(code, message);
        match &error {
            Storage::ConditionalRequestConflict => answer.set_status_code(StatusCode::CONFLICT),
            Storage::Deleted { version_id } => answer.set_headers(delete_marker(Some(version_id))),
            Storage::NoSuchUpload(id) => answer = answer.detail("UploadId", id),
            Storage::NoSuchBucket(name) if !name.is_empty() => answer = answer.detail("BucketName", name),
            Storage::InvalidVersionId(id) => {
                answer = answer.detail("ArgumentName", "versionId").detail("ArgumentValue", id);
            }
            Storage::IsDeleteMarker => {
                answer.set_headers(delete_marker(None));
                answer = answer.detail("ResourceType", "DeleteMarker");
            }
            _ => {}
        }
        answer
    }
}

/// Tells a client that there is a delete marker, and which.
fn delete_marker(version_id: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Some(version_id) = version_id.and_then(|id| HeaderValue::try_from(id).ok()) {
        headers.insert("x-amz-version-id", version_id);
    }
    headers
}
