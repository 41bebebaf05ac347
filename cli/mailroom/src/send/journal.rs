//! Which lines were accepted: one JSON object a line, after a first one that names the endpoint.

use super::lines::Line;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The journal of one input file. It holds nothing of an email.
///
/// A line enters it only after its email was accepted. A crash between the two posts the email once more, which the
/// system stores once.
pub(crate) struct Journal {
    file: Option<(File, PathBuf)>,
    accepted: HashSet<[u8; 32]>,
}

/// The first line: receipts of one system say nothing about another.
#[derive(Deserialize, Serialize)]
struct Head {
    url: String,
}

/// An accepted line.
#[derive(Deserialize, Serialize)]
struct Entry {
    line: u64,
    sha256: String,
    receipt: String,
}

impl Journal {
    /// Opens or creates the journal at `path` for the endpoint at `url`. Without a path nothing is remembered.
    pub(crate) fn open(path: Option<&Path>, url: &str) -> Result<Self> {
        let Some(path) = path else { return Ok(Self { file: None, accepted: HashSet::new() }) };
        let shown = path.display();
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let mut file =
            file.with_context(|| format!("can't write the journal {shown}: name another with --journal"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("the journal {shown} is in use by another `mailroom send`: wait until it ends")
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("can't lock the journal {shown}"));
            }
        }
        let accepted = read(&mut file, url).with_context(|| format!("the journal {shown}"))?;
        Ok(Self { file: Some((file, path.to_owned())), accepted })
    }

    /// The lines that earlier runs sent.
    pub(crate) fn accepted_before(&mut self) -> HashSet<[u8; 32]> {
        std::mem::take(&mut self.accepted)
    }

    /// Adds an accepted line, in one write.
    pub(crate) fn add(&mut self, line: &Line, receipt: &str) -> Result<()> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        let entry =
            Entry { line: line.number, sha256: hex::encode(line.digest), receipt: receipt.to_owned() };
        write(file, &entry).with_context(|| {
            let path = path.display();
            format!("can't write the journal {path}; line {} was accepted ({receipt})", line.number)
        })
    }
}

/// Reads the whole lines. A last line that a crash cut off is removed: its email is posted again.
fn read(file: &mut File, url: &str) -> Result<HashSet<[u8; 32]>> {
    let mut text = String::new();
    file.read_to_string(&mut text).context("can't be read")?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    file.set_len(whole as u64).context("can't be written")?;
    file.seek(SeekFrom::Start(whole as u64)).context("can't be written")?;
    let mut lines = text[..whole].lines();
    let Some(head) = lines.next() else {
        write(file, &Head { url: url.to_owned() })?;
        return Ok(HashSet::new());
    };
    let head: Head = serde_json::from_str(head)
        .context("is not a journal of `mailroom send`: name another with --journal")?;
    if head.url != url {
        bail!("belongs to {}, not to {url}: name another with --journal", head.url);
    }
    lines
        .zip(2..)
        .map(|(line, number)| digest(line).with_context(|| format!("is damaged in line {number}")))
        .collect()
}

fn digest(line: &str) -> Result<[u8; 32]> {
    let entry: Entry = serde_json::from_str(line)?;
    let mut digest = [0; 32];
    hex::decode_to_slice(entry.sha256, &mut digest)?;
    Ok(digest)
}

fn write(file: &mut File, entry: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(file.write_all(&line)?)
}
#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://here";

    fn line(number: u64) -> Line {
        Line::new(number, format!("line {number}").into_bytes())
    }

    #[test]
    fn what_was_accepted_is_known_after_a_crash_in_the_middle_of_a_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        for number in 1..=3 {
            let mut journal = Journal::open(Some(&path), URL).unwrap();
            assert_eq!(journal.accepted_before().len() as u64, number - 1);
            journal.add(&line(number), "receipt").unwrap();
            let (file, _) = journal.file.as_mut().unwrap();
            file.write_all(b"{\"line\":7,\"sha").unwrap();
        }
        let known = Journal::open(Some(&path), URL).unwrap().accepted_before();
        assert!((1..=3).all(|number| known.contains(&line(number).digest)));
    }

    #[test]
    fn a_journal_of_another_system_or_of_nothing_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        Journal::open(Some(&path), URL).unwrap();
        let error = Journal::open(Some(&path), "http://there").err().unwrap();
        assert!(format!("{error:#}").contains("--journal"), "{error:#}");
        std::fs::write(&path, "{\"email_subject\": \"...\"}\n").unwrap();
        assert!(Journal::open(Some(&path), URL).is_err());
        assert!(std::fs::read_to_string(&path).unwrap().contains("email_subject"), "left as it was");
    }

    #[test]
    fn two_runs_do_not_share_a_journal() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let first = Journal::open(Some(&path), URL).unwrap();
        let error = Journal::open(Some(&path), URL).err().unwrap();
        assert!(error.to_string().contains("in use"), "{error:#}");
        drop(first);
        Journal::open(Some(&path), URL).unwrap();
    }
}
