//! Objects, between S3's shapes and the storage's.

use crate::s3::{Checksums, ObjectHeaders, ObjectInfo, PutCondition};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use md5::{Digest, Md5};
use s3s::{S3Error, S3ErrorCode, S3Result, dto::*, s3_error};
use std::collections::BTreeMap;

/// The largest object that the sandbox keeps. S3's own limit is 5 GB a request.
const OBJECT_BYTES: usize = 64 * 1024 * 1024;
/// Names and values of all user metadata together:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>.
const METADATA_BYTES: usize = 2_048;

/// Reads an upload into memory.
pub(crate) async fn read(body: Option<StreamingBlob>, announced: Option<i64>) -> S3Result<Bytes> {
    if announced.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > OBJECT_BYTES)) {
        return Err(s3_error!(EntityTooLarge));
    }
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        // `s3s` checks the stream: signatures of chunks, the hash of all, an early end.
        let chunk = chunk.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
        if bytes.len() + chunk.len() > OBJECT_BYTES {
            return Err(s3_error!(EntityTooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Refuses bytes that are not what the client says they are.
pub(crate) fn check(bytes: &[u8], claimed: &Checksums, content_md5: Option<&str>) -> S3Result<()> {
    if let Some(kind) = claimed.mismatch(bytes) {
        let message = format!("The {kind} you specified did not match the calculated checksum.");
        return Err(S3Error::with_message(S3ErrorCode::BadDigest, message));
    }
    match content_md5.map(|md5| STANDARD.decode(md5)) {
        None => Ok(()),
        Some(Ok(md5)) if md5[..] == Md5::digest(bytes)[..] => Ok(()),
        Some(Ok(md5)) if md5.len() == 16 => Err(s3_error!(BadDigest)),
        Some(_) => Err(s3_error!(InvalidDigest)),
    }
}

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
        version_id: info.version_id,
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

/// The members that the outputs of GetObject and HeadObject share.
macro_rules! object_output {
    ($Output:ident, $info:expr, $with_checksums:expr) => {{
        let (info, with_checksums): (ObjectInfo, bool) = ($info, $with_checksums);
        let modified = info.modified_at();
        let ObjectHeaders {
            content_type,
            content_encoding,
            content_language,
            content_disposition,
            cache_control,
        } = info.headers;
        let checksums = if with_checksums { info.checksums } else { Checksums::default() };
        let full = ChecksumType::from_static(ChecksumType::FULL_OBJECT);
        $Output {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(info.size).ok(),
            last_modified: Some(modified.into()),
            version_id: info.version_id,
            e_tag: Some(ETag::Strong(info.etag)),
            metadata: (!info.metadata.is_empty()).then(|| info.metadata.into_iter().collect()),
            // S3's type of an object that came without one.
            content_type: Some(content_type.unwrap_or_else(|| "binary/octet-stream".to_owned())),
            content_encoding,
            content_language,
            content_disposition,
            cache_control,
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: with_checksums.then_some(full),
            ..Default::default()
        }
    }};
}

/// Everything but the body.
pub(crate) fn get_output(info: ObjectInfo, with_checksums: bool) -> GetObjectOutput {
    object_output!(GetObjectOutput, info, with_checksums)
}

pub(crate) fn head_output(info: ObjectInfo, with_checksums: bool) -> HeadObjectOutput {
    object_output!(HeadObjectOutput, info, with_checksums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_arrived_changed_are_refused() {
        let claimed = Checksums { crc32: Some("DUoRhQ==".into()), ..Checksums::default() };
        assert!(check(b"hello world", &claimed, None).is_ok());
        let refused =
            |bytes: &[u8], claimed: &Checksums, md5| check(bytes, claimed, md5).unwrap_err().code().clone();
        assert_eq!(refused(b"hello World", &claimed, None), S3ErrorCode::BadDigest);
        let (none, md5) = (Checksums::default(), Some("XUFAKrxLKna5cZ2REBfFkg=="));
        assert!(check(b"hello", &none, md5).is_ok());
        assert_eq!(refused(b"Hello", &none, md5), S3ErrorCode::BadDigest);
        assert_eq!(refused(b"hello", &none, Some("nonsense")), S3ErrorCode::InvalidDigest);
    }
}
