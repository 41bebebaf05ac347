//! Stores a batch of emails in one object.

use crate::conditional_put::{Found, StoreError, Stored, create, status};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use email::{BatchKey, BatchObject};
use runtime::metrics::Metrics;

/// The bucket.
pub struct BatchStore {
    s3: aws_sdk_s3::Client,
    bucket: String,
}

impl BatchStore {
    pub fn new(s3: aws_sdk_s3::Client, bucket: String) -> Self {
        Self { s3, bucket }
    }

    /// Stores the object. Repetitions, even at the same time in another instance, change nothing.
    pub(crate) async fn store(&self, object: &BatchObject, metrics: &Metrics) -> Result<Stored, StoreError> {
        let key = object.key.to_string();
        let put = async || self.put(&key, object).await;
        match create(metrics, put, async || self.compare(&key, &object.key).await).await? {
            Found::Created => Ok(Stored::Created),
            Found::Same => Ok(Stored::Duplicate),
            Found::Other => Err(StoreError::BatchKeyTaken(object.key.clone())),
        }
    }

    async fn put(&self, key: &str, object: &BatchObject) -> Result<(), SdkError<PutObjectError>> {
        let mut request = self.s3.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        request = request
            .content_type(BatchObject::CONTENT_TYPE)
            .body(ByteStream::from(object.body.clone().into_bytes()))
            .metadata(BatchKey::DIGEST, object.key.digest())
            .metadata(BatchObject::EMAILS, object.emails.to_string());
        request.send().await.map(drop)
    }

    /// Compares the digest of the object under `key`; `None` if the object is gone. See
    /// [`EmailStore`](crate::EmailStore) for a role that may not list the bucket.
    async fn compare(&self, key: &str, batch: &BatchKey) -> Result<Option<Found>, StoreError> {
        let head = match self.s3.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => head,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => return Err(StoreError::s3("HeadObject", error)),
        };
        let stored = head.metadata().and_then(|metadata| metadata.get(BatchKey::DIGEST));
        let same = stored.is_some_and(|stored| stored == batch.digest());
        Ok(Some(if same { Found::Same } else { Found::Other }))
    }
}
