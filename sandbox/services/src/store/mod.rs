//! State that outlives the process: rows in named tables, in one file.
//!
//! A service keeps its state in memory. Where it changes that state it [appends](Store::append) the same change here,
//! under the same lock, so both have the same order. One thread (`writer`) writes the changes that came together as one
//! transaction with one sync of the file (`file`). An answer waits until its changes are [durable](Store::durable): many
//! requests at once share a sync.
//!
//! On a full disk the changes stay in memory, the requests that wait get an error, and the thread tries again. Until it
//! succeeds, [`Store::check`] refuses further changes.
//!
//! A stack without a data directory has a [volatile](Store::volatile) store: it writes nothing and waits for nothing.

mod file;
mod writer;

#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use writer::Writer;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0} is in use by another process; stop that process or choose another data directory")]
    InUse(PathBuf),
    #[error(
        "{path} can't be read: restore it from a copy, or move it away to start without its queues, parameters and \
         versions"
    )]
    Unreadable { path: PathBuf, source: Box<redb::Error> },
    #[error(
        "a row of {table} can't be read: a newer version may have written it; use that version or another directory"
    )]
    Row { table: &'static str, source: serde_json::Error },
    #[error("can't write to the data directory: free some space or make it writable")]
    Write(#[source] Arc<redb::Error>),
    #[error("the data directory can't be used: check that it exists and is writable")]
    Io(#[from] std::io::Error),
}

/// A table of values of one type, by name.
#[derive(Debug)]
pub(crate) struct Table<V> {
    name: &'static str,
    values: PhantomData<fn() -> V>,
}

/// A part of what [`Store::append`] writes in one transaction.
#[derive(Debug)]
pub(crate) enum Change {
    Put {
        table: &'static str,
        key: String,
        value: Vec<u8>,
    },
    Delete {
        table: &'static str,
        key: String,
    },
    /// Syncs a directory before the transaction is written, once for all that ask for it. One that was removed since is
    /// no error.
    SyncDirectory(PathBuf),
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store(Option<Arc<Writer>>);

impl<V: Serialize + DeserializeOwned> Table<V> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, values: PhantomData }
    }

    pub(crate) fn put(&self, key: impl Into<String>, value: &V) -> Change {
        #[expect(clippy::expect_used, reason = "rows are structs of numbers and texts, which JSON can hold")]
        let value = serde_json::to_vec(value).expect("a row is JSON");
        Change::Put { table: self.name, key: key.into(), value }
    }

    pub(crate) fn delete(&self, key: impl Into<String>) -> Change {
        Change::Delete { table: self.name, key: key.into() }
    }
}

impl Store {
    /// A store that forgets.
    pub(crate) fn volatile() -> Self {
        Self(None)
    }

    /// Opens the store in `directory`, or creates it. Blocks.
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        Ok(Self(Some(Arc::new(Writer::start(directory)?))))
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.0.is_some()
    }

    /// The rows that were written, in the order of their keys. Blocks.
    pub(crate) fn read<V: DeserializeOwned>(&self, table: &Table<V>) -> Result<Vec<(String, V)>, StoreError> {
        let Some(writer) = &self.0 else { return Ok(Vec::new()) };
        let rows = writer.read(table.name)?.into_iter();
        rows.map(|(key, value)| match serde_json::from_slice(&value) {
            Ok(value) => Ok((key, value)),
            Err(source) => Err(StoreError::Row { table: table.name, source }),
        })
        .collect()
    }

    /// Writes all of the changes or none, after everything that was appended before. Doesn't block. A volatile store
    /// doesn't ask for them.
    pub(crate) fn append<I: IntoIterator<Item = Change>>(&self, changes: impl FnOnce() -> I) {
        if let Some(writer) = &self.0 {
            writer.append(changes());
        }
    }

    /// Waits until everything that was appended is on the disk.
    pub(crate) async fn durable(&self) -> Result<(), StoreError> {
        match &self.0 {
            Some(writer) => writer.durable().await,
            None => Ok(()),
        }
    }

    /// Refuses changes while the disk takes none.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.0.as_ref().map_or(Ok(()), |writer| writer.check())
    }

    /// How often the file was synced.
    pub(crate) fn syncs(&self) -> u64 {
        self.0.as_ref().map_or(0, |writer| writer.syncs())
    }

    /// Copies the file as it is now, as a killed process leaves it.
    #[cfg(test)]
    pub(crate) fn copy_to(&self, directory: &Path) {
        self.0.as_ref().unwrap().copy_to(directory);
    }

    /// Writes what is left and lets others use the file.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let Some(writer) = self.0.clone() else { return Ok(()) };
        let durable = writer.durable().await;
        let ended = tokio::task::spawn_blocking(move || writer.stop()).await;
        durable?;
        ended.map_err(std::io::Error::other)?;
        Ok(())
    }
}
