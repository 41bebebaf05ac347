//! The file that keeps what is deleted.

use super::Line;
use anyhow::{Context, Result};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// For its owner alone: it holds people's mail.
const MODE: u32 = 0o600;

/// The file that keeps what is deleted, a JSON line each.
pub(crate) struct Saved {
    path: PathBuf,
    file: File,
}

impl Saved {
    /// Opens it, or makes it. What is in it stays.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let open = OpenOptions::new().read(true).append(true).create(true).mode(MODE).open(path);
        let file = open.with_context(|| format!("--save: {} can't be opened", path.display()))?;
        let mut saved = Self { path: path.to_owned(), file };
        saved.end_the_last_line().with_context(|| saved.failed())?;
        saved.sync_directory().with_context(|| saved.failed())?;
        Ok(saved)
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Adds these lines. When this is done they are on the disk, whatever happens to this machine.
    pub(crate) fn keep(&mut self, lines: impl Iterator<Item = Line>) -> Result<()> {
        let mut text = String::new();
        for line in lines {
            text += &serde_json::to_string(&line).context("a letter can't be written as JSON")?;
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        let kept = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        kept.with_context(|| self.failed())
    }

    /// A run that was killed may have left half a line: the next one must not go on with it.
    fn end_the_last_line(&mut self) -> std::io::Result<()> {
        if self.file.metadata()?.len() == 0 {
            return Ok(());
        }
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        if last == *b"\n" { Ok(()) } else { self.file.write_all(b"\n") }
    }

    /// A file whose name is not on the disk is as good as none.
    fn sync_directory(&self) -> std::io::Result<()> {
        let directory = self.path.parent().filter(|directory| !directory.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self) -> String {
        format!("--save: {} can't be written, so nothing more is deleted", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::Message;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn lines_are_added_and_half_a_line_stays_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("saved.ndjson");
        let keep = |body: &str| {
            let message = Message::builder().body(body).build();
            Saved::open(&path).unwrap().keep([Line::of(&message)].into_iter()).unwrap();
        };
        keep("first");
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"body\":\"ha").unwrap();
        keep("second");
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().map(serde_json::from_str::<serde_json::Value>).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(lines[0].as_ref().unwrap()["body"], "first");
        assert_eq!(lines[2].as_ref().unwrap()["body"], "second");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
    }

    #[test]
    fn a_file_that_can_not_be_made_is_named() {
        let error = Saved::open(Path::new("/no/such/directory/file")).err().unwrap();
        assert!(
            format!("{error:#}").contains("--save: /no/such/directory/file can't be opened"),
            "{error:#}"
        );
    }
}
