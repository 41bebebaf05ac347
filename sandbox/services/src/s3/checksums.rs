//! The checksums that a client sends along, which tell S3 whether the right bytes arrived:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>.
//!
//! `s3s` reads them from headers and trailers and leaves the comparison to us.

use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{ChecksumType, PutObjectInput, UploadPartInput};
use serde::{Deserialize, Serialize};

/// Checksums of an object, each in base64.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Checksums {
    /// The SDKs send this one unless told otherwise.
    pub crc32: Option<String>,
    pub crc32c: Option<String>,
    /// S3 computes this one when the client sends none.
    pub crc64nvme: Option<String>,
    pub sha1: Option<String>,
    pub sha256: Option<String>,
    /// They are made of the parts' checksums, instead of the bytes.
    #[serde(default)]
    pub composite: bool,
}

/// An input with the checksums of its body.
pub(crate) trait Claims {
    fn headers(&self) -> Checksums;
}

macro_rules! claims {
    ($($Input:ident),*) => {
        $(impl Claims for $Input {
            fn headers(&self) -> Checksums {
                Checksums {
                    crc32: self.checksum_crc32.clone(),
                    crc32c: self.checksum_crc32c.clone(),
                    crc64nvme: self.checksum_crc64nvme.clone(),
                    sha1: self.checksum_sha1.clone(),
                    sha256: self.checksum_sha256.clone(),
                    composite: false,
                }
            }
        })*
    };
}

claims!(PutObjectInput, UploadPartInput);

impl Checksums {
    /// The claims of a client in the headers and, when the body came in chunks, in the trailers behind it.
    pub(crate) fn claimed(input: &impl Claims, trailers: Option<&HeaderMap>) -> Self {
        let trailer = |name: &str| Some(trailers?.get(name)?.to_str().ok()?.to_owned());
        let headers = input.headers();
        Self {
            crc32: headers.crc32.or_else(|| trailer("x-amz-checksum-crc32")),
            crc32c: headers.crc32c.or_else(|| trailer("x-amz-checksum-crc32c")),
            crc64nvme: headers.crc64nvme.or_else(|| trailer("x-amz-checksum-crc64nvme")),
            sha1: headers.sha1.or_else(|| trailer("x-amz-checksum-sha1")),
            sha256: headers.sha256.or_else(|| trailer("x-amz-checksum-sha256")),
            composite: false,
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
            composite: false,
        }
    }

    pub(crate) fn kind(&self) -> ChecksumType {
        let kind = if self.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
        ChecksumType::from_static(kind)
    }

    /// The name of a claimed checksum that is not the one of `bytes`.
    pub(crate) fn mismatch(&self, bytes: &[u8]) -> Option<&'static str> {
        let actual = Self::of(bytes, self);
        let pairs = [
            ("CRC32", &self.crc32, &actual.crc32),
            ("CRC32C", &self.crc32c, &actual.crc32c),
            ("CRC64NVME", &self.crc64nvme, &actual.crc64nvme),
            ("SHA1", &self.sha1, &actual.sha1),
            ("SHA256", &self.sha256, &actual.sha256),
        ];
        let wrong = pairs.iter().find(|(_, claimed, actual)| claimed.is_some() && claimed != actual);
        wrong.map(|(name, ..)| *name)
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
