//! Between S3's shapes and the storage's.

use crate::s3::{ObjectInfo, PutCondition, listing::Page};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{S3Error, S3ErrorCode, S3Result, dto::*, s3_error};
use std::collections::BTreeMap;

/// Names and values of all user metadata together:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>.
const METADATA_BYTES: usize = 2_048;

/// What a listing leaves as it is when it is asked to encode keys.
pub(crate) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// S3 knows `If-None-Match` on a write with `*` only.
pub(crate) fn put_condition(input: &PutObjectInput) -> S3Result<PutCondition> {
    match (&input.if_none_match, &input.if_match) {
        (None, None) => Ok(PutCondition::None),
        (Some(ETagCondition::Any), None) => Ok(PutCondition::Absent),
        (None, Some(ETagCondition::ETag(etag))) => Ok(PutCondition::Matches(etag.value().to_owned())),
        _ => Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented"
        )),
    }
}

pub(crate) fn user_metadata(metadata: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let metadata: BTreeMap<_, _> = metadata.unwrap_or_default().into_iter().collect();
    if metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > METADATA_BYTES {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(S3Error::with_message(S3ErrorCode::MetadataTooLarge, message));
    }
    Ok(metadata)
}

pub(crate) fn put_output(info: ObjectInfo) -> PutObjectOutput {
    PutObjectOutput {
        version_id: Some(info.version_id),
        e_tag: Some(ETag::Strong(info.etag)),
        checksum_crc32: info.checksums.crc32,
        checksum_crc32c: info.checksums.crc32c,
        checksum_crc64nvme: info.checksums.crc64nvme,
        checksum_sha1: info.checksums.sha1,
        checksum_sha256: info.checksums.sha256,
        checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
        ..Default::default()
    }
}

/// Everything but the body.
pub(crate) fn get_output(info: ObjectInfo, with_checksums: bool) -> GetObjectOutput {
    let head = head_output(info, with_checksums);
    GetObjectOutput {
        accept_ranges: head.accept_ranges,
        last_modified: head.last_modified,
        version_id: head.version_id,
        e_tag: head.e_tag,
        metadata: head.metadata,
        content_type: head.content_type,
        content_encoding: head.content_encoding,
        content_language: head.content_language,
        content_disposition: head.content_disposition,
        cache_control: head.cache_control,
        checksum_crc32: head.checksum_crc32,
        checksum_crc32c: head.checksum_crc32c,
        checksum_crc64nvme: head.checksum_crc64nvme,
        checksum_sha1: head.checksum_sha1,
        checksum_sha256: head.checksum_sha256,
        checksum_type: head.checksum_type,
        ..Default::default()
    }
}

pub(crate) fn head_output(info: ObjectInfo, with_checksums: bool) -> HeadObjectOutput {
    let modified = info.modified_at();
    let checksums = if with_checksums { info.checksums } else { Default::default() };
    let full = ChecksumType::from_static(ChecksumType::FULL_OBJECT);
    HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: i64::try_from(info.size).ok(),
        last_modified: Some(modified.into()),
        version_id: Some(info.version_id),
        e_tag: Some(ETag::Strong(info.etag)),
        metadata: (!info.metadata.is_empty()).then(|| info.metadata.into_iter().collect()),
        // What S3 says of an object that came without a type.
        content_type: Some(info.headers.content_type.unwrap_or_else(|| "binary/octet-stream".to_owned())),
        content_encoding: info.headers.content_encoding,
        content_language: info.headers.content_language,
        content_disposition: info.headers.content_disposition,
        cache_control: info.headers.cache_control,
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        checksum_type: with_checksums.then_some(full),
        ..Default::default()
    }
}

/// Where a page begins: a token of ours, or a key of the client's.
pub(crate) fn list_after(input: &ListObjectsV2Input) -> S3Result<Option<String>> {
    let Some(token) = &input.continuation_token else { return Ok(input.start_after.clone()) };
    let after = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match after {
        Some(after) => Ok(Some(after)),
        None => Err(s3_error!(InvalidArgument, "The continuation token provided is incorrect")),
    }
}

pub(crate) fn list_output(input: ListObjectsV2Input, page: Page, max: i32) -> ListObjectsV2Output {
    let encode = input.encoding_type.as_ref().is_some_and(|kind| kind.as_str() == EncodingType::URL);
    let text = |text: String| if encode { utf8_percent_encode(&text, ENCODED).to_string() } else { text };
    let count = page.objects.len() + page.common_prefixes.len();
    let object = |info: ObjectInfo| Object {
        last_modified: Some(info.modified_at().into()),
        size: i64::try_from(info.size).ok(),
        e_tag: Some(ETag::Strong(info.etag)),
        key: Some(text(info.key)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    };
    let prefix = |prefix| CommonPrefix { prefix: Some(text(prefix)) };
    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(text(input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(text),
        start_after: input.start_after.map(text),
        encoding_type: input.encoding_type.clone(),
        continuation_token: input.continuation_token,
        max_keys: Some(max),
        key_count: i32::try_from(count).ok(),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.map(|next| URL_SAFE_NO_PAD.encode(next)),
        contents: Some(page.objects.into_iter().map(object).collect()),
        common_prefixes: Some(page.common_prefixes.into_iter().map(prefix).collect()),
        ..Default::default()
    }
}
