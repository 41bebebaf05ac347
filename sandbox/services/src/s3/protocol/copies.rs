//! CopyObject and UploadPartCopy: objects from other objects.

use super::conditions::{ReadConditions, of_write, unmet_write};
use super::details::{Detailed, invalid_argument};
use super::gate::unsupported;
use super::members::{Checked, check_acl, check_storage_class};
use super::objects::{check_size, encryption, http_date, last_modified, user_metadata, whole_second};
use super::{Protocol, Reply};
use crate::s3::{Checksums, CreatedBy, NewObject, ObjectHeaders, S3StorageError, StoredObject};
use http::{HeaderMap, header};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use std::time::{Duration, UNIX_EPOCH};

/// The members that the inputs of both operations share.
macro_rules! source_conditions {
    ($input:expr) => {
        ReadConditions {
            if_match: $input.copy_source_if_match.take(),
            if_none_match: $input.copy_source_if_none_match.take(),
            if_modified_since: $input.copy_source_if_modified_since.take(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.take(),
        }
    };
}

impl Protocol {
    pub(crate) async fn copy(&self, request: S3Request<CopyObjectInput>) -> Reply<CopyObjectOutput> {
        let (mut input, headers) = (request.input, request.headers);
        input.check(self)?;
        self.check_owner(input.expected_source_bucket_owner.as_deref())?;
        check_acl(input.acl.as_ref())?;
        let replaces = replaces(input.metadata_directive.as_ref())?;
        check_changes(&input, replaces)?;
        let began = self.storage.sequence(&input.bucket)?;
        // `s3s` doesn't read the conditions on the copy.
        let (if_match, if_none_match) =
            (condition(&headers, &header::IF_MATCH)?, condition(&headers, &header::IF_NONE_MATCH)?);
        let condition = of_write(if_match.as_ref(), if_none_match.as_ref())?;
        let source = self.source(&input.copy_source, &source_conditions!(input)).await?;
        let kinds = match &input.checksum_algorithm {
            None => Checksums { composite: false, ..source.info.checksums.clone() },
            Some(algorithm) => Checksums::only(algorithm.as_str())
                .ok_or_else(|| unsupported(&format!("x-amz-checksum-algorithm {}", algorithm.as_str())))?,
        };
        let source_version_id = source.info.version_id.clone();
        let key = input.key.clone();
        let object = copied(input.clone(), source, replaces)?;
        let object = NewObject { key, condition: condition.clone(), created_by: CreatedBy::Copy, ..object };
        let stored = self.storage.put_with(&input.bucket, object, kinds, began).await;
        let info = stored.map_err(|error| unmet_write(error, &condition))?;
        let last_modified = Some(last_modified(&info));
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(CopyObjectResult {
                e_tag: Some(ETag::Strong(info.etag)),
                last_modified,
                checksum_type: Some(info.checksums.kind()),
                checksum_crc32: info.checksums.crc32,
                checksum_crc32c: info.checksums.crc32c,
                checksum_crc64nvme: info.checksums.crc64nvme,
                checksum_sha1: info.checksums.sha1,
                checksum_sha256: info.checksums.sha256,
            }),
            copy_source_version_id: source_version_id,
            version_id: info.version_id,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    pub(crate) async fn copy_part(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> Reply<UploadPartCopyOutput> {
        let mut input = request.input;
        input.check(self)?;
        self.check_owner(input.expected_source_bucket_owner.as_deref())?;
        let (key, id) = (input.key.clone(), input.upload_id.clone());
        let upload = self.storage.with(&input.bucket, move |bucket| bucket.uploads.find(&key, &id)).await?;
        let source = self.source(&input.copy_source, &source_conditions!(input)).await?;
        let source_version_id = source.info.version_id.clone();
        let range = match input.copy_source_range.as_deref() {
            None => 0..source.bytes.len(),
            Some(range) => copy_range(range, source.bytes.len())?,
        };
        let bytes = source.bytes.slice(range);
        let kinds = upload.algorithm.as_deref().and_then(Checksums::only).unwrap_or_default();
        let sums =
            if upload.algorithm.is_some() { Checksums::of(&bytes, &kinds) } else { Checksums::default() };
        let to = (input.bucket, input.key, input.upload_id, input.part_number);
        let part = self.add_part(to, bytes, sums).await?;
        let modified = whole_second(UNIX_EPOCH + Duration::from_millis(part.modified_ms));
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(CopyPartResult {
                e_tag: Some(ETag::Strong(part.etag)),
                last_modified: Some(modified),
                checksum_crc32: part.checksums.crc32,
                checksum_crc32c: part.checksums.crc32c,
                checksum_crc64nvme: part.checksums.crc64nvme,
                checksum_sha1: part.checksums.sha1,
                checksum_sha256: part.checksums.sha256,
            }),
            copy_source_version_id: source_version_id,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    /// The object that is copied, if it meets the conditions.
    async fn source(&self, source: &CopySource, conditions: &ReadConditions) -> S3Result<StoredObject> {
        let CopySource::Bucket { bucket, key, version_id } = source else {
            return Err(unsupported("an access point in x-amz-copy-source"));
        };
        let (name, version) = (key.to_string(), version_id.clone());
        let read = self.storage.with(bucket, move |bucket| bucket.get(&name, version.as_deref())).await;
        let stored = read.map_err(|error| match error {
            S3StorageError::IsDeleteMarker => {
                let message =
                    "The source of a copy request may not specifically refer to a delete marker by version id.";
                S3Error::with_message(S3ErrorCode::InvalidRequest, message)
            }
            error => S3Error::from(error).detail("Key", key),
        })?;
        conditions.of_copy(&stored.info)?;
        check_size(stored.bytes.len())?;
        Ok(stored)
    }
}

fn condition(headers: &HeaderMap, name: &header::HeaderName) -> S3Result<Option<ETagCondition>> {
    let parse = |value: &header::HeaderValue| ETagCondition::parse_http_header(value.as_bytes());
    let parsed = headers.get(name).map(parse).transpose();
    parsed.map_err(|error| s3_error!(error, InvalidArgument, "The header {name} is not an ETag"))
}

/// True if a copy has headers of its own instead of the source's.
fn replaces(directive: Option<&MetadataDirective>) -> S3Result<bool> {
    match directive.map(MetadataDirective::as_str) {
        None | Some(MetadataDirective::COPY) => Ok(false),
        Some(MetadataDirective::REPLACE) => Ok(true),
        Some(other) => {
            Err(invalid_argument("x-amz-metadata-directive", other, "Unknown metadata directive."))
        }
    }
}

/// Refuses a copy of an object onto itself that changes nothing.
fn check_changes(input: &CopyObjectInput, replaces: bool) -> S3Result<()> {
    let CopySource::Bucket { bucket, key, version_id: None } = &input.copy_source else { return Ok(()) };
    let changes = replaces
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some()
        || input.server_side_encryption.is_some();
    if changes || **bucket != input.bucket || **key != input.key {
        return Ok(());
    }
    Err(s3_error!(
        InvalidRequest,
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
    ))
}

/// The object that a copy makes of its source.
fn copied(input: CopyObjectInput, source: StoredObject, replaces: bool) -> S3Result<NewObject> {
    let (headers, metadata) = if replaces {
        let headers = ObjectHeaders {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            content_disposition: input.content_disposition,
            cache_control: input.cache_control,
            expires: input.expires.as_ref().and_then(http_date),
            ..ObjectHeaders::default()
        };
        (headers, user_metadata(input.metadata)?)
    } else {
        (source.info.headers, source.info.metadata)
    };
    let headers = ObjectHeaders {
        // A copy gets these from its own request only.
        storage_class: check_storage_class(input.storage_class.as_ref())?,
        website_redirect_location: input.website_redirect_location,
        ..headers
    };
    Ok(NewObject { bytes: source.bytes, headers, metadata, ..NewObject::default() })
}

/// The bytes of a source that a part is made of: both ends are inside.
fn copy_range(range: &str, size: usize) -> S3Result<std::ops::Range<usize>> {
    const HEADER: &str = "x-amz-copy-source-range";
    let ends = range.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let ends = ends.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    match ends {
        Some((first, last)) if first <= last && last < size => Ok(first..last + 1),
        Some((first, last)) if first <= last && first >= size => {
            Err(s3_error!(InvalidRequest, "The specified copy range is invalid for the source object size"))
        }
        Some((first, last)) if first <= last => {
            let message = format!("Range specified is not valid for source object of size: {size}");
            Err(invalid_argument(HEADER, range, &message))
        }
        _ => Err(invalid_argument(
            HEADER,
            range,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_to_copy_has_both_ends_inside_the_source() {
        for (range, expected) in [("bytes=0-8", Ok(0..9)), ("bytes=1-1", Ok(1..2))] {
            assert_eq!(copy_range(range, 10).map_err(|_| ()), expected);
        }
        for range in [
            "0-8",
            "bytes=1-0",
            "bytes=-1-",
            "bytes=0--1",
            "bytes=0-1,3-4",
            "bytes=-",
            "bytes=-2",
            "bytes=1-",
        ] {
            assert_eq!(copy_range(range, 10).unwrap_err().code(), &S3ErrorCode::InvalidArgument, "{range}");
        }
        assert_eq!(copy_range("bytes=0-100", 10).unwrap_err().code(), &S3ErrorCode::InvalidArgument);
        assert_eq!(copy_range("bytes=100-200", 10).unwrap_err().code(), &S3ErrorCode::InvalidRequest);
    }
}
