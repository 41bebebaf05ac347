//! A journal's file: a regular file at its own name, for its owner alone, and used by one run at a time.

use crate::send::input::FileId;
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// It shows who sent how many emails, and their SHA-256.
const MODE: u32 = 0o600;

/// Opens or creates it, and locks it. Its content stays.
pub(crate) fn open(path: &Path, input: FileId) -> Result<File> {
    let shown = path.display();
    let cannot = || format!("can't write the journal {shown}: name another with --journal");
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let file = match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            bail!("the journal {shown} is a symbolic link: name the file itself")
        }
        Ok(found) if !found.is_file() => bail!("the journal {shown} is not a regular file: name another"),
        Ok(found) if FileId::of(&found) == input => {
            bail!("the journal {shown} is the input itself: name another file with --journal")
        }
        Ok(_) => options.open(path),
        // This follows no symbolic link (open(2), O_EXCL).
        Err(error) if error.kind() == ErrorKind::NotFound => options.create_new(true).mode(MODE).open(path),
        Err(error) => Err(error),
    };
    let file = file.with_context(cannot)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            bail!("the journal {shown} is in use by another `mailroom send`: wait until it ends")
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("can't lock the journal {shown}"));
        }
    }
    // Another run may have set the file aside, or someone put a link in its place, since the name was looked up.
    let (opened, named) =
        (file.metadata().with_context(cannot)?, fs::symlink_metadata(path).with_context(cannot)?);
    if FileId::of(&opened) != FileId::of(&named) {
        bail!("the journal {shown} was replaced while it was opened: run the command again");
    }
    Ok(file)
}

/// Takes the rights of all others to it.
pub(crate) fn make_private(file: &File) -> std::io::Result<()> {
    match file.metadata()?.permissions().mode() & 0o777 {
        MODE => Ok(()),
        _ => file.set_permissions(Permissions::from_mode(MODE)),
    }
}

/// Gives it another name, which no file has; returns that.
pub(crate) fn set_aside(path: &Path) -> Result<PathBuf> {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let free = (1..).map(name).find(|name| fs::symlink_metadata(name).is_err()).context("no name is free")?;
    fs::rename(path, &free)
        .with_context(|| format!("can't rename the journal {} to {}", path.display(), free.display()))?;
    Ok(free)
}
