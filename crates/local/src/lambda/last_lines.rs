//! What a process printed last.

use crate::events::{Event, Events};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How many of an instance's last lines are shown when it fails.
const LINES_KEPT: usize = 5;

/// The last lines of a process; all of them go on as events.
#[derive(Default)]
pub(super) struct LastLines {
    lines: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl LastLines {
    /// Passes each line on as an event, and keeps the last few.
    pub(super) fn follow(
        &mut self,
        output: Option<impl AsyncRead + Unpin + Send + 'static>,
        function: &str,
        events: &Events,
    ) {
        let Some(output) = output else { return };
        let (lines, function, events) = (Arc::clone(&self.lines), function.to_owned(), events.clone());
        self.readers.push(tokio::spawn(async move {
            let mut output = BufReader::new(output).lines();
            while let Ok(Some(line)) = output.next_line().await {
                let mut kept = lines.lock().unwrap_or_else(PoisonError::into_inner);
                kept.truncate(LINES_KEPT - 1);
                kept.push_front(line.clone());
                drop(kept);
                events.send(Event::Logged { function: function.clone(), line });
            }
        }));
    }

    /// The last lines of a process that has ended, once all of them are read.
    pub(super) async fn text(&mut self) -> String {
        for reader in self.readers.drain(..) {
            // A grandchild may hold the pipe open; what is read by then is enough.
            let _ = timeout(Duration::from_secs(1), reader).await;
        }
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().rev().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}
