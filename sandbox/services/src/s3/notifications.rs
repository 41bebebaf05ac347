//! Notices of created and deleted objects, for one listener that misses none.

use std::time::SystemTime;

/// An object was created or deleted.
#[derive(Clone, Debug)]
pub struct ObjectEvent {
    pub bucket: String,
    pub key: String,
    pub at: SystemTime,
    /// `None` in a bucket without versions.
    pub version_id: Option<String>,
    /// The later of two events of one key has the higher number.
    pub sequence: u64,
    pub change: ObjectChange,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ObjectChange {
    /// `reason` is the operation's name.
    Created { reason: &'static str, size: u64, etag: String },
    /// A delete marker hides it.
    Marked,
    /// The object, or one version of it, is gone.
    Deleted,
}

/// The operation that creates an object.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CreatedBy {
    #[default]
    Put,
    Copy,
    Upload,
}

impl CreatedBy {
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Put => "PutObject",
            Self::Copy => "CopyObject",
            Self::Upload => "CompleteMultipartUpload",
        }
    }
}
