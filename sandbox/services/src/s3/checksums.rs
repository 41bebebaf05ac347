//! The checksums a client sends along, by which S3 knows that what arrived is what was sent:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>.
//!
//! `s3s` reads them from headers and trailers and leaves the comparison to us.

use http::HeaderMap;
use s3s::{
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256},
    dto::PutObjectInput,
};
use serde::{Deserialize, Serialize};

/// Checksums of a whole object, each in base64.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Checksums {
    /// CRC-32: what the SDKs send unless told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32: Option<String>,
    /// CRC-32C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32c: Option<String>,
    /// CRC-64/NVME: what S3 computes when the client sends none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc64nvme: Option<String>,
    /// SHA-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Checksums {
    /// What a client claims in the headers and, when the body came in chunks, in the trailers behind them.
    pub(crate) fn claimed(input: &PutObjectInput, trailers: Option<&HeaderMap>) -> Self {
        let claim = |header: &Option<String>, name: &str| {
            let trailer = || Some(trailers?.get(name)?.to_str().ok()?.to_owned());
            header.clone().or_else(trailer)
        };
        Self {
            crc32: claim(&input.checksum_crc32, "x-amz-checksum-crc32"),
            crc32c: claim(&input.checksum_crc32c, "x-amz-checksum-crc32c"),
            crc64nvme: claim(&input.checksum_crc64nvme, "x-amz-checksum-crc64nvme"),
            sha1: claim(&input.checksum_sha1, "x-amz-checksum-sha1"),
            sha256: claim(&input.checksum_sha256, "x-amz-checksum-sha256"),
        }
    }

    /// The same kinds of checksums, of `bytes`; when there are none, the one that S3 computes by itself.
    pub(crate) fn of(bytes: &[u8], kinds: &Self) -> Self {
        let none = *kinds == Self::default();
        let mut hasher = ChecksumHasher {
            crc32: kinds.crc32.as_ref().map(|_| Crc32::new()),
            crc32c: kinds.crc32c.as_ref().map(|_| Crc32c::new()),
            crc64nvme: (none || kinds.crc64nvme.is_some()).then(Crc64Nvme::new),
            sha1: kinds.sha1.as_ref().map(|_| Sha1::new()),
            sha256: kinds.sha256.as_ref().map(|_| Sha256::new()),
        };
        hasher.update(bytes);
        let sums = hasher.finalize();
        Self {
            crc32: sums.checksum_crc32,
            crc32c: sums.checksum_crc32c,
            crc64nvme: sums.checksum_crc64nvme,
            sha1: sums.checksum_sha1,
            sha256: sums.checksum_sha256,
        }
    }

    /// The name of a claimed checksum that is not the one of `bytes`.
    pub(crate) fn mismatch(&self, bytes: &[u8]) -> Option<&'static str> {
        let actual = Self::of(bytes, self);
        let wrong =
            |claimed: &Option<String>, actual: &Option<String>| claimed.is_some() && claimed != actual;
        [
            ("CRC32", wrong(&self.crc32, &actual.crc32)),
            ("CRC32C", wrong(&self.crc32c, &actual.crc32c)),
            ("CRC64NVME", wrong(&self.crc64nvme, &actual.crc64nvme)),
            ("SHA1", wrong(&self.sha1, &actual.sha1)),
            ("SHA256", wrong(&self.sha256, &actual.sha256)),
        ]
        .into_iter()
        .find_map(|(name, wrong)| wrong.then_some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_held_against_the_bytes() {
        let claimed = Checksums { crc32: Some("DUoRhQ==".into()), ..Checksums::default() };
        assert_eq!(claimed.mismatch(b"hello world"), None);
        assert_eq!(claimed.mismatch(b"hello World"), Some("CRC32"));
    }

    #[test]
    fn an_object_without_a_claim_gets_the_checksum_of_s3() {
        let sums = Checksums::of(b"hello", &Checksums::default());
        assert!(sums.crc64nvme.is_some() && sums.crc32.is_none());
    }
}
