//! The file of a store: the crate redb's.

use super::{Change, StoreError};
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use std::path::{Path, PathBuf};

const NAME: &str = "state.redb";
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// What the rows look like. A version that can't read its predecessor's rows has a new number.
const FORMAT: (&str, &[u8]) = ("format", b"1");

#[derive(Debug)]
pub(crate) struct StoreFile {
    path: PathBuf,
    /// `None` after a failed write: redb wants its file opened again then.
    database: Option<Database>,
}

impl StoreFile {
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(NAME);
        let is_new = !path.exists();
        create_private(&path)?;
        let unreadable = |source| StoreError::Unreadable { path: path.clone(), source: Box::new(source) };
        let database = match Database::create(&path) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => return Err(StoreError::InUse(directory.to_owned())),
            Err(error) => return Err(unreadable(error.into())),
        };
        let mut file = Self { path: path.clone(), database: Some(database) };
        if is_new {
            let (key, value) = (FORMAT.0.to_owned(), FORMAT.1.to_vec());
            file.write(&[Change::Put { table: "meta", key, value }]).map_err(unreadable)?;
            // The file's own name has to outlive a power cut too.
            sync_directory(directory)?;
        }
        let format = file.read("meta")?;
        if !format.iter().any(|(key, value)| (key.as_str(), value.as_slice()) == FORMAT) {
            let message = "another version of this program wrote it".to_owned();
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
        let database = match self.database.take() {
            Some(database) => database,
            None => Database::create(&self.path)?,
        };
        write(&database, changes)?;
        self.database = Some(database);
        Ok(())
    }
}

/// Creates the file, unless it exists, for its owner's eyes only: it has the values of secrets.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
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
