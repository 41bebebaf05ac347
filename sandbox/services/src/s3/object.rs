//! An object: as it comes, as it is kept and as it is read.

use super::checksums::Checksums;
use super::error::{Result, S3StorageError};
use crate::clock::milliseconds;
use bytes::Bytes;
use fs_err as fs;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

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

/// The headers that come back as they were sent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectHeaders {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub cache_control: Option<String>,
}

/// Everything known of an object but its bytes. Kept as JSON beside the objects.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectInfo {
    pub key: String,
    /// Where its bytes are, below the bucket's directory.
    pub file: String,
    /// In bytes.
    pub size: u64,
    /// The MD5 of its bytes, in hex, without the quotes of the header.
    pub etag: String,
    /// When it was stored, in milliseconds since 1970.
    pub modified_ms: u64,
    pub headers: ObjectHeaders,
    pub metadata: BTreeMap<String, String>,
    pub checksums: Checksums,
    pub version_id: String,
    /// A smaller number is older.
    pub sequence: u64,
    pub delete_marker: bool,
}

impl ObjectInfo {
    /// An empty object, stored now, as a new version.
    pub(crate) fn new(key: &str, file: String, etag: String, sequence: u64) -> Self {
        Self {
            key: key.to_owned(),
            file,
            size: 0,
            etag,
            modified_ms: milliseconds(SystemTime::now()),
            headers: ObjectHeaders::default(),
            metadata: BTreeMap::new(),
            checksums: Checksums::default(),
            version_id: Uuid::new_v4().simple().to_string(),
            sequence,
            delete_marker: false,
        }
    }

    /// A delete marker, set now.
    pub(crate) fn delete_marker(key: &str, sequence: u64) -> Self {
        Self { delete_marker: true, ..Self::new(key, String::new(), String::new(), sequence) }
    }

    pub fn modified_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.modified_ms)
    }

    pub(crate) fn read(path: &Path) -> Result<Self> {
        let json = fs::read(path)?;
        serde_json::from_slice(&json)
            .map_err(|source| S3StorageError::Metadata { path: path.to_owned(), source })
    }

    pub(crate) fn to_json(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(io::Error::from)
    }
}

#[derive(Clone, Debug)]
pub struct StoredObject {
    pub info: ObjectInfo,
    pub bytes: Bytes,
}
