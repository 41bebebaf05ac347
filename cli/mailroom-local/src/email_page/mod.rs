//! The email page: what became of each email, beside the console's figures, on the port of the sandbox.
//!
//! - `report`: the emails and the dead letters as JSON;
//! - `message_errors`: what the functions said of messages that failed.

mod message_errors;
mod report;

use crate::journal::Journal;
use message_errors::MessageErrors;
use parking_lot::Mutex;
use report::Report;
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::services::{Content, sqs::Sqs};
use serde_json::json;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

/// The path of the page on the port of the AWS services.
pub(crate) const PATH: &str = "/_mailroom/";

/// Follows the emails of a stack until it is dropped.
pub struct EmailPage(JoinHandle<()>);

#[derive(Default)]
struct Emails {
    journal: Journal,
    errors: MessageErrors,
    /// Events that came too fast to be read.
    missed: u64,
}

impl EmailPage {
    /// Begins to follow the emails, and adds the page to the stack.
    pub fn start(stack: &Stack) -> Self {
        let emails = Arc::<Mutex<Emails>>::default();
        let task = tokio::spawn(follow(Arc::clone(&emails), stack.events()));
        let sqs = Arc::clone(stack.aws().sqs());
        stack.aws().add_pages(PATH, move |page| content(&emails.lock(), &sqs, page));
        Self(task)
    }
}

impl Drop for EmailPage {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(emails: Arc<Mutex<Emails>>, mut events: Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                let mut emails = emails.lock();
                emails.journal.record(&event, SystemTime::now());
                if let Event::Logged { line, .. } = &event
                    && let Ok(line) = serde_json::from_str(line)
                {
                    emails.errors.record(&line);
                }
            }
            Err(RecvError::Lagged(missed)) => emails.lock().missed += missed,
            Err(RecvError::Closed) => return,
        }
    }
}

fn content(emails: &Emails, sqs: &Sqs, page: &str) -> Option<Content> {
    let (content_type, body) = match page {
        "" => ("text/html; charset=utf-8", include_str!("page.html").to_owned()),
        "page.js" => ("text/javascript; charset=utf-8", include_str!("page.js").to_owned()),
        "emails.json" => ("application/json", json!(Report::new(emails, sqs)).to_string()),
        _ => return None,
    };
    Some(Content { content_type, body })
}
