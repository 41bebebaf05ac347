//! The rows of buckets in the store.

use crate::s3::disk::Stamp;
use crate::s3::{ObjectInfo, Versioning};
use crate::store::Table;
use serde::{Deserialize, Serialize};

/// By name.
pub(crate) const BUCKETS: Table<BucketRow> = Table::new("s3_buckets");
/// Versions and delete markers, by bucket and id.
pub(crate) const VERSIONS: Table<ObjectInfo> = Table::new("s3_versions");
/// Readable files that may not be what the versions say, by bucket and file.
pub(crate) const PLACING: Table<Placing> = Table::new("s3_placing");

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct BucketRow {
    pub(crate) versioning: Versioning,
    pub(crate) created_ms: u64,
}

/// The files that the sandbox had at a place before. Any other file there is a person's.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Placing {
    pub(crate) before: Vec<Stamp>,
}

/// The rows of one bucket.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) versions: Vec<ObjectInfo>,
    pub(crate) placing: Vec<(String, Placing)>,
}

pub(crate) fn row_key(bucket: &str, name: &str) -> String {
    format!("{bucket}/{name}")
}
