//! Versions and delete markers, between S3's shapes and the storage's.

use super::convert::ENCODED;
use crate::s3::{
    S3StorageError,
    bucket::Bucket,
    listing::versions::{VersionsPage, VersionsRequest},
};
use percent_encoding::utf8_percent_encode;
use s3s::{S3Error, S3Result, dto::*, s3_error};

/// The most versions of one page.
const PAGE: i32 = 1_000;

/// What a deletion left behind, or took away.
#[derive(Debug)]
pub(crate) struct Deleted {
    /// A marker was set, or the version that was deleted was one.
    pub(crate) delete_marker: bool,
    pub(crate) version_id: Option<String>,
}

/// Deletes a version for good, or sets a marker over the object. A version that is not there is no error.
pub(crate) fn delete(
    bucket: &Bucket,
    key: &str,
    version_id: Option<String>,
) -> Result<Deleted, S3StorageError> {
    match version_id {
        None => {
            let marker = bucket.delete(key)?;
            Ok(Deleted { delete_marker: true, version_id: Some(marker.version_id) })
        }
        Some(version_id) => {
            let deleted = bucket.delete_version(key, &version_id)?;
            let delete_marker = deleted.is_some_and(|info| info.delete_marker);
            Ok(Deleted { delete_marker, version_id: Some(version_id) })
        }
    }
}

/// Deletes one after the other: what can't be deleted is named, and keeps nothing else from being deleted.
pub(crate) fn delete_each(
    bucket: &Bucket,
    objects: Vec<ObjectIdentifier>,
) -> (Vec<DeletedObject>, Vec<Error>) {
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for ObjectIdentifier { key, version_id, .. } in objects {
        match delete(bucket, &key, version_id.clone()) {
            Ok(done) => deleted.push(deleted_object(key, version_id, done)),
            Err(error) => {
                let error = S3Error::from(error);
                errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    key: Some(key),
                    version_id,
                });
            }
        }
    }
    (deleted, errors)
}

/// One of the answers to a deletion of many. `asked` is the version that was to go, if it was one.
fn deleted_object(key: String, asked: Option<String>, done: Deleted) -> DeletedObject {
    let marker = done.version_id.filter(|_| done.delete_marker);
    DeletedObject {
        key: Some(key),
        version_id: asked,
        delete_marker: done.delete_marker.then_some(true),
        delete_marker_version_id: marker,
    }
}

pub(crate) fn list_request(input: &ListObjectVersionsInput) -> S3Result<VersionsRequest> {
    let max = input.max_keys.unwrap_or(PAGE).min(PAGE);
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let version_id = filled(&input.version_id_marker);
    if version_id.is_some() && filled(&input.key_marker).is_none() {
        return Err(s3_error!(
            InvalidArgument,
            "A version-id marker cannot be specified without a key marker."
        ));
    }
    Ok(VersionsRequest {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: filled(&input.delimiter),
        after: filled(&input.key_marker).map(|key| (key, version_id)),
        max: usize::try_from(max).map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))?,
    })
}

pub(crate) fn list_output(input: ListObjectVersionsInput, page: VersionsPage) -> ListObjectVersionsOutput {
    let encode = input.encoding_type.as_ref().is_some_and(|kind| kind.as_str() == EncodingType::URL);
    let text = |text: String| if encode { utf8_percent_encode(&text, ENCODED).to_string() } else { text };
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    for (info, latest) in page.versions {
        let last_modified = Some(info.modified_at().into());
        let (key, version_id, is_latest) = (Some(text(info.key)), Some(info.version_id), Some(latest));
        if info.delete_marker {
            markers.push(DeleteMarkerEntry { key, version_id, is_latest, last_modified, owner: None });
        } else {
            versions.push(ObjectVersion {
                key,
                version_id,
                is_latest,
                last_modified,
                size: i64::try_from(info.size).ok(),
                e_tag: Some(ETag::Strong(info.etag)),
                storage_class: Some(ObjectVersionStorageClass::from_static(
                    ObjectVersionStorageClass::STANDARD,
                )),
                ..Default::default()
            });
        }
    }
    let (next_key_marker, next_version_id_marker) = page.next.clone().unzip();
    let prefix = |prefix| CommonPrefix { prefix: Some(text(prefix)) };
    ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: input.prefix.map(text),
        delimiter: input.delimiter.map(text),
        key_marker: Some(text(input.key_marker.unwrap_or_default())),
        version_id_marker: input.version_id_marker,
        encoding_type: input.encoding_type.clone(),
        max_keys: Some(input.max_keys.unwrap_or(PAGE)),
        is_truncated: Some(page.next.is_some()),
        next_key_marker: next_key_marker.map(text),
        next_version_id_marker: next_version_id_marker.flatten(),
        versions: Some(versions),
        delete_markers: Some(markers),
        common_prefixes: Some(page.common_prefixes.into_iter().map(prefix).collect()),
        ..Default::default()
    }
}
