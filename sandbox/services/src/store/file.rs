//! The file of a store: the crate redb's.

use super::{Change, StoreError};
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NAME: &str = "state.redb";
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// The version of the rows' format. A program that can't read its predecessor's rows has a new number.
const FORMAT: (&str, &[u8]) = ("format", b"1");

#[derive(Debug)]
pub(crate) struct StoreFile {
    path: PathBuf,
    /// The device and the number of the file. Another file in its place has others.
    identity: (u64, u64),
    /// `None` after a failed write: redb wants its file opened again then.
    database: Option<Database>,
}

impl StoreFile {
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(NAME);
        let unreadable = |source| StoreError::Unreadable { path: path.clone(), source: Box::new(source) };
        if !path.try_exists()? {
            create(directory, &path)?;
        }
        let database = match Database::builder().set_check_integrity_on_open(true).open(&path) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => return Err(StoreError::InUse(directory.to_owned())),
            Err(error) => return Err(unreadable(error.into())),
        };
        let file = Self { path: path.clone(), identity: identity(&path)?, database: Some(database) };
        let format = file.read("meta")?;
        if !format.iter().any(|(key, value)| (key.as_str(), value.as_slice()) == FORMAT) {
            let message = "a version of this program with another format wrote it".to_owned();
            return Err(unreadable(redb::Error::Corrupted(message)));
        }
        Ok(file)
    }

    pub(crate) fn read(&self, table: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let read = || -> Result<_, redb::Error> {
            let database = self.database.as_ref().ok_or(redb::Error::PreviousIo)?;
            let rows = match database.begin_read()?.open_table(definition(table)) {
                Ok(table) => table,
                Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(error.into()),
            };
            let row = |row: Result<(redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>), _>| {
                row.map(|(key, value)| (key.value().to_owned(), value.value().to_owned()))
            };
            Ok(rows.iter()?.map(row).collect::<Result<_, _>>()?)
        };
        read().map_err(|source| StoreError::Unreadable { path: self.path.clone(), source: Box::new(source) })
    }

    #[cfg(test)]
    pub(crate) fn copy_to(&self, directory: &Path) {
        fs_err::copy(&self.path, directory.join(NAME)).unwrap();
    }

    /// Writes all changes in one transaction, with one sync at its end.
    pub(crate) fn write(&mut self, changes: &[Change]) -> Result<(), redb::Error> {
        // A removed file would take every row with it at the end of the process.
        if identity(&self.path)? != self.identity {
            return Err(replaced(&self.path).into());
        }
        let database = match self.database.take() {
            Some(database) => database,
            None => Database::open(&self.path)?,
        };
        write(&database, changes)?;
        self.database = Some(database);
        Ok(())
    }
}

/// Creates the file beside its place and moves it there whole, so that a start that is killed or finds the disk full
/// leaves none.
fn create(directory: &Path, path: &Path) -> Result<(), StoreError> {
    let new = directory.join(format!("{NAME}.new"));
    let failed = |source| StoreError::Write(Arc::new(source));
    create_private(&new)?;
    let database = Database::create(&new).map_err(|error| failed(error.into()))?;
    let (key, value) = (FORMAT.0.to_owned(), FORMAT.1.to_vec());
    write(&database, &[Change::Put { table: "meta", key, value }]).map_err(failed)?;
    drop(database);
    fs_err::rename(&new, path)?;
    // The file's own name has to outlive a power cut too.
    Ok(sync_directory(directory)?)
}

/// An empty file that only its owner can read: it will have the values of secrets.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    options.open(path).map(drop)
}

/// The device and the number of the file.
fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn replaced(path: &Path) -> std::io::Error {
    let message = format!("{} was replaced by another file: put the former one back", path.display());
    std::io::Error::other(message)
}

fn write(database: &Database, changes: &[Change]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    for change in changes {
        match change {
            Change::Put { table, key, value } => {
                transaction.open_table(definition(table))?.insert(key.as_str(), value.as_slice())?;
            }
            Change::Delete { table, key } => {
                transaction.open_table(definition(table))?.remove(key.as_str())?;
            }
            Change::SyncDirectory(_) => {}
        }
    }
    Ok(transaction.commit()?)
}

fn definition(name: &str) -> TableDefinition<'_, &'static str, &'static [u8]> {
    if name == "meta" { META } else { TableDefinition::new(name) }
}

pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    fs_err::File::open(path)?.sync_all()
}
