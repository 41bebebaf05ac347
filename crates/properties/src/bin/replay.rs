//! `replay TARGET PATH...`: hands files, or all files of directories, to a fuzz target's property. Needs no nightly.
//!
//! It names each file before it reads it, so the last one named is the one that ended it, even by a stack overflow.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what can't be read ends it, with the reason")]

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::{env, fs, path::PathBuf, process::exit, thread, time::Duration};

/// How long one input may take, on the busiest of machines. They take milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some((_, check)) = properties::TARGETS.into_iter().find(|(target, _)| *target == name) else {
        let names = properties::TARGETS.map(|(target, _)| target).join(", ");
        eprintln!("usage: replay TARGET PATH..., where TARGET is one of {names}");
        exit(2);
    };
    let (done, progress) = channel();
    thread::spawn(move || watch(&progress));
    let files: Vec<_> = arguments.flat_map(|path| files(path.into())).collect();
    for file in &files {
        eprintln!("{}", file.display());
        check(&fs::read(file).expect("a file"));
        done.send(()).expect("somebody watches");
    }
    eprintln!("{} replayed", files.len());
}

/// Ends the process when an input has no end.
fn watch(progress: &Receiver<()>) {
    loop {
        match progress.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                eprintln!("no end after {} s", PATIENCE.as_secs());
                exit(3);
            }
        }
    }
}

/// The file itself, or those of the directory.
fn files(path: PathBuf) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path];
    }
    let mut files: Vec<_> =
        fs::read_dir(path).expect("a directory").map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
