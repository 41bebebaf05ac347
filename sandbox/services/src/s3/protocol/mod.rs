//! S3's operations, as they come in over HTTP through `s3s`.

use super::{
    Checksums, DeleteCondition, Deletion, NewObject, ObjectHeaders, S3Storage, S3StorageError, Versioning,
    listing,
};
use crate::s3::bucket::Bucket as Stored;
use crate::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use http::{Response, StatusCode, header};
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use std::time::SystemTime;

mod error;
mod lists;
mod objects;

/// The most keys that one request deletes.
const DELETIONS: usize = 1_000;

const MALFORMED_XML: &str =
    "The XML you provided was not well-formed or did not validate against our published schema";

/// S3's protocol on top of `storage`.
pub(crate) fn protocol(storage: S3Storage, region: &str) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Protocol { storage, region: region.to_owned() });
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    builder.build()
}

/// An error that doesn't come from `s3s`.
pub(crate) fn error_response(status: StatusCode, code: &str, request_id: &str) -> Response<Body> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>An injected fault.</Message><RequestId>{request_id}</RequestId></Error>"
    );
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/xml"));
    response
}

type Reply<T> = S3Result<S3Response<T>>;

struct Protocol {
    storage: S3Storage,
    region: String,
}

impl Protocol {
    fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        let exists = self.storage.buckets().iter().any(|(name, _)| name == bucket);
        if exists { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// Creates or deletes a bucket off the async threads.
    async fn change_buckets(
        &self,
        change: impl FnOnce(&S3Storage) -> Result<(), S3StorageError> + Send + 'static,
    ) -> S3Result<()> {
        let storage = self.storage.clone();
        let changed = tokio::task::spawn_blocking(move || change(&storage)).await;
        Ok(changed.map_err(S3StorageError::from)??)
    }
}

#[async_trait::async_trait]
impl S3 for Protocol {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> Reply<PutObjectOutput> {
        let (mut input, trailers) = (request.input, request.trailing_headers);
        let began = self.storage.with(&input.bucket, |bucket| Ok(bucket.sequence())).await?;
        let condition = objects::put_condition(&input)?;
        let metadata = objects::user_metadata(input.metadata.take())?;
        let bytes = objects::read(input.body.take(), input.content_length).await?;
        let trailers = trailers.and_then(|trailers| trailers.take());
        let claimed = Checksums::claimed(&input, trailers.as_ref());
        objects::check(&bytes, &claimed, input.content_md5.as_deref())?;
        let object = NewObject {
            key: input.key,
            bytes,
            headers: ObjectHeaders {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_language: input.content_language,
                content_disposition: input.content_disposition,
                cache_control: input.cache_control,
            },
            metadata,
            condition,
        };
        let info = self.storage.put_with(&input.bucket, object, claimed, began).await?;
        Ok(S3Response::new(objects::put_output(info)))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Reply<GetObjectOutput> {
        let input = request.input;
        let (key, version_id) = (input.key, input.version_id);
        let get = move |bucket: &Stored| bucket.get(&key, version_id.as_deref());
        let stored = self.storage.with(&input.bucket, get).await?;
        let total = stored.bytes.len();
        let (bytes, content_range) = match input.range {
            None => (stored.bytes, None),
            Some(range) => {
                let range = range.check(total as u64).map_err(|_| s3_error!(InvalidRange))?;
                let text = format!("bytes {}-{}/{total}", range.start, range.end - 1);
                let at = |offset| usize::try_from(offset).unwrap_or(total);
                (stored.bytes.slice(at(range.start)..at(range.end)), Some(text))
            }
        };
        let checksums = input.checksum_mode.is_some() && content_range.is_none();
        let output = objects::get_output(stored.info, checksums);
        Ok(S3Response::new(GetObjectOutput {
            content_length: i64::try_from(bytes.len()).ok(),
            body: Some(StreamingBlob::from(Body::from(bytes))),
            content_range,
            ..output
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Reply<HeadObjectOutput> {
        let input = request.input;
        let (key, version_id) = (input.key, input.version_id);
        let info = move |bucket: &Stored| bucket.info(&key, version_id.as_deref());
        let info = self.storage.with(&input.bucket, info).await?;
        Ok(S3Response::new(objects::head_output(info, input.checksum_mode.is_some())))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Reply<DeleteObjectOutput> {
        let DeleteObjectInput { bucket, key, version_id, .. } = request.input;
        let delete =
            move |bucket: &Stored| lists::delete(bucket, &key, version_id.as_deref(), &DeleteCondition::None);
        let Deletion { version_id, delete_marker } = self.storage.with(&bucket, delete).await?;
        let delete_marker = delete_marker.then_some(true);
        let output = DeleteObjectOutput { delete_marker, version_id, ..Default::default() };
        Ok(S3Response::with_status(output, StatusCode::NO_CONTENT))
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> Reply<DeleteObjectsOutput> {
        let input = request.input;
        let objects = input.delete.objects;
        if objects.is_empty() || objects.len() > DELETIONS {
            return Err(s3_error!(MalformedXML));
        }
        let delete = move |bucket: &Stored| Ok(lists::delete_each(bucket, objects));
        let (deleted, errors) = self.storage.with(&input.bucket, delete).await?;
        let quiet = input.delete.quiet.unwrap_or(false);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: Some(errors),
            ..Default::default()
        }))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Reply<ListObjectsV2Output> {
        let input = request.input;
        let asked = lists::objects_request(&input)?;
        let list = move |bucket: &Stored| Ok(listing::objects(bucket, &asked));
        let page = self.storage.with(&input.bucket, list).await?;
        Ok(S3Response::new(lists::objects_output(input, page)))
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Reply<ListObjectVersionsOutput> {
        let input = request.input;
        let asked = lists::versions_request(&input)?;
        let list = move |bucket: &Stored| Ok(listing::versions(bucket, &asked));
        let page = self.storage.with(&input.bucket, list).await?;
        Ok(S3Response::new(lists::versions_output(input, page)))
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Reply<GetBucketVersioningOutput> {
        let versioning = |bucket: &Stored| Ok(bucket.versioning());
        let status = match self.storage.with(&request.input.bucket, versioning).await? {
            Versioning::Unversioned => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        let status = status.map(BucketVersioningStatus::from_static);
        Ok(S3Response::new(GetBucketVersioningOutput { status, ..Default::default() }))
    }

    async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> Reply<PutBucketVersioningOutput> {
        let PutBucketVersioningInput { bucket, versioning_configuration, .. } = request.input;
        self.check_bucket(&bucket)?;
        let versioning = match versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            Some(_) => return Err(s3_error!(MalformedXML, "{}", MALFORMED_XML)),
            None => {
                let code = S3ErrorCode::IllegalVersioningConfigurationException;
                return Err(S3Error::with_message(code, "The Versioning element must be specified"));
            }
        };
        self.storage.with(&bucket, move |bucket| bucket.set_versioning(versioning)).await?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }

    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> Reply<CreateBucketOutput> {
        let bucket = request.input.bucket;
        if self.check_bucket(&bucket).is_ok() {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        let location = Some(format!("/{bucket}"));
        self.change_buckets(move |storage| storage.create_bucket(&bucket)).await?;
        Ok(S3Response::new(CreateBucketOutput { location }))
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> Reply<DeleteBucketOutput> {
        let bucket = request.input.bucket;
        self.change_buckets(move |storage| storage.delete_bucket(&bucket)).await?;
        Ok(S3Response::with_status(DeleteBucketOutput::default(), StatusCode::NO_CONTENT))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> Reply<ListBucketsOutput> {
        let bucket = |(name, created): (String, SystemTime)| Bucket {
            name: Some(name),
            creation_date: Some(created.into()),
            bucket_region: None,
        };
        let buckets = self.storage.buckets().into_iter().map(bucket).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), ..Default::default() }))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Reply<HeadBucketOutput> {
        self.check_bucket(&request.input.bucket)?;
        let bucket_region = Some(self.region.clone());
        Ok(S3Response::new(HeadBucketOutput { bucket_region, ..Default::default() }))
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> Reply<GetBucketLocationOutput> {
        self.check_bucket(&request.input.bucket)?;
        // S3's first region has no name in here.
        let region = Some(self.region.clone()).filter(|region| region != "us-east-1");
        let location_constraint = region.map(BucketLocationConstraint::from);
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
    }
}
