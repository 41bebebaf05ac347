//! Why the storage refuses or fails.

use display_error_chain::DisplayErrorChain;
use std::fmt;
use std::path::PathBuf;

#[derive(thiserror::Error)]
pub enum S3StorageError {
    #[error("there is no bucket {0}")]
    NoSuchBucket(String),
    /// It has objects, older versions of some, or delete markers.
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    #[error("there is no such object")]
    NoSuchKey,
    /// The latest version is a delete marker, with this id.
    #[error("the object was deleted")]
    Deleted { version_id: String },
    #[error("there is no such version")]
    NoSuchVersion,
    /// No version ever had this id.
    #[error("{0:?} is not the id of a version")]
    InvalidVersionId(String),
    /// It never began, or was completed or aborted.
    #[error("the upload {0} doesn't exist: it never began, or was completed or aborted")]
    NoSuchUpload(String),
    /// A delete marker has nothing to read.
    #[error("the version is a delete marker")]
    IsDeleteMarker,
    #[error("another write of the object is in progress, or it was deleted meanwhile; try again")]
    ConditionalRequestConflict,
    /// Two processes in one directory would not see each other's objects.
    #[error("{0} is in use by another process; stop that process or choose another data directory")]
    InUse(PathBuf),
    /// The object exists although it should not, or is not the one it should be.
    #[error("the object doesn't meet the condition")]
    PreconditionFailed,
    /// 3 to 63 lower-case letters, digits, `.` and `-`; begins and ends with a letter or digit.
    #[error("{0:?} is not a valid name of a bucket")]
    InvalidBucketName(String),
    #[error("a key has 1 to 1,024 bytes, not {0}")]
    InvalidKey(usize),
    /// The file with an object's metadata was changed, or a newer version wrote it.
    #[error("{path} doesn't describe an object")]
    Metadata { path: PathBuf, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("a storage task ended early")]
    Task(#[from] tokio::task::JoinError),
}

pub(crate) type Result<T, E = S3StorageError> = std::result::Result<T, E>;

/// The messages of the error and its sources, since a `main` that returns an error prints this.
impl fmt::Debug for S3StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", DisplayErrorChain::new(self))
    }
}
