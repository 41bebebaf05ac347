//! Data directories from before the store, with a directory for each bucket and in it a JSON file for each object and
//! older version.

use super::bucket::rows::{BUCKETS, BucketRow, VERSIONS, row_key};
use super::disk::{Disk, Stamp, unless_missing};
use super::error::{Result, S3StorageError};
use super::object::is_of;
use super::{ObjectInfo, STATE_DIR, VERSIONS_DIR, Versioning};
use crate::clock::milliseconds;
use crate::store::{Change, Store};
use fs_err as fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use uuid::Uuid;

/// Makes rows of the JSON files, once. They are removed when the rows are on the disk.
pub(crate) fn convert(data_dir: &Path, store: &Store, disk: &Disk) -> Result<()> {
    let done = store.read(&BUCKETS)?;
    for entry in fs::read_dir(data_dir.join(STATE_DIR))? {
        let old = entry?.path();
        let name = old.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !s3s::path::check_bucket_name(&name) || !old.join("objects").is_dir() {
            continue;
        }
        if store.is_durable() && !done.iter().any(|(bucket, _)| *bucket == name) {
            let bytes_dir = data_dir.join(STATE_DIR).join(VERSIONS_DIR).join(&name);
            fs::create_dir_all(&bytes_dir)?;
            let versions = read(&data_dir.join(&name), &old, &bytes_dir, disk)?;
            tracing::info!(bucket = name, versions = versions.len(), "the data directory is converted");
            let row =
                BucketRow { versioning: Versioning::Enabled, created_ms: milliseconds(SystemTime::now()) };
            let rows = versions.iter().map(|info| VERSIONS.put(row_key(&name, &info.id), info));
            let rows: Vec<_> = rows.chain([BUCKETS.put(name.clone(), &row)]).collect();
            disk.append(|| [Change::SyncDirectory(bytes_dir)].into_iter().chain(rows));
            disk.wait()?;
        }
        unless_missing(fs::remove_dir_all(&old))?;
    }
    Ok(())
}

/// The versions of a bucket, with their bytes under their new names.
fn read(objects_dir: &Path, old: &Path, bytes_dir: &Path, disk: &Disk) -> Result<Vec<ObjectInfo>> {
    let mut versions = Vec::new();
    for (dir, is_current) in [("versions", false), ("objects", true)] {
        for path in json_files(&old.join(dir))? {
            let json = fs::read(&path)?;
            let info: ObjectInfo = serde_json::from_slice(&json)
                .map_err(|source| S3StorageError::Metadata { path: path.clone(), source })?;
            let bytes = if is_current { objects_dir.join(&info.file) } else { path.with_extension("bytes") };
            let stamp = if info.delete_marker { None } else { Stamp::at(&bytes)? };
            if stamp.is_none() && !info.delete_marker {
                continue;
            }
            let mut info = ObjectInfo { id: Uuid::new_v4().simple().to_string(), ..info };
            if let Some(stamp) = stamp {
                disk.link(&bytes, &bytes_dir.join(&info.id))?;
                let is_same = is_of(&fs::read(&bytes)?, &info);
                // Bytes that a person changed are found by the start, like any change.
                info.file_modified_ns = if is_same { stamp.modified_ns } else { 0 };
            }
            // A write that was killed may have left a version twice.
            versions.retain(|other: &ObjectInfo| (&other.key, other.sequence) != (&info.key, info.sequence));
            versions.push(info);
        }
    }
    Ok(versions)
}

fn json_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    Ok(paths)
}
