//! The email page: what became of each email, beside the console's figures, on the port of the sandbox.
//!
//! - `report`: the emails as JSON; `entry`: one of them; `filter`: those that a request asks for;
//! - `dead_letters`: the dead letters by reason; `latencies`: how long answers and deliveries take;
//! - `kept`: the messages of an earlier start;
//! - `detail`: one email with its steps, its content and its log lines; `log`: these lines;
//! - `page.html`, `page.css`: the page; `page.js`: asks for the data; `list.js`: the emails as rows; `detail.js`: one
//!   email in a dialog; `letters.js`: the dead letters; `paste.js`: a command to paste.
//!
//! Content is in `email.json` alone. The sandbox's guard keeps other sites out.

mod dead_letters;
mod detail;
mod entry;
mod filter;
mod kept;
mod latencies;
mod log;
mod report;

use crate::journal::Journal;
use crate::{greeting, up};
use detail::Detail;
use log::FunctionLog;
use parking_lot::Mutex;
use report::Report;
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::services::s3::S3Storage;
use sandbox::services::{Content, PageRequest, sqs::Sqs, ssm::Ssm};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

/// The path of the page on the port of the AWS services.
pub(crate) const PATH: &str = "/_mailroom/";
/// The most characters of a sender that are shown and searched: a sender may fill a message.
const SENDER_SHOWN: usize = 200;

/// Follows the emails of a stack until it is dropped.
pub struct EmailPage(JoinHandle<()>);

/// The page's view of the stack. It doesn't hold the stack's services as a whole, which hold the page.
struct Page {
    emails: Mutex<Emails>,
    sqs: Arc<Sqs>,
    s3: S3Storage,
    ssm: Arc<Ssm>,
    logs: Vec<FunctionLog>,
    /// Where emails are posted; empty where nothing answers.
    url: String,
    token_parameters: Vec<String>,
    aws_url: String,
}

struct Emails {
    journal: Journal,
    /// Events that came too fast to be read.
    missed: u64,
}

#[derive(Deserialize)]
struct WithSender {
    email_sender: String,
}

impl EmailPage {
    /// Begins to follow the emails, and adds the page to the stack.
    pub fn start(stack: &Stack) -> Self {
        let aws = stack.aws();
        let page = Arc::new(Page {
            emails: Mutex::new(Emails { journal: Journal::of(stack), missed: 0 }),
            sqs: Arc::clone(aws.sqs()),
            s3: aws.s3().clone(),
            ssm: Arc::clone(aws.ssm()),
            logs: FunctionLog::of(stack),
            url: stack.url().to_owned(),
            token_parameters: up::token_parameters(stack).cloned().collect(),
            aws_url: aws.endpoint_url().to_owned(),
        });
        let events = stack.events();
        kept::record(&page);
        let task = tokio::spawn(follow(Arc::clone(&page), events));
        aws.add_pages(PATH, move |request| content(Arc::clone(&page), request));
        Self(task)
    }
}

impl Drop for EmailPage {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(page: Arc<Page>, mut events: Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(event) => page.record(&event).await,
            Err(RecvError::Lagged(missed)) => page.emails.lock().missed += missed,
            Err(RecvError::Closed) => return,
        }
    }
}

impl Page {
    /// Records an event, and takes the sender from the email: from the message while it is in its queue, or else from the
    /// object.
    async fn record(&self, event: &Event) {
        let stored = self.record_in_journal(event);
        let (message_id, sender) = match event {
            Event::MessageSent { queue, message_id, .. } => {
                let message = self.sqs.queue(queue).and_then(|queue| queue.find(message_id));
                (message_id.clone(), message.and_then(|message| sender(message.body.as_bytes())))
            }
            Event::ObjectCreated { bucket, key, .. } => {
                let Some(message_id) = stored else { return };
                // An object that is gone already has no sender to show.
                let object = self.s3.get(bucket, key).await;
                (message_id, object.ok().and_then(|object| sender(&object.bytes)))
            }
            _ => return,
        };
        if let Some(sender) = sender {
            self.emails.lock().journal.set_sender(&message_id, sender);
        }
    }

    /// The message id of an email that the event ended, if its sender is not known.
    fn record_in_journal(&self, event: &Event) -> Option<String> {
        let mut emails = self.emails.lock();
        let ended = emails.journal.record(event, SystemTime::now());
        ended.filter(|trace| trace.sender.is_none())?.message_id().map(str::to_owned)
    }

    /// The command that posts an email, where there is an endpoint that takes emails.
    fn curl(&self) -> Option<String> {
        let mut parameters = self.token_parameters.iter();
        let token = parameters.find_map(|parameter| up::newest_token(&self.ssm, parameter))?;
        (!self.url.is_empty()).then(|| greeting::curl(&self.url, &token))
    }
}

/// The sender of an email, cut to what is shown.
fn sender(email: &[u8]) -> Option<String> {
    let email: WithSender = serde_json::from_slice(email).ok()?;
    Some(email.email_sender.chars().take(SENDER_SHOWN).collect())
}

async fn content(page: Arc<Page>, request: PageRequest) -> Option<Content> {
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    const JSON: &str = "application/json";
    let (content_type, body) = match request.path.as_str() {
        "" => ("text/html; charset=utf-8", include_str!("page.html").to_owned()),
        "page.css" => ("text/css; charset=utf-8", include_str!("page.css").to_owned()),
        "detail.js" => (JAVASCRIPT, include_str!("detail.js").to_owned()),
        "letters.js" => (JAVASCRIPT, include_str!("letters.js").to_owned()),
        "list.js" => (JAVASCRIPT, include_str!("list.js").to_owned()),
        "paste.js" => (JAVASCRIPT, include_str!("paste.js").to_owned()),
        "page.js" => (JAVASCRIPT, include_str!("page.js").to_owned()),
        "emails.json" => (JSON, json!(Report::new(&page, &page.emails.lock(), &request)).to_string()),
        "email.json" => {
            let number = request.parameter("number")?.parse().ok()?;
            (JSON, json!(Detail::of(&page, number).await?).to_string())
        }
        _ => return None,
    };
    Some(Content { content_type, body })
}
