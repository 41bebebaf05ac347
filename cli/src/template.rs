//! Finds the template.

use anyhow::{Context, Result};
use std::path::PathBuf;

const NAME: &str = "template.yaml";

/// The template that was asked for, or the nearest one from the current directory upwards.
pub(crate) fn find(asked: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = asked {
        return Ok(path);
    }
    let here = std::env::current_dir().context("the current directory can't be read")?;
    let found = here.ancestors().map(|directory| directory.join(NAME)).find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "no {NAME} in {} or above: go to Mailroom's directory, or name the file with --template",
            here.display()
        )
    })
}
