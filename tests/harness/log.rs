//! The functions' output.

use sandbox::events::Event;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Every line that the functions printed so far.
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn follow(mut events: Receiver<Event>) -> Self {
        let lines = Arc::new(Mutex::default());
        let kept: Arc<Mutex<Vec<String>>> = Arc::clone(&lines);
        tokio::spawn(async move {
            loop {
                let line = match events.recv().await {
                    Ok(Event::Logged { line, .. }) => line,
                    Ok(_) => continue,
                    // A missed line may be the one that a test looks for, or must not find.
                    Err(RecvError::Lagged(count)) => format!("{count} events were missed"),
                    Err(RecvError::Closed) => return,
                };
                kept.lock().expect("the log").push(line);
            }
        });
        Self(lines)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("the log").clone()
    }

    pub(crate) fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The lines with this message, as JSON.
    pub(crate) fn with_message(&self, message: &str) -> Vec<Value> {
        let lines = self.lines().into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        lines.filter(|line| line["message"] == message).collect()
    }
}
