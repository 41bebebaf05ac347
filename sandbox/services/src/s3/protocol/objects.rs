//! Objects as they come in, between S3's shapes and the storage's.

use super::conditions::{of_write, unmet_write};
use super::details::Detailed;
use super::members::{Checked, check_acl, check_storage_class};
use super::{Protocol, Reply};
use crate::clock::milliseconds;
use crate::s3::{Checksums, CreatedBy, NewObject, ObjectHeaders, ObjectInfo};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use md5::{Digest, Md5};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto::*, s3_error};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The largest object that the sandbox keeps. S3's own limit is 5 GB a request.
pub(crate) const OBJECT_BYTES: usize = 64 * 1024 * 1024;
/// Names and values of all user metadata together:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>.
const METADATA_BYTES: usize = 2_048;

impl Protocol {
    pub(crate) async fn put(&self, request: S3Request<PutObjectInput>) -> Reply<PutObjectOutput> {
        let (mut input, trailers) = (request.input, request.trailing_headers);
        input.check(self)?;
        check_acl(input.acl.as_ref())?;
        let began = self.storage.sequence(&input.bucket)?;
        let condition = of_write(input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let metadata = user_metadata(input.metadata.take())?;
        let headers = ObjectHeaders {
            storage_class: check_storage_class(input.storage_class.as_ref())?,
            expires: input.expires.as_ref().and_then(http_date),
            content_type: input.content_type.take(),
            content_encoding: input.content_encoding.take(),
            content_language: input.content_language.take(),
            content_disposition: input.content_disposition.take(),
            cache_control: input.cache_control.take(),
            website_redirect_location: input.website_redirect_location.take(),
        };
        let bytes = read(input.body.take(), input.content_length).await?;
        let trailers = trailers.and_then(|trailers| trailers.take());
        let claimed = Checksums::claimed(&input, trailers.as_ref());
        check(&bytes, &claimed, input.content_md5.as_deref())?;
        let object = NewObject {
            key: input.key,
            bytes,
            headers,
            metadata,
            condition: condition.clone(),
            parts: Vec::new(),
            created_by: CreatedBy::Put,
        };
        let stored = self.storage.put_with(&input.bucket, object, claimed, began).await;
        Ok(S3Response::new(put_output(stored.map_err(|error| unmet_write(error, &condition))?)))
    }
}

/// When an object was stored, in whole seconds as S3 counts.
pub(crate) fn last_modified(info: &ObjectInfo) -> Timestamp {
    whole_second(info.modified_at())
}

pub(crate) fn whole_second(time: SystemTime) -> Timestamp {
    (UNIX_EPOCH + Duration::from_secs(milliseconds(time) / 1_000)).into()
}

/// A date as the headers of HTTP write it.
pub(crate) fn http_date(date: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    date.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// Reads an upload into memory.
pub(crate) async fn read(body: Option<StreamingBlob>, announced: Option<i64>) -> S3Result<Bytes> {
    if let Some(length) = announced.and_then(|length| usize::try_from(length).ok()) {
        check_size(length)?;
    }
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        // `s3s` checks the stream: signatures of chunks, the hash of all, an early end.
        let chunk = chunk.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
        check_size(bytes.len() + chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Refuses an object that would not fit.
pub(crate) fn check_size(bytes: usize) -> S3Result<()> {
    if bytes <= OBJECT_BYTES {
        return Ok(());
    }
    let error = s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size");
    Err(error.detail("ProposedSize", bytes).detail("MaxSizeAllowed", OBJECT_BYTES))
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
        Some(Ok(md5)) if md5.len() == 16 => {
            let error = s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received.");
            let calculated = STANDARD.encode(Md5::digest(bytes));
            Err(error.detail("ExpectedDigest", STANDARD.encode(md5)).detail("CalculatedDigest", calculated))
        }
        Some(_) => {
            let error = s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.");
            Err(error.detail("Content-MD5", content_md5.unwrap_or_default()))
        }
    }
}

pub(crate) fn user_metadata(metadata: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let metadata: BTreeMap<_, _> = metadata.unwrap_or_default().into_iter().collect();
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > METADATA_BYTES {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        let error = S3Error::with_message(S3ErrorCode::MetadataTooLarge, message);
        return Err(error.detail("Size", size).detail("MaxSizeAllowed", METADATA_BYTES));
    }
    Ok(metadata)
}

pub(crate) fn put_output(info: ObjectInfo) -> PutObjectOutput {
    let checksum_type = info.checksums.kind();
    PutObjectOutput {
        version_id: info.version_id,
        e_tag: Some(ETag::Strong(info.etag)),
        checksum_crc32: info.checksums.crc32,
        checksum_crc32c: info.checksums.crc32c,
        checksum_crc64nvme: info.checksums.crc64nvme,
        checksum_sha1: info.checksums.sha1,
        checksum_sha256: info.checksums.sha256,
        checksum_type: Some(checksum_type),
        server_side_encryption: Some(encryption()),
        ..Default::default()
    }
}

/// S3 encrypts everything with its own keys.
pub(crate) fn encryption() -> ServerSideEncryption {
    ServerSideEncryption::from_static(ServerSideEncryption::AES256)
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
