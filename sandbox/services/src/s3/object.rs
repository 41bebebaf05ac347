//! An object: as it comes, as it is kept and as it is read.

use super::CreatedBy;
use super::checksums::Checksums;
use super::disk::Stamp;
use crate::clock::milliseconds;
use bytes::Bytes;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The id of an object that was stored without a version.
pub(crate) const NULL_VERSION: &str = "null";
/// A version id is the version's sequence, a random part, and a hash of both.
const SEQUENCE_BYTES: usize = 8;
const HASHED_BYTES: usize = 12;
const ID_BYTES: usize = 16;

/// An object on its way into a bucket.
#[derive(Clone, Debug, Default)]
pub struct NewObject {
    /// 1 to 1,024 bytes of UTF-8.
    pub key: String,
    pub bytes: Bytes,
    pub headers: ObjectHeaders,
    /// User-defined: `x-amz-meta-*`, without the prefix.
    pub metadata: BTreeMap<String, String>,
    pub condition: PutCondition,
    /// The sizes of the parts of a multipart upload.
    pub parts: Vec<u64>,
    pub created_by: CreatedBy,
}

/// The condition of a write. Checking it and writing are one step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PutCondition {
    /// An older object of this key is replaced.
    #[default]
    None,
    /// There is no object of this key yet (`If-None-Match: *`).
    Absent,
    /// The object of this key has this ETag (`If-Match`).
    Matches(String),
}

/// The condition of a deletion, which holds for the current version. Checking it and deleting are one step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum DeleteCondition {
    #[default]
    None,
    /// There is an object of this key (`If-Match: *`).
    Exists,
    /// The object of this key has this ETag (`If-Match`).
    Matches(String),
}

/// The result of a deletion.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deletion {
    /// The id of the version that is gone, or of the marker that was set; `None` in a bucket without versions.
    pub version_id: Option<String>,
    /// The version that is gone was a delete marker, or one was set.
    pub delete_marker: bool,
}

/// The treatment of replaced and deleted objects in a bucket:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Versioning {
    /// The object is gone.
    #[default]
    Unversioned,
    /// It stays as a version.
    Enabled,
    /// It is gone if it is the null version, which has no id of its own, and else stays.
    Suspended,
}

/// The headers that come back as they were sent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectHeaders {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub cache_control: Option<String>,
    /// An HTTP date.
    #[serde(default)]
    pub expires: Option<String>,
    /// `None` is `STANDARD`.
    #[serde(default)]
    pub storage_class: Option<String>,
    #[serde(default)]
    pub website_redirect_location: Option<String>,
}

/// Everything known of an object, one of its versions or a delete marker but its bytes. A row of the store.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectInfo {
    pub key: String,
    /// The name of the file with its bytes among those of all versions.
    #[serde(default)]
    pub id: String,
    /// Its readable file, below the bucket's directory, as long as it is the current version.
    pub file: String,
    /// In bytes.
    pub size: u64,
    /// The result of [`etag`], without the quotes of the header.
    pub etag: String,
    /// The sizes of the parts that a multipart upload was made of.
    #[serde(default)]
    pub parts: Vec<u64>,
    /// When it was stored, in milliseconds since 1970.
    pub modified_ms: u64,
    /// When its file was last written, in nanoseconds since 1970: another time means that a person changed it.
    #[serde(default)]
    pub file_modified_ns: i64,
    pub headers: ObjectHeaders,
    pub metadata: BTreeMap<String, String>,
    pub checksums: Checksums,
    /// `None` for an object that was stored without a version.
    pub version_id: Option<String>,
    /// A smaller number is older.
    pub sequence: u64,
    pub delete_marker: bool,
}

impl ObjectInfo {
    /// An empty object, stored now.
    pub(crate) fn new(key: &str, file: String, etag: String) -> Self {
        Self {
            key: key.to_owned(),
            id: Uuid::new_v4().simple().to_string(),
            file,
            size: 0,
            etag,
            parts: Vec::new(),
            modified_ms: milliseconds(SystemTime::now()),
            file_modified_ns: 0,
            headers: ObjectHeaders::default(),
            metadata: BTreeMap::new(),
            checksums: Checksums::default(),
            version_id: None,
            sequence: 0,
            delete_marker: false,
        }
    }

    /// A delete marker, set now.
    pub(crate) fn delete_marker(key: &str, sequence: u64, versioning: Versioning) -> Self {
        let mut marker = Self { delete_marker: true, ..Self::new(key, String::new(), String::new()) };
        marker.become_version(sequence, versioning);
        marker
    }

    pub(crate) fn become_version(&mut self, sequence: u64, versioning: Versioning) {
        self.sequence = sequence;
        self.version_id = (versioning == Versioning::Enabled).then(|| new_version_id(sequence));
    }

    /// Takes over size and time from its file.
    pub(crate) fn set_stamp(&mut self, stamp: Stamp) {
        self.size = stamp.size;
        self.modified_ms = stamp.modified_ms();
        self.file_modified_ns = stamp.modified_ns;
    }

    /// Describes other bytes, which a person wrote.
    pub(crate) fn set_bytes(&mut self, bytes: &[u8]) {
        self.size = bytes.len() as u64;
        self.checksums = Checksums::of(bytes, &self.checksums);
        self.etag = etag(bytes, &[]);
        self.parts = Vec::new();
    }

    /// The version's id, as a bucket that has versions shows it.
    pub(crate) fn shown_id(&self) -> &str {
        self.version_id.as_deref().unwrap_or(NULL_VERSION)
    }

    pub fn modified_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.modified_ms)
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { size: self.size, modified_ns: self.file_modified_ns }
    }
}

fn new_version_id(sequence: u64) -> String {
    let random = Uuid::new_v4();
    let random = &random.as_bytes()[..HASHED_BYTES - SEQUENCE_BYTES];
    version_id(&[&sequence.to_be_bytes(), random].concat())
}

fn version_id(start: &[u8]) -> String {
    let hash = Sha256::digest(start);
    hex::encode([start, &hash[..ID_BYTES - HASHED_BYTES]].concat())
}

/// The sequence of the version that has or once had this id; `None` for an id that never was one. S3 tells a version
/// that is gone from one that never existed, and a listing goes on behind a version that is gone.
pub(crate) fn sequence_of(id: &str) -> Option<u64> {
    let bytes = hex::decode(id).ok().filter(|bytes| bytes.len() == ID_BYTES)?;
    let sequence = bytes[..SEQUENCE_BYTES].try_into().map(u64::from_be_bytes).ok()?;
    (version_id(&bytes[..HASHED_BYTES]) == id).then_some(sequence)
}

/// The MD5 of the bytes, in hex; for an object of parts, the MD5 of their MD5s and how many there are.
pub(crate) fn etag(bytes: &[u8], parts: &[u64]) -> String {
    if parts.is_empty() {
        return hex::encode(Md5::digest(bytes));
    }
    let (mut digests, mut rest) = (Md5::new(), bytes);
    for size in parts {
        let size = usize::try_from(*size).unwrap_or(usize::MAX).min(rest.len());
        let (part, behind) = rest.split_at(size);
        digests.update(Md5::digest(part));
        rest = behind;
    }
    format!("{}-{}", hex::encode(digests.finalize()), parts.len())
}

/// True for the bytes that a version was stored with.
pub(crate) fn is_of(bytes: &[u8], info: &ObjectInfo) -> bool {
    bytes.len() as u64 == info.size && etag(bytes, &info.parts) == info.etag
}

#[derive(Clone, Debug)]
pub struct StoredObject {
    pub info: ObjectInfo,
    pub bytes: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_id_tells_its_sequence_and_a_made_up_one_nothing() {
        let id = new_version_id(7);
        assert_eq!((id.len(), sequence_of(&id)), (32, Some(7)));
        assert_ne!(id, new_version_id(7));
        for other in ["", "null", &"0".repeat(32), &id.to_uppercase(), &format!("{id}00")] {
            assert_eq!(sequence_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_etag_of_an_object_of_parts_is_made_of_theirs() {
        assert_eq!(etag(b"test", &[4]), "60cd54a928cbbcbb6e7b5595bab46a9e-1");
        assert_ne!(etag(b"test", &[2, 2]), etag(b"test", &[1, 3]));
        assert!(etag(b"test", &[2, 2]).ends_with("-2"));
    }
}
