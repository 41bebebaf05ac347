//! An object: as it comes, as it is kept and as it is read.

use super::checksums::Checksums;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// An object on its way into a bucket.
#[derive(Clone, Debug, Default)]
pub struct NewObject {
    /// Its name: 1 to 1,024 bytes of UTF-8.
    pub key: String,
    /// What is in it.
    pub bytes: Bytes,
    /// What it says about itself.
    pub headers: ObjectHeaders,
    /// What the sender says of it (`x-amz-meta-*`, without the prefix).
    pub metadata: BTreeMap<String, String>,
    /// What has to be so for it to be stored.
    pub condition: PutCondition,
}

/// What has to be so for an object to be stored. Looked at and acted on in one step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PutCondition {
    /// Nothing: an older object of this key is replaced.
    #[default]
    None,
    /// There is no object of this key yet (`If-None-Match: *`).
    Absent,
    /// The object of this key has this ETag (`If-Match`).
    Matches(String),
}

/// The headers that come back as they were sent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct ObjectHeaders {
    /// `Content-Type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
}

/// What is known of an object besides its bytes. Kept as JSON beside the objects.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectInfo {
    /// Its name.
    pub key: String,
    /// Where its bytes are, below the bucket's directory.
    pub file: String,
    /// How many bytes it has.
    pub size: u64,
    /// The MD5 of its bytes, in hex, without the quotes of the header.
    pub etag: String,
    /// When it was stored, in milliseconds since 1970.
    pub modified_ms: u64,
    /// What it says about itself.
    #[serde(default)]
    pub headers: ObjectHeaders,
    /// What the sender said of it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The checksums it was sent with.
    #[serde(default)]
    pub checksums: Checksums,
    /// Which version it is; what was stored before there were versions is the version `null`.
    #[serde(default = "null_version")]
    pub version_id: String,
    /// What has a smaller number came earlier.
    #[serde(default)]
    pub sequence: u64,
    /// This is no object, but says that there is none any more.
    #[serde(default)]
    pub delete_marker: bool,
}

fn null_version() -> String {
    "null".to_owned()
}

impl ObjectInfo {
    /// An empty object, stored now, as a new version.
    pub(crate) fn new(key: &str, file: String, etag: String, sequence: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            key: key.to_owned(),
            file,
            size: 0,
            etag,
            modified_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
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

    /// When it was stored.
    #[must_use]
    pub fn modified_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.modified_ms)
    }
}

/// An object as it is read.
#[derive(Clone, Debug)]
pub struct StoredObject {
    /// What is known of it.
    pub info: ObjectInfo,
    /// What is in it.
    pub bytes: Bytes,
}
