//! The emails to send, line by line. The input is opened and read once, so it can be a pipe.

use super::format;
use anyhow::{Context, Result, bail};
use futures::{Stream, StreamExt, stream};
use sha2::{Digest, Sha256};
use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader, Read, Seek, stdin};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// Lines that are read ahead.
const AHEAD: usize = 16;
/// In bytes. An email has at most 1 MiB; a file without line feeds must not fill the memory.
const LONGEST_LINE: u64 = 8 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(crate) struct Input {
    file: File,
    /// For errors.
    name: String,
    pub(crate) id: FileId,
    /// The bytes to read, of a regular file.
    pub(crate) size: Option<u64>,
}

/// The same for every name of a file: its device and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

/// One line that is not blank.
pub(crate) struct Line {
    /// Counted from 1, blank lines included.
    pub(crate) number: u64,
    pub(crate) bytes: Vec<u8>,
    /// SHA-256, which identifies a line wherever it stands.
    pub(crate) digest: [u8; 32],
    /// The bytes of the input up to the end of this line.
    pub(crate) end: u64,
}

/// True for the names of standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdin")
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self(metadata.dev(), metadata.ino())
    }
}

impl Line {
    pub(crate) fn new(number: u64, bytes: Vec<u8>, end: u64) -> Self {
        let digest = Sha256::digest(&bytes).into();
        Self { number, bytes, digest, end }
    }
}

impl Input {
    /// Opens it in a thread of its own: the open of a FIFO waits for a writer, and a signal must be able to end the
    /// program meanwhile.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let (sender, opened) = oneshot::channel();
        let path = path.to_owned();
        thread::spawn(move || sender.send(Self::open_now(&path)));
        opened.await.context("can't open the input")?
    }

    fn open_now(path: &Path) -> Result<Self> {
        let (name, file) = match is_stdin(path) {
            true => ("stdin".to_owned(), stdin().as_fd().try_clone_to_owned().map(File::from)),
            false => (path.display().to_string(), File::open(path)),
        };
        let opened = file.and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, mut file) = opened.with_context(|| format!("can't read {name}"))?;
        if metadata.is_dir() {
            bail!("can't read {name}: it is a directory; name a file of emails");
        }
        let size = metadata.is_file().then(|| {
            // Standard input may begin inside a file.
            metadata.len().saturating_sub(file.stream_position().unwrap_or_default())
        });
        Ok(Self { file, name, id: FileId::of(&metadata), size })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The lines, read by a thread of their own: a read may take forever, and the end can't wait for it. The first one
    /// shows whether the others can be emails; if not, it is an error.
    pub(crate) fn lines(self) -> impl Stream<Item = Result<Line>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        thread::spawn(move || {
            for line in Lines::new(BufReader::new(self.file), self.name) {
                let last = line.is_err();
                if sender.blocking_send(line).is_err() || last {
                    return; // the receiver is gone, or there is nothing more to read
                }
            }
        });
        stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))).fuse()
    }
}

/// The lines of a reader that are not blank.
struct Lines<R> {
    reader: R,
    name: String,
    number: u64,
    end: u64,
    /// True until the first line that is not blank.
    first: bool,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R, name: String) -> Self {
        Self { reader, name, number: 0, end: 0, first: true }
    }

    fn read(&mut self) -> Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
            let read = read.with_context(|| format!("can't read {} to its end", self.name))? as u64;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.end += read;
            if read == LONGEST_LINE && bytes.last() != Some(&b'\n') {
                let (name, number) = (&self.name, self.number);
                bail!(
                    "line {number} of {name} is longer than 8 MiB: is {name} a file with one email a line?"
                );
            }
            let text = match self.number {
                1 => bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes),
                _ => &bytes,
            };
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            if std::mem::take(&mut self.first) {
                format::check(text).with_context(|| format!("can't send {}", self.name))?;
            }
            return Ok(Some(Line::new(self.number, text.to_owned(), self.end)));
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<(u64, String, u64)>> {
        Lines::new(bytes, "emails.ndjson".to_owned())
            .map(|line| line.map(|line| (line.number, String::from_utf8(line.bytes).unwrap(), line.end)))
            .collect()
    }

    #[test]
    fn blank_lines_are_counted_and_left_out() {
        let found = lines(b"\n {\"a\":1}\r\n\n{}").unwrap();
        assert_eq!(found, [(2, "{\"a\":1}".to_owned(), 11), (4, "{}".to_owned(), 14)]);
        assert_eq!(lines(b"").unwrap(), []);
        assert_eq!(lines(b" \n\r\n").unwrap(), []);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_line() {
        for text in [&b"\xef\xbb\xbf{}"[..], b"\xef\xbb\xbf\n{}"] {
            assert_eq!(lines(text).unwrap()[0].1, "{}");
        }
        assert_eq!(lines(b"\xef\xbb\xbf\n").unwrap(), [], "the mark alone is skipped");
    }

    #[test]
    fn a_line_that_never_ends_is_refused() {
        let longest = usize::try_from(LONGEST_LINE).unwrap();
        let error = format!("{:#}", lines(&vec![b'x'; longest]).unwrap_err());
        assert!(error.contains("line 1 of emails.ndjson"), "{error}");
        let ended = [vec![b'x'; longest - 1], vec![b'\n']].concat();
        assert_eq!(lines(&ended).unwrap().len(), 1);
    }

    #[test]
    fn only_the_first_line_tells_the_format_of_the_file() {
        assert!(lines(b"\n[{}]\n").is_err());
        assert_eq!(lines(b"{}\n[{}]\n").unwrap().len(), 2);
    }
}
