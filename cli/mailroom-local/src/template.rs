//! The template of `up` and `demo`.
//!
//! Building a template's functions runs the code beside it. So a template that is found in a parent directory must
//! belong to the user: on a shared machine, others can leave a `template.yaml` in `/tmp`. As with git's
//! `safe.directory`, a template of root is refused too.

use anyhow::{Context, Result, bail};
use nix::unistd::{Uid, geteuid};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = "template.yaml";

/// The template that was asked for, or the nearest one from the current directory upwards.
pub(crate) fn find(asked: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = asked {
        return Ok(path);
    }
    let here = std::env::current_dir().context("can't read the current directory")?;
    let found = here.ancestors().map(|directory| directory.join(TEMPLATE)).find(|path| path.is_file());
    let found = found.with_context(|| {
        format!(
            "no {TEMPLATE} in {} or above it: go to Mailroom's directory, or name the file with --template",
            here.display()
        )
    })?;
    // The user chose the current directory, and with it its template.
    if found.parent() != Some(&here) {
        check_owner(&found)?;
    }
    Ok(found)
}

/// Checks the file, and its directory, since the code that the file names is in there.
fn check_owner(template: &Path) -> Result<()> {
    let (me, directory) = (geteuid(), template.parent().unwrap_or(template));
    for path in [directory, template] {
        let metadata =
            path.metadata().with_context(|| format!("can't read the owner of {}", path.display()))?;
        let owner = Uid::from_raw(metadata.uid());
        if owner != me {
            bail!(
                "{} belongs to another user (uid {owner}, you are {me}), and building it runs that user's code: if you \
                 trust it, name it with --template {}",
                path.display(),
                template.display()
            );
        }
    }
    Ok(())
}
