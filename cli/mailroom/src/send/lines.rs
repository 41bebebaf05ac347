//! The file with the emails, line by line.

use anyhow::{Context, Result};
use futures::{Stream, stream};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;
use tokio::sync::mpsc;

/// Lines that are read ahead.
const AHEAD: usize = 16;

/// One line that is not blank.
pub(crate) struct Line {
    /// Counted from 1, blank lines included.
    pub(crate) number: u64,
    pub(crate) bytes: Vec<u8>,
    /// SHA-256, which identifies a line wherever it stands.
    pub(crate) digest: [u8; 32],
}

impl Line {
    pub(crate) fn new(number: u64, bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes).into();
        Self { number, bytes, digest }
    }
}

/// How many lines there are; nothing for stdin.
pub(crate) fn count(path: &Path) -> Result<Option<u64>> {
    if is_stdin(path) {
        return Ok(None);
    }
    let lines = numbered(open(path)?, path).try_fold(0, |lines, line| line.map(|_| lines + 1));
    lines.map(Some)
}

/// The lines, read by a thread of their own: a read of stdin may take forever, and the end can't wait for it.
pub(crate) fn read(path: &Path) -> Result<impl Stream<Item = Result<Line>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (reader, path) = (open(path)?, path.to_owned());
    std::thread::spawn(move || {
        for line in numbered(reader, &path) {
            if sender.blocking_send(line).is_err() {
                return; // the receiver is gone
            }
        }
    });
    Ok(stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))))
}

fn numbered(reader: Box<dyn BufRead + Send>, path: &Path) -> impl Iterator<Item = Result<Line>> {
    let context = format!("can't read {} to its end", path.display());
    let lines = (1..).zip(reader.split(b'\n')).map(move |(number, line)| {
        let bytes = line.with_context(|| context.clone())?.trim_ascii().to_vec();
        Ok(Line::new(number, bytes))
    });
    lines.filter(|line| line.as_ref().map_or(true, |line| !line.bytes.is_empty()))
}

fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    if is_stdin(path) {
        return Ok(Box::new(BufReader::new(stdin())));
    }
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}
