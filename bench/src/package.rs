//! How large a function is, and its zip, which Lambda is given.

use miniz_oxide::deflate::compress_to_vec;
use std::path::{Path, PathBuf};

/// zlib's most thorough level.
const LEVEL: u8 = 9;
/// What a zip adds to a file: its local header and its entry in the directory, each of them with the name.
const ENTRY: usize = 30 + 46;
/// What a zip ends with.
const END: usize = 22;

/// The sizes of a package, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// What it holds.
    pub unpacked: usize,
    /// The zip.
    pub zip: usize,
}

/// A file of a package can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{path} can't be read")]
pub struct PackageError {
    path: PathBuf,
    source: std::io::Error,
}

/// The sizes of a package of these files.
///
/// # Errors
/// One of them can't be read.
pub fn sizes(files: &[PathBuf]) -> Result<Sizes, PackageError> {
    let mut sizes = Sizes { unpacked: 0, zip: END };
    for path in files {
        let read = std::fs::read(path).map_err(|source| PackageError { path: path.clone(), source })?;
        sizes.unpacked += read.len();
        sizes.zip += compress_to_vec(&read, LEVEL).len() + ENTRY + 2 * name_length(path);
    }
    Ok(sizes)
}

fn name_length(path: &Path) -> usize {
    path.file_name().unwrap_or_default().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_as_large_as_its_files_and_its_zip_smaller() {
        let directory = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| directory.path().join(name));
        for path in &paths {
            std::fs::write(path, "the same again ".repeat(1_000)).unwrap();
        }
        let sizes = sizes(&paths).unwrap();
        assert_eq!(sizes.unpacked, 30_000);
        let bare = END + 2 * (ENTRY + 2);
        assert!((bare + 20..bare + 400).contains(&sizes.zip), "{sizes:?}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = sizes(&[PathBuf::from("/nowhere/api")]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/api"));
    }
}
