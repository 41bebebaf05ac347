//! Multipart uploads in progress: their parts wait as files until they are put together.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>.
//!
//! `DATA_DIR/.sandbox/.uploads/BUCKET/ID/` holds the upload's description (`upload.json`) and, of each part, the bytes and
//! their description (`NUMBER.json`). An upload or a part exists when its description does. Everything in here blocks.

use super::disk::{Disk, persist, unless_missing};
use super::error::{Result, S3StorageError};
use super::object::etag;
use super::{Checksums, ObjectHeaders};
use crate::clock::milliseconds;
use bytes::{Bytes, BytesMut};
use fs_err as fs;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::{NamedTempFile, TempPath};
use uuid::Uuid;

#[cfg(test)]
mod tests;

const UPLOAD: &str = "upload.json";

/// An upload: the object that its parts will make.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Upload {
    /// A larger id is newer.
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) headers: ObjectHeaders,
    pub(crate) metadata: BTreeMap<String, String>,
    /// The name of the checksum that the client chose.
    pub(crate) algorithm: Option<String>,
    /// The object's checksum is made of those of its parts.
    pub(crate) composite: bool,
    /// The bucket's sequence when the upload began.
    pub(crate) began: u64,
    pub(crate) initiated_ms: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Part {
    pub(crate) number: i32,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
    pub(crate) modified_ms: u64,
    file: String,
}

/// The uploads of a bucket.
#[derive(Debug)]
pub(crate) struct Uploads {
    dir: PathBuf,
    disk: Arc<Disk>,
    /// By key and id; locked while the disk is changed.
    index: Mutex<BTreeMap<(String, String), InProgress>>,
}

#[derive(Debug)]
struct InProgress {
    upload: Upload,
    parts: BTreeMap<i32, Part>,
    /// Held while the parts are put together: only one request does that.
    completion: Arc<Mutex<()>>,
}

impl InProgress {
    fn new(upload: Upload) -> Self {
        Self { upload, parts: BTreeMap::new(), completion: Arc::default() }
    }
}

impl Uploads {
    /// Finds the uploads that are in `dir` already.
    pub(crate) fn open(dir: PathBuf, disk: Arc<Disk>) -> Result<Self> {
        fs::create_dir_all(&dir)?;
        let mut index = BTreeMap::new();
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            // Anything but an upload is left over from a killed process.
            if !path.is_dir() {
                fs::remove_file(&path)?;
            } else if let Some(found) = read_upload(&path)? {
                index.insert((found.upload.key.clone(), found.upload.id.clone()), found);
            } else {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(Self { dir, disk, index: Mutex::new(index) })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Begins an upload and returns its id.
    pub(crate) fn begin(&self, upload: Upload) -> Result<String> {
        let now = SystemTime::now();
        let nanoseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let id = format!("{nanoseconds:024x}{}", Uuid::new_v4().simple());
        let upload = Upload { id: id.clone(), initiated_ms: milliseconds(now), ..upload };
        let mut index = self.index.lock();
        let dir = self.dir.join(&id);
        // Not those above it: the bucket may have been deleted meanwhile.
        fs::create_dir(&dir)?;
        let described = self.describe(&dir, UPLOAD, &upload).and_then(|()| Ok(self.disk.sync(&self.dir)?));
        if let Err(error) = described {
            fs::remove_dir_all(&dir)?;
            return Err(error);
        }
        index.insert((upload.key.clone(), id.clone()), InProgress::new(upload));
        Ok(id)
    }

    /// The uploads by key, the oldest of each key first.
    pub(crate) fn all(&self) -> Vec<Upload> {
        self.index.lock().values().map(|found| found.upload.clone()).collect()
    }

    pub(crate) fn find(&self, key: &str, id: &str) -> Result<Upload> {
        self.in_progress(key, id, |found| found.upload.clone())
    }

    /// The parts of an upload, by number.
    pub(crate) fn parts(&self, key: &str, id: &str) -> Result<(Upload, BTreeMap<i32, Part>)> {
        self.in_progress(key, id, |found| (found.upload.clone(), found.parts.clone()))
    }

    fn in_progress<T>(&self, key: &str, id: &str, read: impl FnOnce(&InProgress) -> T) -> Result<T> {
        let index = self.index.lock();
        index.get(&name(key, id)).map(read).ok_or_else(|| missing(id))
    }

    /// Adds a part, in place of an older one of its number.
    pub(crate) fn add(
        &self,
        key: &str,
        id: &str,
        number: i32,
        bytes: &[u8],
        checksums: Checksums,
    ) -> Result<Part> {
        self.find(key, id)?;
        let part = Part {
            number,
            size: bytes.len() as u64,
            etag: etag(bytes, &[]),
            checksums,
            modified_ms: milliseconds(SystemTime::now()),
            file: format!("{number}-{}.part", Uuid::new_v4().simple()),
        };
        // Written beside the directories of the uploads: this one may end meanwhile.
        let written = self.disk.write_aside(&self.dir, bytes)?;
        let mut index = self.index.lock();
        let found = index.get_mut(&name(key, id)).ok_or_else(|| missing(id))?;
        let dir = self.dir.join(id);
        let bytes = dir.join(&part.file);
        persist(written, &bytes)?;
        // Removed unless its description names it.
        let bytes = TempPath::try_from_path(bytes)?;
        persist(self.description(&dir, &part)?, &dir.join(format!("{number}.json")))?;
        bytes.keep().map_err(|error| error.error)?;
        self.disk.sync(&dir)?;
        if let Some(old) = found.parts.insert(number, part.clone()) {
            unless_missing(fs::remove_file(dir.join(old.file)))?;
        }
        Ok(part)
    }

    /// Ends an upload: its parts are gone.
    pub(crate) fn end(&self, key: &str, id: &str) -> Result<()> {
        let mut index = self.index.lock();
        index.remove(&name(key, id)).ok_or_else(|| missing(id))?;
        let dir = self.dir.join(id);
        // Without its description the upload is gone, even if the process is killed now.
        unless_missing(fs::remove_file(dir.join(UPLOAD)))?;
        self.disk.sync(&dir)?;
        Ok(fs::remove_dir_all(dir)?)
    }

    /// Keeps other requests from completing an upload while `work` does.
    pub(crate) fn completing<T>(&self, key: &str, id: &str, work: impl FnOnce() -> T) -> Result<T> {
        let completion = self.in_progress(key, id, |found| Arc::clone(&found.completion))?;
        let _completion = completion.lock();
        // Another request may have been faster.
        self.find(key, id)?;
        Ok(work())
    }

    /// The bytes of some of an upload's parts, one after the other.
    pub(crate) fn read(&self, id: &str, parts: &[Part]) -> Result<Bytes> {
        let size: u64 = parts.iter().map(|part| part.size).sum();
        let mut bytes = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
        for part in parts {
            let path = self.dir.join(id).join(&part.file);
            let read = fs::read(&path)?;
            if read.len() as u64 != part.size {
                let text = format!("{} was changed: upload the part again", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, text).into());
            }
            bytes.extend_from_slice(&read);
        }
        Ok(bytes.freeze())
    }

    fn describe(&self, dir: &Path, name: &str, what: &impl Serialize) -> Result<()> {
        persist(self.description(dir, what)?, &dir.join(name))?;
        Ok(self.disk.sync(dir)?)
    }

    fn description(&self, dir: &Path, what: &impl Serialize) -> Result<NamedTempFile> {
        let json = serde_json::to_vec(what).map_err(io::Error::from)?;
        Ok(self.disk.write_aside(dir, &json)?)
    }
}

fn name(key: &str, id: &str) -> (String, String) {
    (key.to_owned(), id.to_owned())
}

fn missing(id: &str) -> S3StorageError {
    S3StorageError::NoSuchUpload(id.to_owned())
}

/// The upload in a directory, if it is one.
fn read_upload(dir: &Path) -> Result<Option<InProgress>> {
    if !dir.join(UPLOAD).exists() {
        return Ok(None);
    }
    let mut found = InProgress::new(read_json(&dir.join(UPLOAD))?);
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") && !path.ends_with(UPLOAD) {
            let part: Part = read_json(&path)?;
            found.parts.insert(part.number, part);
        }
    }
    Ok(Some(found))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&fs::read(path)?)
        .map_err(|source| S3StorageError::Metadata { path: path.to_owned(), source })
}
