//! Which lines were accepted: one JSON object a line, after a first one that names the stack.
//!
//! - `content`: what a journal says, and which stack it belongs to;
//! - `file`: the file, opened and locked.

mod content;
mod file;

pub(crate) use content::Head;

use super::input::{FileId, Line};
use anyhow::{Context, Result, anyhow, bail};
use content::{Content, Entry};
use serde::Serialize;
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use terminal::text::Printable;

/// The journal of one input and one stack. It holds nothing of an email.
///
/// A line enters it only after its email was accepted. A crash between the two posts the email once more, which the
/// system stores once.
#[derive(Default)]
pub(crate) struct Journal {
    file: Option<(File, PathBuf)>,
    accepted: HashSet<[u8; 32]>,
    /// Where the journal of an earlier stack is now.
    pub(crate) set_aside: Option<PathBuf>,
}

/// Where a journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// By --journal. Otherwise it is the one beside the input.
    pub(crate) named: bool,
}

impl Journal {
    /// Opens or creates the journal for the stack that `head` names. Nothing is changed before the file has shown to be a
    /// journal of `send`.
    pub(crate) fn open(place: &Place, input: FileId, head: &Head) -> Result<Self> {
        let path = &place.path;
        let mut file = file::open(path, input)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("can't read the journal {}", path.display()))?;
        let content =
            Content::read(&bytes, head).map_err(|error| anyhow!("the journal {} {error}", path.display()))?;
        let (accepted, set_aside) = match content {
            Content::New => {
                begin(&mut file, path, head)?;
                (HashSet::new(), None)
            }
            Content::Ours { accepted, whole, ends } => {
                continue_at(&mut file, whole, ends).with_context(|| cannot_write(path))?;
                (accepted, None)
            }
            Content::Foreign(other) if other.url == head.url && !place.named => {
                // An address has one stack, so the journal's is gone from here. Its lock lasts until the new one has its
                // own.
                let aside = file::set_aside(path)?;
                let mut new = file::open(path, input)?;
                begin(&mut new, path, head)?;
                file = new;
                (HashSet::new(), Some(aside))
            }
            Content::Foreign(other) => bail!("the journal {} {}", path.display(), other.is_not(head)),
        };
        Ok(Self { file: Some((file, path.clone())), accepted, set_aside })
    }

    /// The lines that earlier runs sent.
    pub(crate) fn accepted_before(&mut self) -> HashSet<[u8; 32]> {
        std::mem::take(&mut self.accepted)
    }

    /// Adds an accepted line, in one write.
    pub(crate) fn add(&mut self, line: &Line, receipt: &Printable) -> Result<()> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        let entry = Entry { line: line.number, sha256: hex::encode(line.digest), receipt: receipt.clone() };
        write(file, &entry)
            .with_context(|| format!("{}; line {} was accepted ({receipt})", cannot_write(path), line.number))
    }
}

fn begin(file: &mut File, path: &Path, head: &Head) -> Result<()> {
    let begun = file::make_private(file).and_then(|()| file.set_len(0)).and_then(|()| file.rewind());
    begun.map_err(Into::into).and_then(|()| write(file, head)).with_context(|| cannot_write(path))
}

/// Goes on after the whole lines. A last line that a crash cut off is removed: its email is posted again.
fn continue_at(file: &mut File, whole: u64, ends: bool) -> std::io::Result<()> {
    file::make_private(file)?;
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))?;
    if ends { Ok(()) } else { file.write_all(b"\n") }
}

fn write(file: &mut File, entry: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(file.write_all(&line)?)
}

fn cannot_write(path: &Path) -> String {
    format!("can't write the journal {}", path.display())
}

#[cfg(test)]
mod tests;
