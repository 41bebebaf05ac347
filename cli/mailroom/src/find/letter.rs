//! Dead letters of one email or one sender.

use crate::dlq::{DeadLetter, Search, max_receives, search};
use crate::system::{Depth, System};
use anyhow::Result;
use aws_sdk_sqs::types::Message;
use email::json::{self, Lookup, Value};
use email::{Receipt, Sender};
use std::time::SystemTime;
use terminal::Interrupt;
use uuid::Uuid;

/// A dead letter with its body, which is printed only when asked for.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) letter: DeadLetter,
    pub(crate) body: String,
}

/// The dead letters that were found, and how many could not be looked at, since another receiver has them.
#[derive(Default)]
pub(crate) struct Letters {
    pub(crate) found: Vec<Letter>,
    pub(crate) unseen: u64,
}

/// The first dead letter with this receipt.
pub(crate) async fn with_receipt(
    system: &System,
    interrupt: &Interrupt,
    receipt: Receipt,
) -> Result<Letters> {
    let text = receipt.to_string();
    look(system, interrupt, 1, |letter| letter.letter.receipt.as_ref().is_some_and(|it| it.as_str() == text))
        .await
}

/// The dead letter with this message id.
pub(crate) async fn with_message_id(system: &System, interrupt: &Interrupt, id: Uuid) -> Result<Letters> {
    let text = id.to_string();
    look(system, interrupt, 1, |letter| letter.letter.message_id.as_str() == text).await
}

/// All dead letters of this sender.
pub(crate) async fn of_sender(system: &System, interrupt: &Interrupt, sender: &Sender) -> Result<Letters> {
    look(system, interrupt, usize::MAX, |letter| is_from(&letter.body, sender)).await
}

async fn look(
    system: &System,
    interrupt: &Interrupt,
    most: usize,
    wanted: impl Fn(&Letter) -> bool,
) -> Result<Letters> {
    let max_receives = max_receives(system).await?;
    let (mut found, mut seen) = (Vec::new(), 0);
    let work = async |search: &mut Search<'_>| {
        while found.len() < most
            && let Some(messages) = search.next(usize::MAX).await?
        {
            seen += messages.len() as u64;
            found.extend(messages.iter().map(|message| Letter::of(message, max_receives)).filter(&wanted));
        }
        Ok(())
    };
    search(system, interrupt, work).await.0?;
    found.truncate(most);
    if found.len() == most {
        return Ok(Letters { found, unseen: 0 });
    }
    let all = Depth::of(system, &system.outputs.dead_letter_queue_url).await?.all();
    Ok(Letters { found, unseen: all.saturating_sub(seen) })
}

impl Letter {
    fn of(message: &Message, max_receives: Option<u64>) -> Self {
        let letter = DeadLetter::of(message).with_max_receives(max_receives);
        Self { letter, body: message.body().unwrap_or_default().to_owned() }
    }

    /// True too if SQS does not say when it took the message.
    pub(crate) fn sent_since(&self, since: SystemTime) -> bool {
        let sent = self.letter.sent.as_deref().and_then(|sent| humantime::parse_rfc3339(sent).ok());
        sent.is_none_or(|sent| sent >= since)
    }
}

/// True if the body names this sender, even if it is not an email otherwise.
fn is_from(body: &str, sender: &Sender) -> bool {
    let Ok(Value::Object(mut members)) = json::parse(body.as_bytes()) else { return false };
    let is = |value: &Value| matches!(value, Value::String(text) if text == sender.as_str());
    match members.take("email_sender") {
        Lookup::Missing => false,
        Lookup::Once(value) => is(&value),
        Lookup::Repeated(values) => values.iter().any(is),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_from_a_sender_if_its_body_says_so_whatever_else_is_wrong() {
        let sender = Sender::new("a".to_owned()).unwrap();
        for (body, is) in [
            (r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":""}"#, true),
            (r#"{"email_sender":"a","email_timestream":1}"#, true),
            (r#"{"email_sender":"b","email_sender":"a"}"#, true),
            (r#"{"email_sender":"ab"}"#, false),
            (r#"{"email_sender":["a"]}"#, false),
            (r#"["a"]"#, false),
            ("a", false),
        ] {
            assert_eq!(is_from(body, &sender), is, "{body}");
        }
    }
}
