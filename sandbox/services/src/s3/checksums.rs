//! The checksums that a client sends along, which tell S3 whether the right bytes arrived:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>.
//!
//! `s3s` reads them from headers and trailers and leaves the comparison to us.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, CompleteMultipartUploadInput, CompletedPart, PutObjectInput,
    UploadPartInput,
};
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

/// An input with checksums.
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

claims!(CompleteMultipartUploadInput, CompletedPart, PutObjectInput, UploadPartInput);

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

    /// A request for one kind of checksum, by the name that S3 gives it.
    pub(crate) fn only(name: &str) -> Option<Self> {
        let mut kinds = Self::default();
        let kind = match name {
            ChecksumAlgorithm::CRC32 => &mut kinds.crc32,
            ChecksumAlgorithm::CRC32C => &mut kinds.crc32c,
            ChecksumAlgorithm::CRC64NVME => &mut kinds.crc64nvme,
            ChecksumAlgorithm::SHA1 => &mut kinds.sha1,
            ChecksumAlgorithm::SHA256 => &mut kinds.sha256,
            _ => return None,
        };
        *kind = Some(String::new());
        Some(kinds)
    }

    /// Every kind, by name.
    pub(crate) fn all(&self) -> [(&'static str, Option<&String>); 5] {
        [
            (ChecksumAlgorithm::CRC32, self.crc32.as_ref()),
            (ChecksumAlgorithm::CRC32C, self.crc32c.as_ref()),
            (ChecksumAlgorithm::CRC64NVME, self.crc64nvme.as_ref()),
            (ChecksumAlgorithm::SHA1, self.sha1.as_ref()),
            (ChecksumAlgorithm::SHA256, self.sha256.as_ref()),
        ]
    }

    /// S3's names of the kinds that there are.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.all().into_iter().filter(|(_, sum)| sum.is_some()).map(|(name, _)| name).collect()
    }

    /// The checksum of the parts' checksums, and how many there are.
    pub(crate) fn composed<'a>(parts: impl Iterator<Item = &'a Self>, kinds: &Self) -> Self {
        let (mut sums, mut count) = (Vec::new(), 0);
        for part in parts {
            let of_part = part.all().into_iter().find_map(|(_, sum)| STANDARD.decode(sum?).ok());
            sums.extend(of_part.unwrap_or_default());
            count += 1;
        }
        let counted = |sum: Option<String>| sum.map(|sum| format!("{sum}-{count}"));
        let Self { crc32, crc32c, crc64nvme, sha1, sha256, .. } = Self::of(&sums, kinds);
        Self {
            crc32: counted(crc32),
            crc32c: counted(crc32c),
            crc64nvme: counted(crc64nvme),
            sha1: counted(sha1),
            sha256: counted(sha256),
            composite: true,
        }
    }

    pub(crate) fn kind(&self) -> ChecksumType {
        let kind = if self.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
        ChecksumType::from_static(kind)
    }

    /// The name of a claimed checksum that is not the one of `bytes`.
    pub(crate) fn mismatch(&self, bytes: &[u8]) -> Option<&'static str> {
        self.mismatch_with(&Self::of(bytes, self))
    }

    /// The name of a checksum that `actual` doesn't have or has otherwise.
    pub(crate) fn mismatch_with(&self, actual: &Self) -> Option<&'static str> {
        let mut pairs = self.all().into_iter().zip(actual.all());
        let wrong = pairs.find(|((_, claimed), (_, actual))| claimed.is_some() && claimed != actual);
        wrong.map(|((name, _), _)| name)
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

    #[test]
    fn a_composite_checksum_is_made_of_those_of_the_parts() {
        let kinds = Checksums::only("SHA256").unwrap();
        let part = Checksums {
            sha256: Some("DjU70AB1bON8k0n0fVHv2PJQVWcA/jWsITp6ti20Tbs=".into()),
            ..kinds.clone()
        };
        let sums = Checksums::composed([&part, &part].into_iter(), &kinds);
        assert_eq!(sums.sha256.as_deref(), Some("2Wjxbc3N6c1y3Eqve6x8X+xPy4qXhB1vAMgge0qeZJM=-2"));
        assert_eq!((sums.names(), sums.kind().as_str()), (vec!["SHA256"], "COMPOSITE"));
    }
}
