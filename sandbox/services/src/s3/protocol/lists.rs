//! Listings and deletions, between S3's shapes and the storage's.

use crate::s3::bucket::Bucket;
use crate::s3::error::{Result, S3StorageError};
use crate::s3::listing::{AfterKey, AfterVersion, ListRequest, Page, Version};
use crate::s3::{DeleteCondition, Deletion, ObjectInfo};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{S3Error, S3Result, dto::*, s3_error};

/// The most keys or versions of one page.
const PAGE: i32 = 1_000;
/// The characters that a listing leaves as they are when it encodes keys.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// Encodes keys and parts of them, if the client asked for that.
struct Encoder(bool);

impl Encoder {
    fn new(encoding: Option<&EncodingType>) -> Self {
        Self(encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL))
    }

    fn text(&self, text: String) -> String {
        if self.0 { utf8_percent_encode(&text, PLAIN).to_string() } else { text }
    }

    fn prefixes(&self, prefixes: Vec<String>) -> CommonPrefixList {
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn page_size(max_keys: Option<i32>) -> S3Result<usize> {
    let max = max_keys.unwrap_or(PAGE).min(PAGE);
    usize::try_from(max).map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))
}

pub(crate) fn objects_request(input: &ListObjectsV2Input) -> S3Result<ListRequest<AfterKey>> {
    // A token has the last key of the page before it.
    let after = match &input.continuation_token {
        None => input.start_after.clone(),
        Some(token) => {
            let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let wrong = || s3_error!(InvalidArgument, "The continuation token provided is incorrect");
            Some(key.ok_or_else(wrong)?)
        }
    };
    Ok(ListRequest {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: filled(input.delimiter.as_ref()),
        after,
        max: page_size(input.max_keys)?,
    })
}

pub(crate) fn objects_output(
    input: ListObjectsV2Input,
    page: Page<ObjectInfo, AfterKey>,
) -> ListObjectsV2Output {
    let encoder = Encoder::new(input.encoding_type.as_ref());
    let text = |text| encoder.text(text);
    let count = page.items.len() + page.common_prefixes.len();
    let object = |info: ObjectInfo| Object {
        last_modified: Some(info.modified_at().into()),
        size: i64::try_from(info.size).ok(),
        e_tag: Some(ETag::Strong(info.etag)),
        key: Some(text(info.key)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    };
    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(text(input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(text),
        start_after: input.start_after.map(text),
        continuation_token: input.continuation_token,
        max_keys: Some(input.max_keys.unwrap_or(PAGE)),
        key_count: i32::try_from(count).ok(),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.map(|next| URL_SAFE_NO_PAD.encode(next)),
        contents: Some(page.items.into_iter().map(object).collect()),
        common_prefixes: Some(encoder.prefixes(page.common_prefixes)),
        encoding_type: input.encoding_type,
        ..Default::default()
    }
}

pub(crate) fn versions_request(input: &ListObjectVersionsInput) -> S3Result<ListRequest<AfterVersion>> {
    let (key, version_id) = (filled(input.key_marker.as_ref()), filled(input.version_id_marker.as_ref()));
    if version_id.is_some() && key.is_none() {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(S3Error::with_message(s3s::S3ErrorCode::InvalidArgument, message));
    }
    Ok(ListRequest {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: filled(input.delimiter.as_ref()),
        after: key.map(|key| (key, version_id)),
        max: page_size(input.max_keys)?,
    })
}

pub(crate) fn versions_output(
    input: ListObjectVersionsInput,
    page: Page<Version, AfterVersion>,
) -> ListObjectVersionsOutput {
    let encoder = Encoder::new(input.encoding_type.as_ref());
    let text = |text| encoder.text(text);
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    for (info, latest) in page.items {
        let last_modified = Some(info.modified_at().into());
        let (version_id, is_latest) = (Some(info.shown_id().to_owned()), Some(latest));
        let key = Some(text(info.key));
        if info.delete_marker {
            markers.push(DeleteMarkerEntry { key, version_id, is_latest, last_modified, owner: None });
            continue;
        }
        let standard = ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD);
        versions.push(ObjectVersion {
            key,
            version_id,
            is_latest,
            last_modified,
            size: i64::try_from(info.size).ok(),
            e_tag: Some(ETag::Strong(info.etag)),
            storage_class: Some(standard),
            ..Default::default()
        });
    }
    let is_truncated = Some(page.next.is_some());
    let (next_key_marker, next_version_id_marker) = page.next.unzip();
    ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: input.prefix.map(text),
        delimiter: input.delimiter.map(text),
        key_marker: Some(text(input.key_marker.unwrap_or_default())),
        version_id_marker: input.version_id_marker,
        max_keys: Some(input.max_keys.unwrap_or(PAGE)),
        is_truncated,
        next_key_marker: next_key_marker.map(text),
        next_version_id_marker: next_version_id_marker.flatten(),
        versions: Some(versions),
        delete_markers: Some(markers),
        common_prefixes: Some(encoder.prefixes(page.common_prefixes)),
        encoding_type: input.encoding_type,
        ..Default::default()
    }
}

pub(crate) fn delete(
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
pub(crate) fn delete_each(
    bucket: &Bucket,
    objects: Vec<ObjectIdentifier>,
) -> (Vec<DeletedObject>, Vec<Error>) {
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for ObjectIdentifier { key, version_id, .. } in objects {
        match delete(bucket, &key, version_id.as_deref(), &DeleteCondition::None) {
            Ok(deletion) => deleted.push(DeletedObject {
                key: Some(key),
                version_id,
                delete_marker: deletion.delete_marker.then_some(true),
                delete_marker_version_id: deletion.version_id.filter(|_| deletion.delete_marker),
            }),
            Err(error) => {
                let error = match error {
                    S3StorageError::InvalidVersionId(_) => S3StorageError::NoSuchVersion,
                    error => error,
                };
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
