//! stub
use std::path::PathBuf;
#[derive(Clone, Debug)]
pub struct S3Storage;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct S3StorageError;
impl S3Storage {
    pub(super) async fn open(_: PathBuf, _: crate::events::Events) -> Result<Self, S3StorageError> {
        Ok(Self)
    }
}
struct P;
#[async_trait::async_trait]
impl s3s::S3 for P {}
pub(super) fn protocol(_s: S3Storage, _r: &str) -> s3s::service::S3Service {
    s3s::service::S3ServiceBuilder::new(P).build()
}
pub(super) fn error_answer(_: http::StatusCode, _: &str, _: &str) -> http::Response<s3s::Body> {
    http::Response::new(s3s::Body::empty())
}
