//! The bytes of an upload, and whether they are the ones that were sent.

use crate::s3::Checksums;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use md5::{Digest, Md5};
use s3s::{S3Error, S3ErrorCode, S3Result, dto::StreamingBlob, s3_error};

/// The largest object kept here. S3's own limit is 5 GB a request; this is a machine on somebody's desk.
const OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// Reads an upload into memory.
pub(crate) async fn read(body: Option<StreamingBlob>, announced: Option<i64>) -> S3Result<Bytes> {
    if announced.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > OBJECT_BYTES)) {
        return Err(s3_error!(EntityTooLarge));
    }
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        // What `s3s` finds in the stream: a chunk with a wrong signature, a hash that doesn't fit, an early end.
        let chunk = chunk.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
        if bytes.len() + chunk.len() > OBJECT_BYTES {
            return Err(s3_error!(EntityTooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Whether the bytes are what the client says they are.
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
