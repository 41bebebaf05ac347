//! The thread that writes: everything that came together, in one transaction.

use super::file::{StoreFile, sync_directory};
use super::{Change, StoreError};
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// How long after a failure the thread tries again, if nothing is appended meanwhile.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Writer {
    common: Arc<Common>,
    progress: watch::Receiver<Progress>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Common {
    pending: Mutex<Pending>,
    appended: Condvar,
    file: Mutex<Option<StoreFile>>,
}

#[derive(Debug, Default)]
struct Pending {
    changes: Vec<Change>,
    /// The number of appends.
    count: u64,
    stopping: bool,
}

#[derive(Clone, Debug, Default)]
struct Progress {
    /// The number of appends that are on the disk.
    written: u64,
    syncs: u64,
    failures: u64,
    /// Why the latest attempt failed, if it did.
    failure: Option<Arc<redb::Error>>,
}

impl Writer {
    pub(crate) fn start(directory: &Path) -> Result<Self, StoreError> {
        let file = Mutex::new(Some(StoreFile::open(directory)?));
        let common = Arc::new(Common { pending: Mutex::default(), appended: Condvar::new(), file });
        let (sender, progress) = watch::channel(Progress::default());
        let of_thread = Arc::clone(&common);
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = Mutex::new(Some(thread.spawn(move || of_thread.run(&sender))?));
        Ok(Self { common, progress, thread })
    }

    pub(crate) fn read(&self, table: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.common.file.lock().as_ref().map_or(Ok(Vec::new()), |file| file.read(table))
    }

    pub(crate) fn append(&self, changes: impl IntoIterator<Item = Change>) {
        let mut pending = self.common.pending.lock();
        let before = pending.changes.len();
        pending.changes.extend(changes);
        // Without changes the thread writes nothing, so `durable` must not wait for it.
        if pending.changes.len() == before {
            return;
        }
        pending.count += 1;
        self.common.appended.notify_one();
    }

    pub(crate) async fn durable(&self) -> Result<(), StoreError> {
        let mut progress = self.progress.clone();
        let failures = progress.borrow_and_update().failures;
        let count = self.common.pending.lock().count;
        let done = progress.wait_for(|now| now.written >= count || now.failures > failures).await;
        let now = done.map_err(std::io::Error::other)?;
        match &now.failure {
            Some(error) if now.written < count => Err(StoreError::Write(Arc::clone(error))),
            _ => Ok(()),
        }
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match &self.progress.borrow().failure {
            Some(error) => Err(StoreError::Write(Arc::clone(error))),
            None => Ok(()),
        }
    }

    pub(crate) fn syncs(&self) -> u64 {
        self.progress.borrow().syncs
    }

    #[cfg(test)]
    pub(crate) fn copy_to(&self, directory: &Path) {
        self.common.file.lock().as_ref().unwrap().copy_to(directory);
    }

    /// Ends the thread after what is pending, and closes the file.
    pub(crate) fn stop(&self) {
        self.common.stop();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the store's thread panicked");
        }
        self.common.file.lock().take();
    }
}

/// The thread ends by itself: a test that drops a stack doesn't wait for it.
impl Drop for Writer {
    fn drop(&mut self) {
        self.common.stop();
    }
}

impl Common {
    fn stop(&self) {
        self.pending.lock().stopping = true;
        self.appended.notify_one();
    }

    fn run(&self, progress: &watch::Sender<Progress>) {
        let mut changes = Vec::new();
        while let Some(count) = self.collect(&mut changes) {
            let written = self.write(&changes);
            if let Err(error) = &written {
                tracing::error!(%error, "the data directory can't be written");
            }
            let failed = written.is_err();
            progress.send_modify(|progress| match written {
                Ok(syncs) => {
                    *progress = Progress {
                        written: count,
                        syncs: progress.syncs + syncs,
                        failure: None,
                        ..*progress
                    };
                }
                Err(error) => {
                    progress.failures += 1;
                    progress.failure = Some(Arc::new(error));
                }
            });
            if !failed {
                changes.clear();
            }
        }
    }

    /// Waits for changes and adds them to those that could not be written. Returns the number of all appends so far, or
    /// `None` at the end.
    fn collect(&self, changes: &mut Vec<Change>) -> Option<u64> {
        let mut pending = self.pending.lock();
        let idle = |pending: &mut Pending| pending.changes.is_empty() && !pending.stopping;
        if changes.is_empty() {
            self.appended.wait_while(&mut pending, idle);
        } else {
            self.appended.wait_while_for(&mut pending, idle, RETRY);
        }
        // At the end, a failed write isn't tried again.
        if pending.stopping && pending.changes.is_empty() {
            return None;
        }
        changes.append(&mut pending.changes);
        Some(pending.count)
    }

    /// Returns the number of syncs.
    fn write(&self, changes: &[Change]) -> Result<u64, redb::Error> {
        let directories: BTreeSet<_> = changes.iter().filter_map(Change::directory).collect();
        for directory in &directories {
            match sync_directory(directory) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        match &mut *self.file.lock() {
            Some(file) => file.write(changes)?,
            None => return Err(redb::Error::DatabaseClosed),
        }
        Ok(directories.len() as u64 + 1)
    }
}

impl Change {
    fn directory(&self) -> Option<&Path> {
        if let Self::SyncDirectory(path) = self { Some(path) } else { None }
    }
}
