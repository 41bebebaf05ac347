//! Why the storage said no.

use std::path::{Path, PathBuf};

/// A refused or failed storage operation.
#[derive(Debug, thiserror::Error)]
pub enum S3StorageError {
    /// No bucket has this name.
    #[error("there is no bucket {0}")]
    NoSuchBucket(String),
    /// The bucket has objects, older versions of some, or delete markers.
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    /// The bucket has no object of this key.
    #[error("there is no such object")]
    NoSuchKey,
    /// The object was deleted: its latest version is a delete marker.
    #[error("there is no such object any more")]
    Deleted {
        /// The marker.
        version_id: String,
    },
    /// The object has no such version.
    #[error("there is no such version")]
    NoSuchVersion,
    /// The version is a delete marker, which has nothing to read.
    #[error("the version is a delete marker")]
    IsDeleteMarker,
    /// Something else is happening to the object: trying again will tell.
    #[error("another write of the object is in progress, or it was deleted meanwhile")]
    ConditionalRequestConflict,
    /// Two processes in one directory would not see each other's objects.
    #[error("{0} is in use by another process: end that one, or choose another directory with --data")]
    InUse(PathBuf),
    /// The object is there although it should not be, or is not the one it should be.
    #[error("the object is not as the condition says")]
    PreconditionFailed,
    /// 3 to 63 lower-case letters, digits, `.` and `-`; begins and ends with a letter or digit.
    #[error("{0:?} is no name for a bucket")]
    InvalidBucketName(String),
    /// Keys have 1 to 1,024 bytes.
    #[error("a key has 1 to 1,024 bytes, not {0}")]
    InvalidKey(usize),
    /// What stands beside an object can't be read: somebody changed it, or a newer version wrote it.
    #[error("{path} doesn't describe an object")]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The disk failed.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The task that worked on the disk ended without an answer.
    #[error("a storage task ended early")]
    Task(#[from] tokio::task::JoinError),
}

impl S3StorageError {
    /// For `map_err`: a failure of the disk at `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
