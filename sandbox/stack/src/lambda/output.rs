//! The output of function processes.

use parking_lot::Mutex;
use sandbox_services::events::{Event, Events};
use sandbox_services::logs::LogStream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The number of last lines that an error shows.
const LINES_KEPT: usize = 5;

/// Passes the lines of a process to its log and to events, and keeps the last ones.
#[derive(Default)]
pub(crate) struct Output {
    log: Option<LogStream>,
    last_lines: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<JoinHandle<()>>,
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
        let log = self.log.clone();
        self.readers.push(tokio::spawn(async move {
            let mut output = BufReader::new(output);
            while let Some(line) = next_line(&mut output).await {
                let mut kept = lines.lock();
                kept.truncate(LINES_KEPT - 1);
                kept.push_front(line.clone());
                drop(kept);
                // Before the event, whose receiver may look for the line in the log.
                if let Some(log) = &log {
                    log.put(&line);
                }
                events.send(Event::Logged { function: function.clone(), line });
            }
        }));
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

/// The next line. Invalid UTF-8 is replaced, not an error, which would lose all further lines.
async fn next_line(output: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = Vec::new();
    if output.read_until(b'\n', &mut line).await.ok()? == 0 {
        return None;
    }
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandbox_services::logs::Logs;

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
    async fn output_that_is_no_text_does_not_end_the_log() {
        let logged = logged(b"one\r\n\xff two\n\nthree", &Events::default()).await;
        assert_eq!(logged, ["one", "\u{fffd} two", "", "three"]);
    }
}
