//! `replay TARGET PATH...` passes files, or all files of directories, to a fuzz target's check, on any toolchain.
//!
//! It names each file before it reads it, so the last one named is the one that ended it, even by a stack overflow.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "an unreadable file ends it, with the reason")]

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::{env, fs, path::PathBuf, process::exit, thread, time::Duration};

/// The limit for one input, on the busiest of machines. An input takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(60);

fn main() {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some((_, check)) = properties::TARGETS.into_iter().find(|(target, _)| *target == name) else {
        let names = properties::TARGETS.map(|(target, _)| target).join(", ");
        eprintln!("usage: replay TARGET PATH..., where TARGET is one of {names}");
        exit(2);
    };
    let (done, progress) = channel();
    thread::spawn(move || {
        while progress.recv_timeout(TIMEOUT) != Err(RecvTimeoutError::Timeout) {}
        eprintln!("not done after {} s", TIMEOUT.as_secs());
        exit(3);
    });
    let files: Vec<_> = arguments.flat_map(|path| files(path.into())).collect();
    for file in &files {
        eprintln!("{}", file.display());
        check(&fs::read(file).expect("a file"));
        done.send(()).expect("the watching thread");
    }
    eprintln!("{} replayed", files.len());
}

/// The file itself, or those of the directory.
fn files(path: PathBuf) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path];
    }
    let entries = fs::read_dir(path).expect("a directory");
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
