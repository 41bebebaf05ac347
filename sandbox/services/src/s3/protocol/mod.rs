//! S3's operations, as they come in over HTTP through `s3s`.
//!
//! `gate` lets a request in, `bodies` and `members` look at each member of its input, the operations are in the other modules, and
//! `details` completes an error.

use super::{S3Storage, S3StorageError};
use details::Subject;
use gate::{IgnoredHeaders, Keys, Members};
use http::{Request, Response, StatusCode, header};
use hyper::body::Body as _;
use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3, S3Request, S3Response, S3Result};

mod bodies;
mod buckets;
mod conditions;
mod copies;
mod deletions;
mod details;
mod error;
mod gate;
mod lists;
mod members;
mod objects;
mod reads;
mod uploads;

/// S3's protocol on top of the storage.
#[derive(Debug)]
pub(crate) struct S3Protocol(S3Service);

impl S3Protocol {
    pub(crate) fn new(storage: S3Storage, region: &str, account_id: &str) -> Self {
        let protocol = Protocol { storage, region: region.to_owned(), account_id: account_id.to_owned() };
        let unsigned = S3ServiceBuilder::new(protocol.clone()).build();
        let mut builder = S3ServiceBuilder::new(protocol);
        builder.set_auth(Keys);
        builder.set_access(Members);
        builder.set_route(IgnoredHeaders { unsigned });
        Self(builder.build())
    }

    /// Answers the request for `path`, which is `bucket/key`.
    pub(crate) async fn respond(
        &self,
        request: Request<Body>,
        operation: &str,
        path: &str,
        id: &str,
    ) -> Response<Body> {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let version = form_urlencoded::parse(query).find(|(name, _)| name == "versionId");
        let subject = Subject {
            method: request.method().clone(),
            path: path.to_owned(),
            version_id: version.map(|(_, id)| id.into_owned()),
            has_body: !request.body().is_end_stream(),
            request_id: id.to_owned(),
        };
        let request = match bodies::look_at(request, operation).await {
            Ok(request) => request,
            Err(refusal) => return details::complete(refusal, &subject).await,
        };
        match self.0.call(request).await {
            Ok(response) => details::complete(response, &subject).await,
            Err(error) => {
                tracing::error!(?error, "S3 could not answer");
                let message = "We encountered an internal error. Please try again.";
                error_response(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message, id)
            }
        }
    }
}

/// An error that doesn't come from `s3s`. `message` is text of ours, which needs no escapes in XML.
pub(crate) fn error_response(
    status: StatusCode,
    code: &str,
    message: &'static str,
    request_id: &str,
) -> Response<Body> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    );
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/xml"));
    response
}

type Reply<T> = S3Result<S3Response<T>>;

#[derive(Clone)]
struct Protocol {
    storage: S3Storage,
    region: String,
    account_id: String,
}

impl Protocol {
    fn owner(&self) -> Owner {
        // A canonical user id has 64 hexadecimal digits.
        Owner { display_name: None, id: Some(format!("{:0>64}", self.account_id)) }
    }

    /// Creates, changes or deletes a bucket off the async threads.
    async fn change_buckets(
        &self,
        change: impl FnOnce(&S3Storage) -> Result<(), S3StorageError> + Send + 'static,
    ) -> S3Result<()> {
        let storage = self.storage.clone();
        let changed = tokio::task::spawn_blocking(move || change(&storage)).await;
        Ok(changed.map_err(S3StorageError::from)??)
    }
}

/// The operations that the sandbox answers, each by the method of [`Protocol`] that is named.
macro_rules! operations {
    ($($operation:ident($Input:ident) -> $Output:ident by $method:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Protocol {
            $(async fn $operation(&self, request: S3Request<$Input>) -> Reply<$Output> {
                self.$method(request).await
            })*
        }
    };
}

operations! {
    put_object(PutObjectInput) -> PutObjectOutput by put;
    get_object(GetObjectInput) -> GetObjectOutput by get;
    head_object(HeadObjectInput) -> HeadObjectOutput by head;
    copy_object(CopyObjectInput) -> CopyObjectOutput by copy;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput by begin_upload;
    upload_part(UploadPartInput) -> UploadPartOutput by receive_part;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput by copy_part;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput by complete_upload;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput by abort_upload;
    list_parts(ListPartsInput) -> ListPartsOutput by list_parts_of;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput by list_uploads;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput by delete;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput by delete_batch;
    list_objects(ListObjectsInput) -> ListObjectsOutput by list_v1;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output by list_v2;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput by list_versions;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput by versioning;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput by set_versioning;
    create_bucket(CreateBucketInput) -> CreateBucketOutput by create;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput by remove;
    list_buckets(ListBucketsInput) -> ListBucketsOutput by list;
    head_bucket(HeadBucketInput) -> HeadBucketOutput by head_of_bucket;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput by location;
    get_bucket_replication(GetBucketReplicationInput) -> GetBucketReplicationOutput by replication;
    get_object_lock_configuration(GetObjectLockConfigurationInput) -> GetObjectLockConfigurationOutput by object_lock;
}
