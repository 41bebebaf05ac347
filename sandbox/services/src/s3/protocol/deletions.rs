//! Deletions, one by one and in batches.

use super::gate::unsupported;
use super::members::{Checked, check_bypass};
use super::{Protocol, Reply};
use crate::s3::bucket::Bucket;
use crate::s3::error::{Result, S3StorageError};
use crate::s3::{DeleteCondition, Deletion, PutCondition};
use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

/// The most keys that one request deletes.
const DELETIONS: usize = 1_000;

impl Protocol {
    pub(crate) async fn delete(&self, request: S3Request<DeleteObjectInput>) -> Reply<DeleteObjectOutput> {
        request.input.check(self)?;
        let DeleteObjectInput { bucket, key, version_id, if_match, bypass_governance_retention, .. } =
            request.input;
        check_bypass(bypass_governance_retention)?;
        let condition = match if_match {
            None => DeleteCondition::None,
            Some(ETagCondition::Any) => DeleteCondition::Exists,
            Some(ETagCondition::ETag(etag)) => DeleteCondition::Matches(etag.into_value()),
        };
        let delete = move |bucket: &Bucket| delete(bucket, &key, version_id.as_deref(), &condition);
        let deletion = self.storage.with(&bucket, delete).await.map_err(unmet)?;
        let Deletion { version_id, delete_marker } = deletion;
        let delete_marker = delete_marker.then_some(true);
        let output = DeleteObjectOutput { delete_marker, version_id, ..Default::default() };
        Ok(S3Response::with_status(output, StatusCode::NO_CONTENT))
    }

    pub(crate) async fn delete_batch(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Reply<DeleteObjectsOutput> {
        let input = request.input;
        input.check(self)?;
        check_bypass(input.bypass_governance_retention)?;
        let objects = input.delete.objects;
        if objects.is_empty() || objects.len() > DELETIONS {
            return Err(s3_error!(MalformedXML));
        }
        let delete = move |bucket: &Bucket| Ok(delete_each(bucket, objects));
        let (deleted, errors) = self.storage.with(&input.bucket, delete).await?;
        let quiet = input.delete.quiet.unwrap_or(false);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: Some(errors),
            ..Default::default()
        }))
    }
}

/// The only condition of a deletion is `If-Match`.
fn unmet(error: S3StorageError) -> S3Error {
    super::conditions::unmet_write(error, &PutCondition::Matches(String::new()))
}

fn delete(
    bucket: &Bucket,
    key: &str,
    version_id: Option<&str>,
    condition: &DeleteCondition,
) -> Result<Deletion> {
    match version_id {
        None => bucket.delete(key, condition),
        Some(version_id) => bucket.delete_version(key, version_id, condition),
    }
}

/// Deletes one after the other. An error is listed, and doesn't keep the others from being deleted.
fn delete_each(bucket: &Bucket, objects: Vec<ObjectIdentifier>) -> (Vec<DeletedObject>, Vec<Error>) {
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in objects {
        let (key, version_id) = (object.key.clone(), object.version_id.clone());
        match delete_one(bucket, object) {
            Ok(deletion) => deleted.push(DeletedObject {
                key: Some(key),
                version_id,
                delete_marker: deletion.delete_marker.then_some(true),
                delete_marker_version_id: deletion.version_id.filter(|_| deletion.delete_marker),
            }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
                key: Some(key),
                version_id,
            }),
        }
    }
    (deleted, errors)
}

fn delete_one(bucket: &Bucket, object: ObjectIdentifier) -> S3Result<Deletion> {
    let ObjectIdentifier { e_tag, key, last_modified_time, size, version_id } = object;
    if last_modified_time.is_some() {
        return Err(unsupported("LastModifiedTime"));
    }
    if size.is_some() {
        return Err(unsupported("Size"));
    }
    let condition = match e_tag.map(ETag::into_value) {
        None => DeleteCondition::None,
        Some(any) if any == "*" => DeleteCondition::Exists,
        Some(etag) => DeleteCondition::Matches(etag),
    };
    delete(bucket, &key, version_id.as_deref(), &condition).map_err(|error| match error {
        // In a batch, S3 doesn't tell an id that never was from one that is gone.
        S3StorageError::InvalidVersionId(_) => S3StorageError::NoSuchVersion.into(),
        error => error.into(),
    })
}
