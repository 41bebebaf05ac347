//! Stores emails in the bucket and never overwrites one.

use crate::conditional_put::{Found, StoreError, Stored, create, status};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use email::{Caller, ContentDigest, Email, Layout, ObjectKey, Receipt, wire_format};
use runtime::aws::AwsError;
use runtime::metrics::Metrics;

/// The largest object that is read for comparison, in bytes. An email fits into a message of 1 MiB, and escaping
/// makes its JSON at most six times as long.
const COMPARED_UP_TO: i64 = 6 * 1_048_576;

/// The bucket, and the form of its keys.
pub struct EmailStore {
    s3: aws_sdk_s3::Client,
    bucket: String,
    layout: Layout,
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
                Found::Same => return Ok(Stored::Duplicate),
                Found::Other => created = Stored::KeyCollision,
            }
        }
        Err(StoreError::KeysTaken)
    }

    async fn create(
        &self,
        key: &str,
        object: &NewObject<'_>,
        metrics: &Metrics,
    ) -> Result<Found, StoreError> {
        create(metrics, async || self.put(key, object).await, async || self.compare(key, object).await).await
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
        Ok(Some(if same { Found::Same } else { Found::Other }))
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
