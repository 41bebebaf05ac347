//! The output of function processes.

use parking_lot::Mutex;
use sandbox_services::events::{Event, Events};
use sandbox_services::logs::LogStream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The number of last lines that an error shows.
const LINES_KEPT: usize = 5;
/// The number of bytes that the log of an invocation keeps at least: as many as `Invoke` answers with.
const TAIL_KEPT: usize = 4_096;

/// Passes the lines of a process to its log and to events, and keeps the last ones.
#[derive(Default)]
pub(crate) struct Output {
    log: Option<LogStream>,
    last_lines: Arc<Mutex<VecDeque<String>>>,
    /// The end of what was printed since [`Output::begin_tail`].
    tail: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    /// A reader answers when it has read everything that was printed before.
    catch_up: Vec<mpsc::Sender<oneshot::Sender<()>>>,
}

impl Output {
    pub(crate) fn new(log: Option<LogStream>) -> Self {
        Self { log, ..Self::default() }
    }

    pub(crate) fn follow(
        &mut self,
        output: Option<impl AsyncRead + Unpin + Send + 'static>,
        function: &str,
        events: &Events,
    ) {
        let Some(output) = output else { return };
        let (lines, function, events) = (Arc::clone(&self.last_lines), function.to_owned(), events.clone());
        let (log, tail) = (self.log.clone(), Arc::clone(&self.tail));
        let (catch_up, asked) = mpsc::channel(1);
        self.catch_up.push(catch_up);
        self.readers.push(tokio::spawn(async move {
            let mut lines_read = Lines { output: BufReader::new(output), line: Vec::new(), asked };
            while let Some(line) = lines_read.next().await {
                let mut kept = lines.lock();
                kept.truncate(LINES_KEPT - 1);
                kept.push_front(line.clone());
                drop(kept);
                keep(&mut tail.lock(), &line);
                // Before the event, whose receiver may look for the line in the log.
                if let Some(log) = &log {
                    log.put(&line);
                }
                events.send(Event::Logged { function: function.clone(), line });
            }
        }));
    }

    /// Begins the log of an invocation: what was printed before isn't part of it.
    pub(crate) async fn begin_tail(&self) {
        self.catch_up().await;
        self.tail.lock().clear();
    }

    /// The end of what was printed since [`Output::begin_tail`], by a process that lives or has ended.
    pub(crate) async fn tail(&self) -> Vec<u8> {
        self.catch_up().await;
        self.tail.lock().clone()
    }

    /// Waits until the readers have read what was printed before: not for long, since a process may print without end.
    async fn catch_up(&self) {
        let caught_up = async {
            for reader in &self.catch_up {
                let (answer, answered) = oneshot::channel();
                // An error says that the reader has read everything to the end.
                if reader.send(answer).await.is_ok() {
                    let _ = answered.await;
                }
            }
        };
        let _ = timeout(Duration::from_secs(1), caught_up).await;
    }

    /// The last lines of a process that has ended.
    pub(crate) async fn last_lines(&mut self) -> String {
        for reader in self.readers.drain(..) {
            // A grandchild may hold the pipe open.
            let _ = timeout(Duration::from_secs(1), reader).await;
        }
        let lines = self.last_lines.lock();
        lines.iter().rev().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Keeps the end of an invocation's log.
fn keep(tail: &mut Vec<u8>, line: &str) {
    tail.extend(line.as_bytes());
    tail.push(b'\n');
    if tail.len() > 2 * TAIL_KEPT {
        tail.drain(..tail.len() - TAIL_KEPT);
    }
}

struct Lines<R> {
    output: BufReader<R>,
    /// The part of the next line that has been read.
    line: Vec<u8>,
    asked: mpsc::Receiver<oneshot::Sender<()>>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The next line. Invalid UTF-8 is replaced, not an error, which would lose all further lines.
    async fn next(&mut self) -> Option<String> {
        loop {
            tokio::select! {
                biased; // who asks is answered when nothing is left to read
                read = self.output.read_until(b'\n', &mut self.line) => {
                    // Zero is the end: it may come after a part of a line, whose reading was interrupted.
                    if read.ok()? == 0 && self.line.is_empty() {
                        return None;
                    }
                    let line = std::mem::take(&mut self.line);
                    let line = line.strip_suffix(b"\n").unwrap_or(&line);
                    let line = line.strip_suffix(b"\r").unwrap_or(line);
                    return Some(String::from_utf8_lossy(line).into_owned());
                }
                Some(answer) = self.asked.recv() => {
                    // The caller may have gone.
                    let _ = answer.send(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandbox_services::logs::Logs;
    use tokio::io::AsyncWriteExt;

    async fn logged(output: &'static [u8], events: &Events) -> Vec<String> {
        let group = Logs::new("eu-central-1", "000000000000").group("/aws/lambda/f");
        let mut printed = Output::new(Some(group.new_stream("f")));
        printed.follow(Some(output), "f", events);
        printed.last_lines().await;
        group.peek()
    }

    #[tokio::test]
    async fn every_line_is_logged_however_slow_a_listener_is() {
        let printed = (0..20_000).map(|number| format!("line {number}\n")).collect::<String>();
        let (events, printed) = (Events::default(), &*printed.leak());
        let mut slow = events.subscribe();
        let logged = logged(printed.as_bytes(), &events).await;
        assert!(slow.try_recv().is_err(), "the listener has missed some");
        assert!(logged.iter().eq(printed.lines()), "{} of 20000 lines", logged.len());
    }

    #[tokio::test]
    async fn the_log_of_an_invocation_has_all_that_was_printed_before_its_end_and_nothing_older() {
        let (mut process, pipe) = tokio::io::duplex(64 * 1024);
        let mut printed = Output::default();
        printed.follow(Some(pipe), "f", &Events::default());
        process.write_all(b"older\n").await.unwrap();
        printed.begin_tail().await;
        process.write_all(b"one\ntwo\nhal").await.unwrap();
        assert_eq!(printed.tail().await, b"one\ntwo\n");
        process.write_all(b"f\n").await.unwrap();
        assert_eq!(printed.tail().await, b"one\ntwo\nhalf\n");
        process.write_all("x".repeat(10_000).as_bytes()).await.unwrap();
        process.write_all(b"\nlast").await.unwrap();
        drop(process);
        printed.last_lines().await;
        let tail = printed.tail().await;
        assert_eq!((tail.len(), tail.ends_with(b"x\nlast\n")), (TAIL_KEPT + "last\n".len(), true));
    }

    #[tokio::test]
    async fn output_that_is_no_text_does_not_end_the_log() {
        let logged = logged(b"one\r\n\xff two\n\nthree", &Events::default()).await;
        assert_eq!(logged, ["one", "\u{fffd} two", "", "three"]);
    }
}
