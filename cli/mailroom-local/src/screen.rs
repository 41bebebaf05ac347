//! The output of `up` and `demo`.
//!
//! A stack holds accepted emails, so it keeps running when its output fails: stdout may be a pipe whose reader has gone
//! or has stopped reading, or a file on a full disk.

use anyhow::{Context, Result};
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The most lines that wait for a slow reader. Further ones are only counted.
const WAITING: usize = 1_000;
/// How long a reader may take for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Prints the lines of `up` in a thread of its own, so that nothing waits for stdout.
pub(crate) struct Screen {
    lines: SyncSender<String>,
    missed: u64,
    done: oneshot::Receiver<()>,
}

impl Screen {
    pub(crate) fn open() -> Result<Self> {
        let (lines, waiting) = sync_channel(WAITING);
        let (end, done) = oneshot::channel();
        let thread = std::thread::Builder::new().name("screen".to_owned());
        let write = move || {
            print_each(&waiting, &mut anstream::stdout(), &mut anstream::stderr());
            drop(end);
        };
        thread.spawn(write).context("can't start the thread that prints")?;
        Ok(Self { lines, missed: 0, done })
    }

    /// Prints lines without waiting for stdout.
    pub(crate) fn line(&mut self, text: impl Into<String>) {
        let mut text = text.into();
        if self.missed > 0 {
            text = format!("          ... and {} more\n{text}", self.missed);
        }
        match self.lines.try_send(text) {
            Ok(()) => self.missed = 0,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.missed += 1,
        }
    }

    /// Waits until the last lines are printed, but not for a reader that is stuck.
    pub(crate) async fn close(self) {
        let Self { lines, done, .. } = self;
        drop(lines);
        // After a timeout too, the program ends.
        let _ = timeout(LAST_LINES, done).await;
    }
}

/// Prints each line. The first failure is reported on stderr, since a silent program looks like one that has ended.
fn print_each(lines: &Receiver<String>, out: &mut impl Write, err: &mut impl Write) {
    let mut said = false;
    for line in lines {
        let printed = writeln!(out, "{line}").and_then(|()| out.flush());
        if let Err(error) = printed
            && !said
        {
            said = true;
            // If stderr is closed too, the failure can't be reported.
            let _ =
                writeln!(err, "mailroom: can't write to stdout ({error}); everything goes on until Ctrl-C");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// Takes lines again after some failures.
    struct Flaky {
        failures: u32,
        taken: Vec<u8>,
    }

    impl Write for Flaky {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.failures > 0 && bytes.ends_with(b"\n") {
                self.failures -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.taken.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn flaky(failures: u32) -> Flaky {
        Flaky { failures, taken: Vec::new() }
    }

    #[test]
    fn lines_go_on_when_the_disk_has_room_again_and_the_loss_is_told_once() {
        let (lines, waiting) = sync_channel(9);
        for line in ["one", "two", "three"] {
            lines.send(line.to_owned()).unwrap();
        }
        drop(lines);
        let (mut out, mut err) = (flaky(2), Vec::new());
        print_each(&waiting, &mut out, &mut err);
        let (out, err) = (String::from_utf8(out.taken).unwrap(), String::from_utf8(err).unwrap());
        assert!(out.ends_with("three\n"), "{out}");
        assert!(err.matches("can't write to stdout").count() == 1 && err.contains("goes on"), "{err}");
    }

    #[test]
    fn a_stderr_that_is_gone_too_ends_nothing() {
        let (lines, waiting) = sync_channel(9);
        lines.send("one".to_owned()).unwrap();
        lines.send("two".to_owned()).unwrap();
        drop(lines);
        let mut out = flaky(1);
        print_each(&waiting, &mut out, &mut flaky(9));
        assert!(out.taken.ends_with(b"two\n"));
    }

    #[tokio::test]
    async fn nothing_waits_for_a_reader_that_has_stopped_and_what_it_misses_is_counted() {
        let (lines, waiting) = sync_channel(1);
        let (_end, done) = oneshot::channel();
        let mut screen = Screen { lines, missed: 0, done };
        for line in ["one", "two", "three"] {
            screen.line(line);
        }
        assert_eq!(waiting.recv().unwrap(), "one");
        screen.line("four");
        assert_eq!(waiting.recv().unwrap(), "          ... and 2 more\nfour");
        screen.line("five");
        assert_eq!(waiting.recv().unwrap(), "five");
    }
}
