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
use std::collections::BTreeMap;
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
    for path in files(&old.join("versions"), "json")? {
        let taken = take(describe(&path)?, &path.with_extension("bytes"), bytes_dir, disk)?;
        versions.extend(taken.map(|(info, _)| info));
    }
    let objects = current(&old.join("objects"), objects_dir)?;
    let all = versions.iter().chain(objects.values());
    let mut sequence = all.map(|info: &ObjectInfo| info.sequence + 1).max().unwrap_or(0);
    for info in objects.into_values() {
        let file = objects_dir.join(&info.file);
        let Some((mut info, is_same)) = take(info, &file, bytes_dir, disk)? else { continue };
        // A write that was killed may have left a version twice.
        let twin = |other: &ObjectInfo| (&other.key, other.sequence) == (&info.key, info.sequence);
        match versions.iter().position(twin) {
            Some(twin) if is_same => drop(versions.remove(twin)),
            // The file is a person's by now: the start makes it the version after the one that was kept.
            Some(_) => {
                info.become_version(sequence, Versioning::Enabled);
                sequence += 1;
            }
            None => {}
        }
        versions.push(info);
    }
    Ok(versions)
}

/// The descriptions of the current versions.
fn current(dir: &Path, objects_dir: &Path) -> Result<BTreeMap<PathBuf, ObjectInfo>> {
    let mut found = BTreeMap::new();
    for path in files(dir, "json")? {
        found.insert(path.clone(), describe(&path)?);
    }
    for path in files(dir, "next")? {
        let info = describe(&path)?;
        // A write that was killed is stored if its bytes are in place.
        if fs::read(objects_dir.join(&info.file)).is_ok_and(|bytes| is_of(&bytes, &info)) {
            found.insert(path.with_extension("json"), info);
        }
    }
    Ok(found)
}

/// Gives the bytes of a version their new name, and tells whether they are those that it was stored with. `None` without
/// bytes.
fn take(info: ObjectInfo, file: &Path, bytes_dir: &Path, disk: &Disk) -> Result<Option<(ObjectInfo, bool)>> {
    let mut info = ObjectInfo { id: Uuid::new_v4().simple().to_string(), ..info };
    if info.delete_marker {
        return Ok(Some((info, true)));
    }
    let Some(stamp) = Stamp::at(file)? else { return Ok(None) };
    disk.link(file, &bytes_dir.join(&info.id))?;
    let is_same = is_of(&fs::read(file)?, &info);
    // Bytes that a person changed are found by the start, like any change.
    info.file_modified_ns = if is_same { stamp.modified_ns } else { 0 };
    Ok(Some((info, is_same)))
}

fn describe(path: &Path) -> Result<ObjectInfo> {
    serde_json::from_slice(&fs::read(path)?)
        .map_err(|source| S3StorageError::Metadata { path: path.to_owned(), source })
}

fn files(dir: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    Ok(paths)
}
